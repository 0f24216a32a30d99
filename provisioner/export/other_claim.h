/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

/*
 * A failure with what is recorded for another claim than the one that asks names that claim, and
 * the tenant who reads the event need not know it. So the failure is logged, beside `claim`
 * ("namespace/name") that asks, and `err` keeps its kind and says where to look. Always -1.
 */
int other_claim_failed(const char *claim, struct error *err);
