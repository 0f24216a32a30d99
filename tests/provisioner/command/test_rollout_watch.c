/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/rollout_watch.h"
#include "tests/provisioner/objects.h"

#define GOES_ON ROLLOUT_WATCH_GOES_ON
#define OVER ROLLOUT_WATCH_OVER
#define TIMED_OUT ROLLOUT_WATCH_TIMED_OUT

enum { UNREAD = -1 };

static const struct {
    const char *label;
    int timeout_ms;

    struct {
        int state; /* enum rollout_state, or UNREAD */
        int after_ms;
        enum rollout_watch_end end;
    } readings[4];
} watches[] = {
    {"the change comes after the command",
     0,
     {{ROLLOUT_OVER, 0, GOES_ON},
      {ROLLOUT_OVER, 4000, GOES_ON},
      {ROLLOUT_UNDER_WAY, 4500, GOES_ON},
      {ROLLOUT_OVER, 4900, OVER}}},
    {"nothing was changed",
     0,
     {{ROLLOUT_OVER, 0, GOES_ON}, {ROLLOUT_OVER, 4999, GOES_ON}, {ROLLOUT_OVER, 5000, OVER}}},
    {"it could not be read meanwhile",
     0,
     {{ROLLOUT_STUCK, 0, GOES_ON}, {UNREAD, 900000, GOES_ON}, {ROLLOUT_OVER, 900001, OVER}}},
    {"it is stuck for ever",
     60000,
     {{ROLLOUT_STUCK, 0, GOES_ON},
      {ROLLOUT_STUCK, 59999, GOES_ON},
      {ROLLOUT_STUCK, 60000, TIMED_OUT}}},
    {"it waits for its user",
     60000,
     {{ROLLOUT_WAITS_FOR_USER, 0, GOES_ON}, {ROLLOUT_WAITS_FOR_USER, 70000, TIMED_OUT}}},
    {"it cannot be read any more",
     60000,
     {{ROLLOUT_UNDER_WAY, 0, GOES_ON}, {UNREAD, 60000, TIMED_OUT}}},
    {"over in the last moment",
     60000,
     {{ROLLOUT_UNDER_WAY, 0, GOES_ON}, {ROLLOUT_OVER, 60000, OVER}}},
    {"less time than it must stay over", 2000, {{ROLLOUT_OVER, 2000, TIMED_OUT}}},
};

/* A watch that began at 1,000,000 ms: what it read, when, and whether it ended. */
static void a_watch_ends_when_the_rollout_that_it_saw_is_over(void)
{
    for (size_t i = 0; i < sizeof watches / sizeof *watches; i++) {
        struct rollout_watch watch = {.begun_ms = 1000000, .timeout_ms = watches[i].timeout_ms};
        enum rollout_watch_end end = GOES_ON;
        for (size_t r = 0; r < 4 && end == GOES_ON; r++) {
            int state = watches[i].readings[r].state;
            const struct rollout rollout = {.state = (enum rollout_state)(state < 0 ? 0 : state)};
            end = rollout_watch_next(&watch, state == UNREAD ? NULL : &rollout,
                                     watch.begun_ms + watches[i].readings[r].after_ms);
            ASSERT_CASE(end == watches[i].readings[r].end, watches[i].label);
        }
        ASSERT_CASE(end != GOES_ON, watches[i].label);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_watch_ends_when_the_rollout_that_it_saw_is_over),
        {0},
    };
    return suite_run("rollout_watch", tests, argc, argv);
}
