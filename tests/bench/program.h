/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/config.h"

#include <stdint.h>

/* What every program of the benchmark needs. */

/* Microseconds of the wall clock, so that what different programs print can be compared, also with
 * the times in mooring's Lease. */
int64_t wall_clock_us(void);

/* The argument as a number. Ends the program when it is not one. */
int parse_count(const char *text);

/* The cluster that KUBECONFIG names. Free with config_free. */
MUST_CHECK struct config *config_of_environment(struct error *err);
