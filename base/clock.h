/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * The two clocks. Deadlines and waits use the monotonic one, in milliseconds, and what came first
 * is told in its microseconds; what people and Kubernetes read uses the wall clock. Both nfs/ and
 * k8s/ bound their calls with deadlines, which is why this lives in base.
 */

int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void);
int64_t clock_wall_us(void); /* microseconds since 1970 */

/* What is left until `deadline_ms` on the monotonic clock, from 0 to INT_MAX. */
int clock_left_ms(int64_t deadline_ms);

enum { CLOCK_TEXT_SIZE = 32 };

/* "2006-01-02T15:04:05Z", Kubernetes' Time. */
void clock_format_time(char text[CLOCK_TEXT_SIZE], int64_t wall_us);

/* "2006-01-02T15:04:05.000000Z", Kubernetes' MicroTime. */
void clock_format_micro_time(char text[CLOCK_TEXT_SIZE], int64_t wall_us);

/* Either of the two forms, in UTC. -1 when it is neither. */
int64_t clock_parse_time(const char *text);
