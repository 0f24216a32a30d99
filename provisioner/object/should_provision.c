/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/should_provision.h"

#include "base/text.h"
#include "provisioner/object/claim.h"
#include "provisioner/object/storage_class.h"
#include "provisioner/object/volume.h"

#include <string.h>

bool is_our_claim(const struct claim *claim, const struct storage_class *storage_class,
                  const struct provisioner_names *ours)
{
    if (claim->provisioner)
        return is_our_name(ours, claim->provisioner);
    if (claim->is_lost)
        return claim->class_name &&
               (!storage_class || is_our_name(ours, storage_class->provisioner));
    return !claim->volume_name && storage_class && is_our_name(ours, storage_class->provisioner);
}

static bool is_pending(const struct claim *claim)
{
    return !claim->volume_name && !claim->is_bound_to_none && !claim->is_deleting;
}

bool is_classless_claim(const struct claim *claim)
{
    return is_pending(claim) && claim->says_no_class && !claim->has_selector;
}

bool is_unserved_claim(const struct claim *claim, const struct storage_class *storage_class,
                       const struct provisioner_names *ours)
{
    if (!is_pending(claim) || !claim->class_name)
        return false;
    return !storage_class || resembles_our_name(ours, storage_class->provisioner);
}

bool has_made_volume(const char *provisioner, struct volume *const *volumes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text_equals(volumes[i]->provisioned_by, provisioner))
            return true;
    }
    return false;
}

/* A claim with a source that a populator fills it from is given a volume by that. */
static bool is_waiting_for_us(const struct claim *claim, const struct provisioner_names *ours)
{
    return !claim->volume_name && !claim->is_deleting && !claim->is_populated &&
           claim->class_name && is_our_name(ours, claim->provisioner);
}

static int check_request(const struct claim *claim, struct error *err)
{
    if (claim->is_block)
        return error_set(err, ERROR_INVALID,
                         "volumeMode Block is not possible on NFS: use Filesystem");
    if (claim->has_selector)
        return error_set(err, ERROR_INVALID,
                         "spec.selector cannot be honoured by dynamic provisioning: make the claim "
                         "again without it, or with a class without a provisioner to select an "
                         "existing volume");
    if (claim->has_data_source)
        return error_set(err, ERROR_INVALID,
                         "spec.dataSource is not supported: NFS has neither snapshots nor clones; "
                         "make the claim again without it and copy the data in a Pod");
    if (claim->has_attributes_class)
        return error_set(err, ERROR_INVALID,
                         "a directory on NFS has no attributes class, and Kubernetes would never "
                         "bind the claim: make the claim again without "
                         "spec.volumeAttributesClassName");
    if (!claim->request)
        return error_set(err, ERROR_INVALID, "spec.resources.requests.storage is missing");
    return 0;
}

enum provision_decision provision_decide(const struct claim *claim,
                                         const struct storage_class *storage_class,
                                         const struct provisioner_names *ours, struct error *err)
{
    if (!is_waiting_for_us(claim, ours))
        return PROVISION_IGNORE;
    if (!storage_class) {
        error_set(err, ERROR_NOT_FOUND,
                  "storage class %s does not exist: create it, or correct the claim's "
                  "storageClassName",
                  claim->class_name);
        return PROVISION_REFUSE;
    }
    if (!is_our_name(ours, storage_class->provisioner))
        return PROVISION_IGNORE;
    if (check_request(claim, err) < 0)
        return PROVISION_REFUSE;
    if (storage_class->problem) {
        error_set(err, ERROR_INVALID, "%s", storage_class->problem);
        return PROVISION_REFUSE;
    }
    if (storage_class->has_delayed_binding && !claim->has_selected_node)
        return PROVISION_IGNORE;
    return PROVISION_NOW;
}
