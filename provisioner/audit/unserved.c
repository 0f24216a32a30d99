/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/unserved.h"

#include "provisioner/object/should_provision.h"

static void check_claim(const struct cluster_snapshot *snapshot, const struct claim *claim,
                        const char *our_names, struct findings *findings)
{
    const struct finding finding = {.kind = FINDING_CLAIM_UNSERVED,
                                    .namespace = claim->namespace,
                                    .claim = claim->name,
                                    .subject = claim};
    const struct storage_class *other = cluster_snapshot_other_class(snapshot, claim->class_name);
    if (other)
        findings_add(findings, finding,
                     "its storage class %s names the provisioner %s, mooring serves %s here: "
                     "nothing makes its volume, unless another mooring has that name",
                     other->name, other->provisioner, our_names);
    else if (!claim->class_name)
        findings_add(findings, finding,
                     "it names no storage class, and no class is the cluster's default: set its "
                     "storageClassName, or mark a class with the annotation "
                     "storageclass.kubernetes.io/is-default-class: \"true\" (before Kubernetes "
                     "1.26 make the claim again with a class), unless its volume is made by "
                     "hand");
    else
        findings_add(findings, finding,
                     "there is no storage class %s: make it, or make the claim again with a class "
                     "that exists, unless its volume is made by hand",
                     claim->class_name);
}

static void check_class(const struct storage_class *other, const char *our_names,
                        struct findings *findings)
{
    findings_add(
        findings, (struct finding){.kind = FINDING_CLASS_UNSERVED, .subject = other},
        "storage class %s names the provisioner %s, mooring serves %s here: if it is meant "
        "for this mooring, delete the class and make it again with the right provisioner",
        other->name, other->provisioner, our_names);
}

void unserved_check(const struct cluster_snapshot *snapshot, struct findings *findings)
{
    autofree char *our_names = provisioner_names_text(snapshot->names);
    for (size_t i = 0; i < snapshot->other_class_count; i++) {
        const struct storage_class *other = snapshot->other_classes[i];
        if (resembles_our_name(snapshot->names, other->provisioner) &&
            !has_made_volume(other->provisioner, snapshot->others, snapshot->other_count))
            check_class(other, our_names, findings);
    }
    for (size_t i = 0; i < snapshot->unserved_count; i++)
        check_claim(snapshot, snapshot->unserved[i], our_names, findings);
}
