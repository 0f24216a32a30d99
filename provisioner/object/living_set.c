/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/living_set.h"

#include "base/text.h"
#include "provisioner/object/claim.h"
#include "provisioner/object/volume.h"

static bool is_same_place(const struct set_member *one, const struct set_member *other)
{
    return text_equals(one->set, other->set) && text_equals(one->template, other->template) &&
           one->ordinal == other->ordinal;
}

const char *living_set_to_note(const struct volume *volume, const struct claim *claim,
                               const struct set_member *now)
{
    if (claim->is_deleting ||
        (claim->owner_set_uid && !text_equals(claim->owner_set_uid, now->set_uid)) ||
        (volume->member.set && !is_same_place(&volume->member, now)))
        return NULL;
    return text_equals(volume->member.set_uid, now->set_uid) ? NULL : now->set_uid;
}
