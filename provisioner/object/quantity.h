/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The bytes of a Kubernetes quantity such as "1Gi", "500M", "1.5Ti" or "1e9"; -1 for anything else.
 */
long double quantity_bytes(const char *text);

/* The larger of two quantities, one of which may be NULL. Borrowed. */
const char *quantity_larger(const char *one, const char *other);
