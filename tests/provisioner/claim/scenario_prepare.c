/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/scenario_prepare.h"

/* Until it is bound and used. */
static void make_claim(struct shop *shop, const char *name, const char *changes)
{
    struct error err;
    shop_put_claim(shop, name, changes);
    CU_ASSERT_EQUAL_FATAL(leader_finish(shop, &err), 0);
    if (strcmp(name, BYSTANDER) != 0)
        scenario_use_claim(shop, name);
}

void prepare_bystander(struct shop *shop)
{
    make_claim(shop, BYSTANDER, "{}");
}

void prepare_new(struct shop *shop, const struct scenario *scenario)
{
    shop_put_claim(shop, scenario->claim, scenario->claim_changes);
}

/* A process was killed when it had begun to write the record. */
void prepare_after_kill(struct shop *shop, const struct scenario *scenario)
{
    prepare_new(shop, scenario);
    autofree char *folder = shop_folder(shop, scenario->claim);
    autofree char *file = memory_format("%s/0123456789abcdef0123456789abcdef.tmp", folder);
    shop_export_put_file(file, "half a rec");
}

void prepare_return(struct shop *shop, const struct scenario *scenario)
{
    make_claim(shop, WEB, "{}");
    shop_replace_claim(shop, WEB, scenario->claim_changes);
}

void prepare_return_without_volume(struct shop *shop, const struct scenario *scenario)
{
    prepare_return(shop, scenario);
    shop_delete_volume(shop, "pvc-uid-2");
}

void prepare_earlier_namespace(struct shop *shop, const struct scenario *scenario)
{
    make_claim(shop, WEB, "{}");
    shop_replace_namespace(shop);
    shop_put_claim(shop, WEB, scenario->claim_changes);
}

void prepare_earlier_namespace_without_volume(struct shop *shop, const struct scenario *scenario)
{
    prepare_earlier_namespace(shop, scenario);
    shop_delete_volume(shop, "pvc-uid-2");
}

/* The other cluster has given no sign of life for a year. */
void prepare_rebuilt(struct shop *shop, const struct scenario *scenario)
{
    make_claim(shop, WEB, "{}");
    shop_rebuild(shop, scenario->class_changes);
    shop_export_silence("cluster-1");
}

void prepare_other_cluster(struct shop *shop, const struct scenario *scenario)
{
    prepare_rebuilt(shop, scenario);
    shop_put_claim(shop, WEB, scenario->claim_changes);
}

/* With the volume objects out of a backup. */
void prepare_other_cluster_with_volume(struct shop *shop, const struct scenario *scenario)
{
    make_claim(shop, WEB, "{}");
    json_auto_t *volume = shop_volume(shop, "pvc-uid-2");
    shop_rebuild(shop, scenario->class_changes);
    shop_export_silence("cluster-1");
    memory_cluster_put(shop->cluster, &resource_volumes, volume);
    shop_run_kubernetes(shop);
    shop_put_claim(shop, WEB, scenario->claim_changes);
}

void prepare_lost(struct shop *shop, const struct scenario *scenario)
{
    make_claim(shop, WEB, scenario->claim_changes);
    shop_delete_volume(shop, "pvc-uid-2");
}

/* An administrator, or a tool that restores backups, binds the claim to the volume. */
static void bind_by_hand(struct shop *shop, const char *claim)
{
    const struct object_key key = {.resource = &resource_volumes, .name = "pvc-uid-2"};
    json_auto_t *object = shop_claim(shop, claim);
    memory_cluster_change(shop->cluster, &key,
                          json_pack("{s:{s:{s:s, s:s}}}", "spec", "claimRef", "name", claim, "uid",
                                    shop_text(object, "metadata.uid")));
    shop_run_kubernetes(shop);
}

void prepare_bound_by_hand(struct shop *shop, const struct scenario *scenario)
{
    make_claim(shop, WEB, "{}");
    shop_delete_claim(shop, WEB);
    shop_put_claim(shop, scenario->claim, scenario->claim_changes);
    bind_by_hand(shop, scenario->claim);
}

void prepare_adoption(struct shop *shop, const struct scenario *scenario)
{
    (void)scenario;
    make_claim(shop, WEB, "{}");
    shop_delete_claim(shop, WEB);
}

void prepare_adoption_for_waiting(struct shop *shop, const struct scenario *scenario)
{
    prepare_adoption(shop, scenario);
    shop_put_claim(shop, scenario->claim, scenario->claim_changes);
}

void prepare_rebuilt_for_waiting(struct shop *shop, const struct scenario *scenario)
{
    prepare_rebuilt(shop, scenario);
    shop_put_claim(shop, scenario->claim, scenario->claim_changes);
}

/* The claim had two directories, and gets none by itself. */
void prepare_choice(struct shop *shop, const struct scenario *scenario)
{
    shop_put_class(shop, "{'parameters': {'rebind': 'none'}}");
    make_claim(shop, WEB, "{}");
    shop_delete_claim(shop, WEB);
    make_claim(shop, WEB, "{}");
    shop_put_class(shop, scenario->class_changes);
    shop_replace_claim(shop, WEB, scenario->claim_changes);
}

void prepare_unrecorded(struct shop *shop, const struct scenario *scenario)
{
    (void)shop;
    (void)scenario;
    shop_export_put_file("old/precious", "precious");
}

void prepare_bound(struct shop *shop, const struct scenario *scenario)
{
    make_claim(shop, WEB, scenario->claim_changes);
}

/* An administrator has removed what the export says about the claim. */
void prepare_without_record(struct shop *shop, const struct scenario *scenario)
{
    prepare_bound(shop, scenario);
    autofree char *folder = shop_folder(shop, WEB);
    autofree char *record = memory_format("%s/pvc-uid-2.uid-2.in-use", folder);
    shop_export_remove(record);
    shop_export_remove(".mooring/directories/" DIRECTORY);
}

/* The folder .mooring was restored without its symlinks. */
void prepare_without_owner(struct shop *shop, const struct scenario *scenario)
{
    prepare_return_without_volume(shop, scenario);
    shop_export_remove(".mooring/directories/" DIRECTORY);
}

/* An administrator has removed what the export says about itself. */
void prepare_without_identity(struct shop *shop, const struct scenario *scenario)
{
    prepare_bound(shop, scenario);
    shop_export_remove(".mooring/export");
}

void prepare_changed_volume(struct shop *shop, const struct scenario *scenario)
{
    const struct object_key key = {.resource = &resource_volumes, .name = "pvc-uid-2"};
    prepare_bound(shop, scenario);
    memory_cluster_change(
        shop->cluster, &key,
        json_pack("{s:{s:s}}", "spec", "persistentVolumeReclaimPolicy", "Delete"));
}

/* A process that was about to record a directory in it was cut off. */
void prepare_unrecorded_with_folder(struct shop *shop, const struct scenario *scenario)
{
    prepare_unrecorded(shop, scenario);
    shop_export_put_directory(".mooring/directories/old");
}

/* The directory that the pattern gives is there, without a record. */
void prepare_used_pattern(struct shop *shop, const struct scenario *scenario)
{
    shop_export_put_file(PATTERN_DIRECTORY "/precious", "precious");
    shop_put_claim(shop, WEB, scenario->claim_changes);
}

/* Another claim could not get the directory to which the pattern leads, and is gone. */
void prepare_reserved_before(struct shop *shop, const struct scenario *scenario)
{
    struct error err;
    shop_put_class(shop, "{'parameters': {'pathPattern': '${.PVC.annotations.dir}'}}");
    shop_export_put_file("wanted", "in the way");
    shop_put_claim(shop, "first", scenario->claim_changes);
    CU_ASSERT_EQUAL(leader_finish(shop, &err), -1);
    shop_export_remove("wanted");
    shop_delete_claim(shop, "first");
    shop_put_claim(shop, WEB, scenario->claim_changes);
}

/* Another claim has made the directory to which the pattern leads, and both may share it. */
void prepare_shared(struct shop *shop, const struct scenario *scenario)
{
    make_claim(shop, "first", scenario->claim_changes);
    prepare_new(shop, scenario);
}

/* The volume of one of two claims that share a directory is bound to a third one. */
void prepare_shared_bound_by_hand(struct shop *shop, const struct scenario *scenario)
{
    make_claim(shop, "first", scenario->claim_changes);
    make_claim(shop, "second", scenario->claim_changes);
    shop_delete_claim(shop, "first");
    shop_put_claim(shop, scenario->claim, scenario->claim_changes);
    bind_by_hand(shop, scenario->claim);
}

/* A process was killed between making the directory and saying so in its record, which is older. */
static void leave_over(struct shop *shop, const char *directory)
{
    struct error err;
    shop_export_put_file(directory, "in the way");
    shop_put_claim(shop, WEB, "{}");
    CU_ASSERT_EQUAL(leader_finish(shop, &err), -1);
    shop_export_remove(directory);
    shop_export_put_directory(directory);
}

void prepare_left_over(struct shop *shop, const struct scenario *scenario)
{
    (void)scenario;
    leave_over(shop, DIRECTORY);
}

void prepare_pattern_left_over(struct shop *shop, const struct scenario *scenario)
{
    (void)scenario;
    leave_over(shop, PATTERN_DIRECTORY);
}

/* The same, and a person has put a file there since. */
void prepare_pattern_left_over_with_file(struct shop *shop, const struct scenario *scenario)
{
    prepare_pattern_left_over(shop, scenario);
    shop_export_put_file(PATTERN_DIRECTORY "/precious", "precious");
}

/* Another provisioner made it: it says nothing of the export. */
void prepare_taken_over(struct shop *shop, const struct scenario *scenario)
{
    const struct object_key key = {.resource = &resource_volumes, .name = "pvc-uid-2"};
    prepare_bound(shop, scenario);
    memory_cluster_change(shop->cluster, &key,
                          json_pack("{s:{s:{s:n, s:n, s:n}}}", "metadata", "annotations",
                                    "mooring/export", "mooring/directory", "mooring/claim"));
}

/* Two leaders have given the volume back at once. */
void prepare_duplicate(struct shop *shop, const struct scenario *scenario)
{
    prepare_bound(shop, scenario);
    autofree char *folder = shop_folder(shop, WEB);
    autofree char *record = memory_format("%s/pvc-uid-2.uid-2.in-use", folder);
    autofree char *duplicate = memory_format("%s/pvc-uid-2.uid-0.in-use", folder);
    autofree char *text = shop_export_text(record);
    shop_export_put_file(duplicate, text);
}

/* The API server takes no change of a volume now. */
void prepare_refused_adoption(struct shop *shop, const struct scenario *scenario)
{
    prepare_adoption(shop, scenario);
    disturb(memory_cluster_log(shop->cluster), .request = "PATCH", .times = -1, .answer = 403);
}

void prepare_refused_unrecorded(struct shop *shop, const struct scenario *scenario)
{
    prepare_unrecorded(shop, scenario);
    disturb(memory_cluster_log(shop->cluster), .request = "POST", .times = -1, .answer = 403);
}
