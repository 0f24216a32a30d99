/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/provisioner_names.h"

#include "base/text.h"

bool is_our_name(const struct provisioner_names *ours, const char *name)
{
    for (size_t i = 0; i < ours->count; i++) {
        if (text_equals(ours->names[i], name))
            return true;
    }
    return false;
}
