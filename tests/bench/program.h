/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "k8s/config.h"

#include <stdint.h>

/* What every program of the benchmark needs. */

/* Microseconds of the wall clock: what the programs print is compared, also with what mooring
 * writes into its Lease. */
int64_t moment(void);

/* The number that an argument is. Ends the program when it is none. */
int count_of(const char *text);

/* The cluster that KUBECONFIG names. */
MUST_CHECK struct config *config_of_environment(struct error *err);
