/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/what_becomes.h"
#include "tests/k8s/client_fixture.h"
#include "tests/provisioner/claim_fixtures.h"

#define RELEASED "{'status': {'phase': 'Released'}}"
#define PLAIN_RECORD "{'statefulSet': null}"
#define ADOPT "mooring adopt d-1 --to default/data-web-0"
#define MOVED                                                                                      \
    "{'spec': {'nfs': {'server': 'old.example', 'path': '/data/d-1'}}, 'status': {'phase': "       \
    "'Released'}}"
#define MOVED_TEXT(whose)                                                                          \
    "its claim is gone; when the claim comes back, it waits: the volume still names the export "   \
    "old.example:/data, " whose " server.example:/export now: kubectl delete pv pvc-1, and "       \
    "mooring makes it again with the new address. Delete nothing else: its record says whose the " \
    "data is"
#define CLAIM_OF(class_name)                                                                       \
    "{'metadata': {'uid': 'uid-2'}, 'spec': {'volumeName': 'pvc-2', 'storageClassName': "          \
    "'" class_name "'}}"
#define ANOTHER_CLASS CLAIM_OF("fast")
#define FAST_ELSEWHERE                                                                             \
    "{'metadata': {'name': 'fast'}, 'parameters': {'server': 'fast.example', 'path': '/ssd'}}"
#define INSTEAD                                                                                    \
    "claim default/data-web-0 has volume pvc-2 now: this one is not given back by itself. To "     \
    "exchange them, "
#define ADOPT_FAST ADOPT " --class fast"
#define FAST "{'metadata': {'name': 'fast'}}"
#define LABELLED                                                                                   \
    "{'metadata': {'labels': {'mooring/stateful-set': 'web', 'mooring/ordinal': '0',"              \
    " 'mooring/claim-template': 'data'}, 'annotations': {'mooring/stateful-set-uid': 's-1'}}}"

#define NEW_EXPORT "{'parameters': {'server': 'new.example'}}"
#define LEFT_BEHIND_AT(old, new, what)                                                             \
    "it is at " old                                                                                \
    "/d-1, and class nfs is on " new ":/export now: " what                                         \
                                     ", or move the data as README, \"Another NFS server\", says"

#define LEFT_BEHIND(what) LEFT_BEHIND_AT("old.example:/data", "server.example", what)

/* What there is, and what is said of its volume, or else of its record. NULL: not there. */
static const struct state {
    const char *volume, *record, *second_record;
    const char *claim, *other_claim, *set;
    const char *class_changes;
    const char *second_class;
    const char *directory;     /* of the volume; NULL: d-1 */
    const char *namespace_uid; /* NULL: ns-1; "": it is gone; "?": not known */
    enum comes_back comes_back;
    const char *text;
} states[] = {
    {RELEASED, "{}", .comes_back = COMES_BACK_YES,
     .text = "its claim is gone; it is given back when the claim comes back"},
    {.record = "{}",
     .comes_back = COMES_BACK_YES,
     .text = "the volume object is gone; it is given back when the claim comes back"},
    {RELEASED,
     .text = "its claim is gone; it is given back when the claim comes back and its record can be "
             "read",
     .set = "{}"},
    {RELEASED, PLAIN_RECORD, .comes_back = COMES_BACK_NO,
     .text = "its claim is gone, and its class nfs gives back to claims of StatefulSets only "
             "(rebind: stateful): " ADOPT " gives it back"},
    {.record = PLAIN_RECORD,
     .comes_back = COMES_BACK_NO,
     .text = "the volume object is gone, and its class nfs gives back to claims of StatefulSets "
             "only (rebind: stateful): " ADOPT " gives it back"},
    {RELEASED, PLAIN_RECORD, .class_changes = "{'parameters': {'rebind': 'all'}}",
     .comes_back = COMES_BACK_YES,
     .text = "its claim is gone; it is given back when the claim comes back"},
    {RELEASED, PLAIN_RECORD, .set = "{}", .comes_back = COMES_BACK_YES,
     .text = "its claim is gone; it is given back when the claim comes back"},
    {RELEASED, "{}", .class_changes = "{'parameters': {'rebind': 'none'}}",
     .comes_back = COMES_BACK_NO,
     .text = "its claim is gone, and its class nfs gives nothing back (rebind: none): " ADOPT
             " gives it back"},
    {RELEASED, PLAIN_RECORD, .class_changes = "{'parameters': {'pathPattern': '${.PVC.name}'}}",
     .comes_back = COMES_BACK_YES,
     .text = "its claim is gone; it is given back when the claim comes back, if its pathPattern "
             "leads there again"},
    {RELEASED, "{'state': 'superseded'}", .comes_back = COMES_BACK_NO,
     .text =
         "its claim is gone, and it is superseded: its claim got another directory since: " ADOPT
         " gives it back"},
    {.record = "{'state': 'superseded'}",
     .comes_back = COMES_BACK_NO,
     .text = "the volume object is gone, and it is superseded: its claim got another directory "
             "since: " ADOPT " gives it back"},
    {RELEASED, "{}",
     .set = "{'spec': {'persistentVolumeClaimRetentionPolicy': {'whenScaled': 'Delete'}}}",
     .comes_back = COMES_BACK_NO,
     .text = "its claim is gone, and its StatefulSet asks for fresh data by its "
             "persistentVolumeClaimRetentionPolicy: " ADOPT " gives it back"},
    {LABELLED, "{}",
     .set = "{'spec': {'persistentVolumeClaimRetentionPolicy': {'whenDeleted': 'Delete'}}}",
     .comes_back = COMES_BACK_YES,
     .text = "its claim is gone; it is given back when the claim comes back"},

    /* a claim of that name is there */
    {RELEASED, "{}", .claim = "{'metadata': {'uid': 'uid-2'}, 'spec': {'volumeName': 'pvc-2'}}",
     .comes_back = COMES_BACK_NO,
     .text = INSTEAD "delete the claim, then " ADOPT ", then make the claim again"},
    {.record = "{}",
     .claim = "{'metadata': {'uid': 'uid-2'}, 'spec': {'volumeName': 'pvc-2'}}",
     .comes_back = COMES_BACK_NO,
     .text = INSTEAD "delete the claim, then " ADOPT ", then make the claim again"},
    {RELEASED, "{}", .claim = ANOTHER_CLASS, .second_class = FAST, .comes_back = COMES_BACK_NO,
     .text = INSTEAD "delete the claim, then " ADOPT_FAST ", then make the claim again"},
    {RELEASED, "{}", .claim = ANOTHER_CLASS, .second_class = FAST,
     .set = "{'spec': {'ordinals': {'start': 0}}}", .comes_back = COMES_BACK_NO,
     .text = INSTEAD "scale StatefulSet web down first (kubectl scale statefulset -n default "
                     "web --replicas=0), delete the claim, then " ADOPT_FAST
                     ", then scale it up again"},
    /* The claims of the other ordinals are not to be deleted for that. */
    {RELEASED, "{}", .claim = ANOTHER_CLASS, .second_class = FAST,
     .set = "{'spec': {'persistentVolumeClaimRetentionPolicy': {'whenScaled': 'Delete'}}}",
     .comes_back = COMES_BACK_NO,
     .text = INSTEAD
     "let StatefulSet web keep its claims first (kubectl patch statefulset -n default web -p "
     "'{\"spec\":{\"persistentVolumeClaimRetentionPolicy\":{\"whenScaled\":\"Retain\"}}}', and set "
     "it back in the end), scale it down (kubectl scale statefulset -n default web --replicas=0), "
     "delete the claim, then " ADOPT_FAST ", then scale it up again"},
    {RELEASED, "{}", .claim = ANOTHER_CLASS, .second_class = FAST_ELSEWHERE,
     .comes_back = COMES_BACK_NO,
     .text = INSTEAD "delete the claim, then " ADOPT ", then make the claim again with class nfs"},
    {.record = "{}",
     .claim = ANOTHER_CLASS,
     .set = "{}",
     .second_class = FAST_ELSEWHERE,
     .comes_back = COMES_BACK_NO,
     .text = INSTEAD "scale StatefulSet web down first (kubectl scale statefulset -n default "
                     "web --replicas=0), delete the claim, then " ADOPT
                     ", then make the claim again with class nfs, then scale it up again"},
    {RELEASED, "{}", .claim = ANOTHER_CLASS, .second_class = FAST,
     .set = "{'spec': {'replicas': 0}}", .comes_back = COMES_BACK_NO,
     .text = INSTEAD "delete the claim, then " ADOPT_FAST ", then make the claim again"},
    /* adopt refuses a class that is gone, when the claim is deleted already */
    {RELEASED, "{}", .claim = ANOTHER_CLASS, .comes_back = COMES_BACK_NO,
     .text = INSTEAD "delete the claim, then " ADOPT ", then make the claim again with class nfs"},
    {"{'spec': {'storageClassName': 'old'}}", "{'class': 'old'}", .claim = CLAIM_OF("old"),
     .comes_back = COMES_BACK_NO,
     .text = INSTEAD "make its class old again as it was (it is gone or cannot be used), then "
                     "delete the claim, then " ADOPT ", then make the claim again"},
    {"{'spec': {'storageClassName': 'old'}}", "{'class': 'old'}", .claim = ANOTHER_CLASS,
     .second_class = FAST_ELSEWHERE, .comes_back = COMES_BACK_NO,
     .text = INSTEAD "make its class old again as it was (it is gone or cannot be used), then "
                     "delete the claim, then " ADOPT ", then make the claim again with class old"},
    {"{'spec': {'storageClassName': 'old'}}", "{'class': 'old'}", .claim = ANOTHER_CLASS,
     .second_class = FAST, .comes_back = COMES_BACK_NO,
     .text = INSTEAD "delete the claim, then " ADOPT_FAST ", then make the claim again"},
    {RELEASED, "{}", .claim = "{'metadata': {'uid': 'uid-2'}, 'spec': {'volumeName': null}}",
     .text = "a new claim default/data-web-0 waits: its events say for what"},
    {.record = "{}",
     .claim = "{}",
     .comes_back = COMES_BACK_YES,
     .text = "the volume object is gone; mooring run makes it again for its claim "
             "default/data-web-0"},

    {RELEASED, PLAIN_RECORD, .other_claim = "{'spec': {'storageClassName': 'longhorn'}}",
     .comes_back = COMES_BACK_NO,
     .text = "claim default/data-web-0 is of class longhorn, which is not mooring's: this one is "
             "not given back to it. A claim of another name can have it: mooring adopt d-1 --to "
             "default/NAME"},
    {.record = "{}",
     .other_claim = "{'spec': {'storageClassName': 'longhorn'}}",
     .comes_back = COMES_BACK_NO,
     .text = "claim default/data-web-0 is of class longhorn, which is not mooring's: this one is "
             "not given back to it. A claim of another name can have it: mooring adopt d-1 --to "
             "default/NAME"},
    {"{'spec': {'storageClassName': 'old'}}", "{'class': 'old'}",
     .other_claim = "{'spec': {'storageClassName': null}}", .comes_back = COMES_BACK_NO,
     .text = "claim default/data-web-0 has no class, and is not mooring's: this one is not given "
             "back to it. A claim of another name can have it: mooring adopt d-1 --to "
             "default/NAME --class CLASS"},

    /* a tenant chose its name */
    {RELEASED, "{'state': 'superseded'}", .directory = "a b$(reboot)", .comes_back = COMES_BACK_NO,
     .text = "its claim is gone, and it is superseded: its claim got another directory since: "
             "mooring adopt 'a b$(reboot)' --to default/data-web-0 gives it back"},
    {RELEASED, "{'state': 'superseded'}", .directory = "--yes", .comes_back = COMES_BACK_NO,
     .text = "its claim is gone, and it is superseded: its claim got another directory since: "
             "mooring adopt --to default/data-web-0 -- --yes gives it back"},
    {"{'spec': {'storageClassName': 'old'}}", "{'class': 'old'}", .directory = "a;b",
     .comes_back = COMES_BACK_NO,
     .text = "its claim is gone, and its class old is gone or cannot be used: make that again as "
             "it was, or mooring adopt 'a;b' --to default/data-web-0 --class CLASS"},
    {RELEASED, "{}", .directory = "a;b",
     .other_claim = "{'spec': {'storageClassName': 'longhorn'}}", .comes_back = COMES_BACK_NO,
     .text = "claim default/data-web-0 is of class longhorn, which is not mooring's: this one is "
             "not given back to it. A claim of another name can have it: mooring adopt 'a;b' --to "
             "default/NAME"},

    /* its namespace or its class */
    {RELEASED, "{}", .namespace_uid = "ns-2", .comes_back = COMES_BACK_NO,
     .text = "its claim is gone, and it is of an earlier namespace default, with UID ns-1: " ADOPT
             " gives it back"},
    {RELEASED, "{}", .namespace_uid = "", .comes_back = COMES_BACK_NO,
     .text = "its namespace is gone: make it again, then " ADOPT " gives it back"},
    {.record = "{}",
     .namespace_uid = "",
     .comes_back = COMES_BACK_NO,
     .text = "its namespace is gone: make it again, then " ADOPT " gives it back"},
    {RELEASED, "{'state': 'superseded'}", .namespace_uid = "", .comes_back = COMES_BACK_NO,
     .text = "its namespace is gone, and it is superseded: its claim got another directory since: "
             "make the namespace again, then " ADOPT " gives it back"},
    {"{'spec': {'storageClassName': 'old'}}", "{'class': 'old'}", .namespace_uid = "",
     .comes_back = COMES_BACK_NO,
     .text = "its namespace is gone, and its class old is gone or cannot be used: make that again "
             "as it was, or make the namespace again, then " ADOPT " --class CLASS"},
    {RELEASED, "{}", .namespace_uid = "",
     .second_record = "{'volume': 'pvc-2', 'directory': 'd-2'}",
     .class_changes = "{'parameters': {'adopt': 'always'}}", .comes_back = COMES_BACK_NO,
     .text = "its namespace is gone; the claim has several directories, and waits when it comes "
             "back, unless you choose one before: make the namespace again, then " ADOPT},
    {RELEASED, "{}", .namespace_uid = "ns-2",
     .class_changes = "{'parameters': {'adopt': 'always'}}", .comes_back = COMES_BACK_YES,
     .text = "its claim is gone; it is given back when the claim comes back"},
    {RELEASED, "{}", .namespace_uid = "", .class_changes = "{'parameters': {'adopt': 'always'}}",
     .comes_back = COMES_BACK_YES,
     .text = "its namespace is gone; it is given back when the claim comes back"},
    {.record = "{}",
     .namespace_uid = "?",
     .text = "the volume object is gone; mooring list says whether it is given back when the claim "
             "comes back"},
    {"{'spec': {'storageClassName': 'old'}}", "{'class': 'old'}", .comes_back = COMES_BACK_NO,
     .text =
         "its claim is gone, and its class old is gone or cannot be used: make that again as it "
         "was, or " ADOPT " --class CLASS"},

    /* it cannot be given back as it is */
    {"{'metadata': {'deletionTimestamp': '2026-01-03T00:00:00Z'}}", "{}",
     .comes_back = COMES_BACK_NO,
     .text = "its claim is gone; when the claim comes back, it waits: the volume is being deleted: "
             "once it is gone, it is made again from its record"},
    {MOVED, "{}", .comes_back = COMES_BACK_NO, .text = MOVED_TEXT("NFS_SERVER and NFS_PATH name")},
    {MOVED, "{}", .class_changes = "{'parameters': {'server': 'server.example'}}",
     .comes_back = COMES_BACK_NO, .text = MOVED_TEXT("its storage class names")},
    /* its export is not read any more, and is not where mooring adopt would look */
    {MOVED, .comes_back = COMES_BACK_NO,
     .text = "its claim is gone: " LEFT_BEHIND("set NFS_SERVER and NFS_PATH back")},
    {MOVED, .set = "{}", .class_changes = "{'parameters': {'server': 'server.example'}}",
     .comes_back = COMES_BACK_NO,
     .text = "its claim is gone: " LEFT_BEHIND("make the class again with its old export")},
    /* its old export is still read, because of another class: the record there is not what counts,
     * and without the volume object the claim would get a new directory */
    {RELEASED, "{}", .class_changes = NEW_EXPORT, .comes_back = COMES_BACK_NO,
     .text = "its claim is gone: " LEFT_BEHIND_AT("server.example:/export", "new.example",
                                                  "make the class again with its old export")},
    {.record = "{}",
     .class_changes = NEW_EXPORT,
     .comes_back = COMES_BACK_NO,
     .text = "the volume object is gone: " LEFT_BEHIND_AT(
         "server.example:/export", "new.example", "make the class again with its old export")},
    {MOVED, .claim = "{'metadata': {'uid': 'uid-2'}, 'spec': {'volumeName': 'pvc-2'}}",
     .comes_back = COMES_BACK_NO,
     .text = "claim default/data-web-0 has volume pvc-2 now: this one is not given back by "
             "itself; " LEFT_BEHIND("set NFS_SERVER and NFS_PATH back")},

    {RELEASED, "{}", .second_record = "{'volume': 'pvc-2', 'directory': 'd-2'}",
     .comes_back = COMES_BACK_NO,
     .text = "its claim is gone; the claim has several directories, and waits when it comes back, "
             "unless you choose one before: " ADOPT},
    {RELEASED, "{}", .second_record = "{'volume': 'pvc-2', 'directory': 'd-2', 'class': 'fast'}",
     .comes_back = COMES_BACK_YES,
     .text = "its claim is gone; it is given back when the claim comes back"},
};

static void set_namespace(struct world *world, const char *uid)
{
    struct known_namespace *known = &world->snapshot.namespaces[0];
    if (!uid)
        return;
    memory_replace(&known->uid, *uid ? memory_copy(uid) : NULL);
    if (*uid == '?')
        memory_replace(&known->name, memory_copy("other"));
}

static void set_class(struct world *world, const char *changes)
{
    if (!changes)
        return;
    storage_class_release(world->snapshot.classes[0]);
    world->snapshot.classes[0] = storage_class_with(changes);
}

static void each_state_has_its_sentence(void)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        const struct state *state = &states[i];
        struct world world;
        world_begin(&world);
        world_add_volume(&world, state->volume);
        world_add_record(&world, state->record, true);
        world_add_record(&world, state->second_record, true);
        world_add_claim(&world, state->claim);
        world_add_other_claim(&world, state->other_claim);
        world_add_set(&world, state->set);
        set_namespace(&world, state->namespace_uid);
        set_class(&world, state->class_changes);
        if (state->second_class)
            world_append(&world.snapshot.classes, &world.snapshot.class_count,
                         storage_class_with(state->second_class));
        struct export_scan *scan = &world.scan;
        struct scans scans;
        scans_begin(&scans, &scan, 1, "here");
        enum comes_back comes_back = COMES_BACK_UNKNOWN;
        autofree char *text =
            state->volume
                ? what_becomes_of_volume(&world.snapshot, &scans, world.snapshot.volumes[0],
                                         state->directory ? state->directory : "d-1", &comes_back)
                : what_becomes_of_record(&world.snapshot, &scans, &scan->records[0], &comes_back);
        autofree char *label = memory_format("number %zu, %s: %s", i, state->text, text);
        ASSERT_CASE(strcmp(text, state->text) == 0, label);
        ASSERT_CASE(comes_back == state->comes_back, label);
        scans_clear(&scans);
        world_end(&world);
    }
}

/* --- the namespaces --- */

static void answer_namespace(struct client_fixture *api, const char *name)
{
    autofree char *request = memory_format("GET /api/v1/namespaces/%s", name);
    autofree char *body = memory_format(
        "{\"metadata\":{\"uid\":\"%s-1\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\"}}", name);
    scripted_server_answer(api->server, .request = request, .times = 1, .status = 200,
                           .body = body);
}

/* Those of volumes without a claim and of our records without a volume. Each is answered once. */
static void the_namespaces_of_what_is_left_are_read_once_each(void)
{
    struct client_fixture api;
    struct error err;
    struct world world;
    client_fixture_start(&api);
    world_begin(&world);
    free(steal(world.snapshot.namespaces[0].name));
    free(steal(world.snapshot.namespaces[0].uid));
    world.snapshot.namespace_count = 0;
    world_add_volume(&world, "{'metadata': {'name': 'pvc-1'}}");
    world_add_volume(&world, "{'metadata': {'name': 'pvc-2'}, 'spec': {'claimRef': {'namespace': "
                             "'left'}}}");
    world_add_volume(&world, "{'metadata': {'name': 'pvc-3'}, 'spec': {'claimRef': {'namespace': "
                             "'gone'}}}");
    world_add_claim(&world, "{}");
    world_add_record(&world, "{'volume': 'pvc-8', 'namespace': {'name': 'left'}}", true);
    world_add_record(&world, "{'volume': 'pvc-9', 'namespace': {'name': 'recorded'}}", true);
    world_add_record(&world,
                     "{'volume': 'pvc-7', 'namespace': {'name': 'theirs'}, 'cluster': "
                     "'there'}",
                     true);
    answer_namespace(&api, "left");
    answer_namespace(&api, "recorded");
    struct export_scan *scan = &world.scan;
    const struct scans scans = {.items = &scan, .count = 1};
    CU_ASSERT_EQUAL(what_becomes_read_namespaces(&world.snapshot, &scans, api.client, &err), 0);
    CU_ASSERT_EQUAL(world.snapshot.namespace_count, 3);
    const struct known_namespace *left = cluster_snapshot_namespace(&world.snapshot, "left");
    const struct known_namespace *gone = cluster_snapshot_namespace(&world.snapshot, "gone");
    CU_ASSERT(left && is_text(left->uid, "left-1") && left->created_us > 0);
    CU_ASSERT(gone && !gone->uid);
    CU_ASSERT_PTR_NOT_NULL(cluster_snapshot_namespace(&world.snapshot, "recorded"));
    world_end(&world);
    client_fixture_stop(&api);
}

static void only_the_namespace_that_is_asked_for_is_read(void)
{
    struct client_fixture api;
    struct error err;
    struct world world;
    client_fixture_start(&api);
    world_begin(&world);
    world_add_volume(&world, "{'spec': {'claimRef': {'namespace': 'left'}}}");
    world_add_record(&world, "{'volume': 'pvc-9', 'namespace': {'name': 'recorded'}}", true);
    struct export_scan *scan = &world.scan;
    const struct scans scans = {.items = &scan, .count = 1};
    world.snapshot.namespace = "default";
    CU_ASSERT_EQUAL(what_becomes_read_namespaces(&world.snapshot, &scans, api.client, &err), 0);
    CU_ASSERT_EQUAL(world.snapshot.namespace_count, 1);
    scripted_server_answer(api.server, .request = "GET /api/v1/namespaces/left", .status = 403,
                           .body = "{\"kind\":\"Status\",\"message\":\"no\"}");
    world.snapshot.namespace = "left";
    CU_ASSERT_EQUAL(what_becomes_read_namespaces(&world.snapshot, &scans, api.client, &err), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "read namespace left: "));
    world_end(&world);
    client_fixture_stop(&api);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(each_state_has_its_sentence),
        TEST(the_namespaces_of_what_is_left_are_read_once_each),
        TEST(only_the_namespace_that_is_asked_for_is_read),
        {0},
    };
    return suite_run("what becomes", tests, argc, argv);
}
