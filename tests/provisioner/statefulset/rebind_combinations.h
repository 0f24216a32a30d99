/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/provisioner/statefulset/rebind_cases.h"

static size_t question_vary_class(struct question *question, struct situation *now,
                                  void (*check)(const struct question *, const struct situation *))
{
    static const enum rebind_policy policies[] = {REBIND_STATEFUL, REBIND_ALL, REBIND_NONE};

    size_t count = 0;
    for (size_t policy = 0; policy < 3; policy++) {
        for (int i = 0; i < 2 * PATTERNS_END; i++, count++) {
            now->policy = policies[policy];
            now->adopts = i % 2;
            now->pattern = (enum pattern)(i / 2);
            question_vary(question, now);
            check(question, now);
        }
    }
    return count;
}

static size_t question_vary_set(struct situation *now,
                                void (*check)(const struct question *, const struct situation *))
{
    size_t count = 0;
    for (int set = 0; set < SETS_END; set++) {
        struct question question;
        now->set = (enum set)set;
        question_begin(&question, now);
        for (int place = 0; place < PLACES_END; place++) {
            now->place = (enum place)place;
            count += question_vary_class(&question, now, check);
        }
        question_end(&question);
    }
    return count;
}

/* Let `check` look at each combination of what can be read. */
static void question_vary_all(void (*check)(const struct question *, const struct situation *))
{
    size_t count = 0;
    for (int records = 0; records < RECORDS_END; records++) {
        for (int object = 0; object < OBJECTS_END; object++) {
            struct situation now = {.records = (enum records)records,
                                    .object = (enum object)object};
            count += question_vary_set(&now, check);
        }
    }
    CU_ASSERT_EQUAL(count, (size_t)RECORDS_END * OBJECTS_END * SETS_END * PLACES_END * 3 * 2 *
                               PATTERNS_END);
}
