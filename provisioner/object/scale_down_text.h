/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/stateful_set.h"

/*
 * How a StatefulSet is kept from making the claim of this ordinal again, in words that go on with
 * what is to be done meanwhile. Where the set's policy deletes the claims of ordinals that it is
 * scaled down by, that is switched off before: those claims would be made again with fresh data.
 * Caller frees.
 */
char *scale_down_text(const struct stateful_set *set, int ordinal);
