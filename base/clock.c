/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <limits.h>
#include <stdio.h>

enum { MILLION = 1000000 };

static int64_t clock_us(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * MILLION + now.tv_nsec / 1000;
}

int64_t clock_monotonic_ms(void)
{
    return clock_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_monotonic_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

int64_t clock_wall_us(void)
{
    return clock_us(CLOCK_REALTIME);
}

int clock_left_ms(int64_t deadline_ms)
{
    int64_t left = deadline_ms - clock_monotonic_ms();
    if (left < 0)
        return 0;
    return left > INT_MAX ? INT_MAX : (int)left;
}

static void format_seconds(char text[CLOCK_TEXT_SIZE], int64_t wall_us)
{
    time_t seconds = (time_t)(wall_us / MILLION);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(text, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
}

void clock_format_time(char text[CLOCK_TEXT_SIZE], int64_t wall_us)
{
    char seconds[CLOCK_TEXT_SIZE];
    format_seconds(seconds, wall_us);
    snprintf(text, CLOCK_TEXT_SIZE, "%.20sZ", seconds);
}

void clock_format_micro_time(char text[CLOCK_TEXT_SIZE], int64_t wall_us)
{
    char seconds[CLOCK_TEXT_SIZE];
    format_seconds(seconds, wall_us);
    snprintf(text, CLOCK_TEXT_SIZE, "%.20s.%06dZ", seconds, (int)(wall_us % MILLION));
}

int64_t clock_parse_time(const char *text)
{
    struct tm parts = {0};
    const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &parts) : NULL;
    int64_t us = 0;
    if (rest && *rest == '.') {
        int64_t scale = MILLION / 10;
        for (rest++; *rest >= '0' && *rest <= '9'; rest++, scale /= 10)
            us += (*rest - '0') * scale;
    }
    if (!rest || rest[0] != 'Z' || rest[1] != '\0')
        return -1;
    return (int64_t)timegm(&parts) * MILLION + us;
}
