/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/adopt_decision.h"
#include "tests/provisioner/claim_fixtures.h"

/* The directory d-1 for default/data-web-0; what there is, NULL: not there. */
struct adopt_case {
    const char *label;
    const char *claim;
    const char *other_claim;
    const char *volume;
    const char *second_volume;
    const char *other;
    const char *record;
    const char *second_record;
    const char *unusable;
    const char *directory; /* NULL: d-1 */
    const char *refusal;   /* a part of it; NULL: it may be done */
    const char *volume_name;
    size_t superseded;
    bool from_other_cluster;
    bool is_cluster_alive;
    bool is_nested;
    const char *found; /* NULL: the claim; "": nobody */
    bool patches;
    bool is_done;
};

#define WAITING "{'spec': {'volumeName': ''}, 'status': {'phase': 'Pending'}}"
#define CAME_BACK                                                                                  \
    "{'metadata': {'uid': 'uid-2'}, 'spec': {'volumeName': ''}, 'status': {'phase': 'Pending'}}"
#define OTHER_CLAIM "{'metadata': {'name': 'other', 'uid': 'uid-9'}}"
#define OF_OTHER_CLAIM "{'spec': {'claimRef': {'name': 'other', 'uid': 'uid-9'}}}"
#define RESERVED "{'spec': {'claimRef': {'uid': null}}}"

static const struct adopt_case cases[] = {
    {.label = "by hand, claim does not exist yet",
     .volume_name = "mooring-adopted-fcd57018f0b45baa"},
    {.label = "by hand, claim waits",
     .claim = WAITING,
     .volume_name = "mooring-adopted-fcd57018f0b45baa"},
    {.label = "its own, come back",
     .claim = CAME_BACK,
     .volume = "{}",
     .record = "{}",
     .volume_name = "pvc-1",
     .patches = true},
    {.label = "volume object gone", .claim = CAME_BACK, .record = "{}", .volume_name = "pvc-1"},
    {.label = "record gone",
     .claim = CAME_BACK,
     .volume = "{}",
     .volume_name = "pvc-1",
     .patches = true},
    {.label = "of a claim that is gone",
     .claim = WAITING,
     .volume = OF_OTHER_CLAIM,
     .record = "{'claim': {'name': 'other', 'uid': 'uid-9'}}",
     .volume_name = "pvc-1",
     .patches = true},
    {.label = "one of two candidates",
     .claim = CAME_BACK,
     .volume = "{}",
     .record = "{}",
     .second_volume = "{'metadata': {'name': 'pvc-2'}, 'spec': {'nfs': {'path': '/export/d-2'}}}",
     .second_record = "{'volume': 'pvc-2', 'directory': 'd-2'}",
     .volume_name = "pvc-1",
     .patches = true,
     .superseded = 1},
    {.label = "the other candidate is superseded already",
     .claim = CAME_BACK,
     .volume = "{}",
     .record = "{}",
     .second_record = "{'volume': 'pvc-2', 'directory': 'd-2', 'state': 'superseded'}",
     .volume_name = "pvc-1",
     .patches = true},
    {.label = "a candidate of another cluster is not superseded",
     .claim = CAME_BACK,
     .record = "{}",
     .second_record = "{'volume': 'pvc-2', 'directory': 'd-2', 'cluster': 'there'}",
     .volume_name = "pvc-1"},
    {.label = "two records of one directory",
     .claim = CAME_BACK,
     .volume = "{}",
     .record = "{}",
     .second_record = "{'volume': 'pvc-2', 'claim': {'name': 'other'}}",
     .volume_name = "pvc-1",
     .patches = true,
     .superseded = 1},
    {.label = "bound to it",
     .claim = "{}",
     .volume = "{}",
     .record = "{}",
     .volume_name = "pvc-1",
     .patches = true,
     .is_done = true},
    {.label = "bound to it, but the choice is not final yet",
     .claim = "{}",
     .volume = "{}",
     .record = "{}",
     .second_record = "{'volume': 'pvc-2', 'directory': 'd-2'}",
     .volume_name = "pvc-1",
     .patches = true,
     .superseded = 1},
    {.label = "reserved already",
     .volume = RESERVED,
     .record = "{'claim': {'uid': ''}}",
     .volume_name = "pvc-1",
     .patches = true,
     .is_done = true},
    {.label = "reserved, and now the claim waits",
     .claim = WAITING,
     .volume = RESERVED,
     .record = "{'claim': {'uid': ''}}",
     .volume_name = "pvc-1",
     .patches = true},
    {.label = "reserved, but the record was not written",
     .volume = RESERVED,
     .volume_name = "pvc-1",
     .patches = true},
    {.label = "a volume below a sibling with the same beginning",
     .claim = WAITING,
     .other_claim = OTHER_CLAIM,
     .volume = "{'metadata': {'name': 'pvc-3'}, 'spec': {'nfs': {'path': '/export/d-10'},"
               " 'claimRef': {'name': 'other', 'uid': 'uid-9'}}}",
     .volume_name = "mooring-adopted-fcd57018f0b45baa"},
    {.label = "from a lost cluster, said so",
     .claim = WAITING,
     .record = "{'cluster': 'there'}",
     .from_other_cluster = true,
     .volume_name = "pvc-1"},

    {.label = "superseded, chosen again",
     .claim = CAME_BACK,
     .volume = "{}",
     .record = "{'state': 'superseded'}",
     .volume_name = "pvc-1",
     .patches = true},
    {.label = "cut off while it was handed over",
     .claim = CAME_BACK,
     .volume = "{}",
     .record = "{'state': 'moving'}",
     .volume_name = "pvc-1",
     .patches = true},
    {.label = "cut off after the volume was patched",
     .claim = "{}",
     .volume = "{}",
     .record = "{'state': 'moving'}",
     .volume_name = "pvc-1",
     .patches = true},
    {.label = "of an earlier namespace",
     .claim = CAME_BACK,
     .record = "{'namespace': {'uid': 'ns-0'}}",
     .volume_name = "pvc-1"},
    {.label = "a superseded record beside the one in use",
     .claim = CAME_BACK,
     .record = "{'volume': 'pvc-2', 'state': 'superseded'}",
     .second_record = "{}",
     .volume_name = "pvc-1"},

    {.label = "bound to it, but the export does not say so",
     .claim = "{}",
     .volume = "{}",
     .record = "{}",
     .found = "",
     .volume_name = "pvc-1",
     .patches = true},
    {.label = "bound to it, but the export says that it is another claim's, which is gone",
     .claim = "{}",
     .volume = "{}",
     .record = "{}",
     .found = "here/default/ns-1/other",
     .volume_name = "pvc-1",
     .patches = true},
    {.label = "bound to it, the record names an earlier claim",
     .claim = "{}",
     .volume = "{}",
     .record = "{'claim': {'uid': 'uid-0'}}",
     .volume_name = "pvc-1",
     .patches = true},
    {.label = "bound to it, the record names another class",
     .claim = "{}",
     .volume = "{}",
     .record = "{'class': 'old'}",
     .volume_name = "pvc-1",
     .patches = true},
    {.label = "reserved for a claim that is gone, without a record",
     .claim = WAITING,
     .found = "here/default/ns-1/other",
     .volume_name = "mooring-adopted-fcd57018f0b45baa"},
    {.label = "reserved for this claim in an earlier namespace",
     .claim = WAITING,
     .found = "here/default/ns-0/data-web-0",
     .volume_name = "mooring-adopted-fcd57018f0b45baa"},
    {.label = "reserved by a lost cluster, said so",
     .claim = WAITING,
     .found = "there/default/ns-1/other",
     .from_other_cluster = true,
     .volume_name = "mooring-adopted-fcd57018f0b45baa"},
    {.label = "about to be made for a claim that is gone",
     .claim = CAME_BACK,
     .record = "{'state': 'making'}",
     .volume_name = "pvc-1"},
    {.label = "half taken for a claim that is gone",
     .claim = CAME_BACK,
     .record = "{'state': 'taking'}",
     .volume_name = "pvc-1"},
    {.label = "a lost cluster's other record of the claim is left alone",
     .claim = WAITING,
     .record = "{'cluster': 'there'}",
     .second_record = "{'volume': 'pvc-2', 'directory': 'd-2', 'cluster': 'there'}",
     .from_other_cluster = true,
     .volume_name = "pvc-1"},

    {.label = "reserved for a claim that exists, without a record",
     .claim = WAITING,
     .other_claim = OTHER_CLAIM,
     .found = "here/default/ns-1/other",
     .refusal = "reserved for claim default/other, which exists"},
    {.label = "reserved by another cluster, without a record",
     .claim = WAITING,
     .found = "there/default/ns-1/other",
     .refusal = "--from-other-cluster"},
    {.label = "reserved by a living cluster, without a record",
     .claim = WAITING,
     .found = "there/default/ns-1/other",
     .from_other_cluster = true,
     .is_cluster_alive = true,
     .refusal = "still uses the export"},
    {.label = "about to be made for a claim that waits",
     .claim = WAITING,
     .other_claim = "{'metadata': {'name': 'other', 'uid': 'uid-9'}, 'spec': {'volumeName': ''}}",
     .record = "{'claim': {'name': 'other', 'uid': 'uid-9'}, 'state': 'making'}",
     .refusal = "being made for claim default/other"},
    {.label = "in use, under another name of the server",
     .claim = WAITING,
     .other_claim = OTHER_CLAIM,
     .volume = "{'metadata': {'annotations': {'mooring/export': 'id-1',"
               "  'mooring/directory': 'd-1'}},"
               " 'spec': {'nfs': {'server': '10.0.0.1'},"
               "  'claimRef': {'name': 'other', 'uid': 'uid-9'}}}",
     .refusal = "default/other uses it"},
    {.label = "in use, under another name of the server and another path",
     .claim = WAITING,
     .other_claim = OTHER_CLAIM,
     .volume = "{'metadata': {'annotations': {'mooring/export': 'id-1',"
               "  'mooring/directory': 'd-1/below'}},"
               " 'spec': {'nfs': {'server': '10.0.0.1', 'path': '/pseudo/d-1/below'},"
               "  'claimRef': {'name': 'other', 'uid': 'uid-9'}}}",
     .refusal = "default/other uses it"},
    {.label = "released, under another name of the server",
     .claim = CAME_BACK,
     .volume = "{'metadata': {'annotations': {'mooring/export': 'id-1',"
               "  'mooring/directory': 'd-1'}},"
               " 'spec': {'nfs': {'server': '10.0.0.1'}}}",
     .refusal = "10.0.0.1:/export/d-1"},
    {.label = "another file in the folder is no record",
     .claim = CAME_BACK,
     .volume = "{}",
     .record = "{}",
     .unusable = "pvc-2",
     .refusal = ".mooring/claims/here/default/ns-1/data-web-0/pvc-2.uid-1.in-use is no record"},
    {.label = "from another cluster",
     .claim = WAITING,
     .record = "{'cluster': 'there'}",
     .refusal = "--from-other-cluster"},
    {.label = "from another cluster that gives signs of life",
     .claim = WAITING,
     .record = "{'cluster': 'there'}",
     .found = "there/default/ns-1/data-web-0",
     .from_other_cluster = true,
     .is_cluster_alive = true,
     .refusal = "cluster there, which has recorded it, still uses the export"},
    {.label = "in a recorded one, or around it",
     .claim = WAITING,
     .is_nested = true,
     .refusal = "a directory in it, or one around it, is recorded for another claim"},
    {.label = "archived",
     .claim = CAME_BACK,
     .record = "{'state': 'archived'}",
     .refusal = "its record says that it is archived"},
    {.label = "on its way into the archive",
     .claim = CAME_BACK,
     .volume = "{}",
     .record = "{'state': 'archiving'}",
     .refusal = "its record says that it is archiving"},
    {.label = "superseded in another cluster",
     .claim = WAITING,
     .record = "{'cluster': 'there', 'state': 'superseded'}",
     .refusal = "--from-other-cluster"},
    {.label = "below what another cluster has",
     .claim = WAITING,
     .directory = "d-1/below",
     .record = "{'cluster': 'there'}",
     .refusal = "--from-other-cluster"},
    {.label = "a live claim's",
     .claim = WAITING,
     .other_claim = OTHER_CLAIM,
     .volume = OF_OTHER_CLAIM,
     .refusal = "default/other uses it"},
    {.label = "a live claim's, volume of another provisioner",
     .claim = WAITING,
     .other_claim = OTHER_CLAIM,
     .other = OF_OTHER_CLAIM,
     .refusal = "default/other uses it"},
    {.label = "a live claim's, by its record",
     .claim = WAITING,
     .other_claim = OTHER_CLAIM,
     .record = "{'claim': {'name': 'other', 'uid': 'uid-9'}}",
     .refusal = "as its record"},
    {.label = "above a live claim's",
     .claim = WAITING,
     .other_claim = OTHER_CLAIM,
     .volume = "{'spec': {'nfs': {'path': '/export/d-1/x'},"
               " 'claimRef': {'name': 'other', 'uid': 'uid-9'}}}",
     .refusal = "default/other uses it"},
    {.label = "below a live claim's",
     .claim = WAITING,
     .directory = "d-1/x",
     .other_claim = OTHER_CLAIM,
     .volume = OF_OTHER_CLAIM,
     .refusal = "default/other uses it"},
    {.label = "a retained volume of another provisioner",
     .claim = CAME_BACK,
     .other = "{'metadata': {'annotations': {'pv.kubernetes.io/provisioned-by': 'old/nfs'}}}",
     .refusal = "old/nfs"},
    {.label = "reserved for another claim",
     .claim = WAITING,
     .volume = "{'spec': {'claimRef': {'name': 'other', 'uid': null}}}",
     .refusal = "reserves it for claim default/other"},
    {.label = "below what is reserved for a claim that waits",
     .claim = WAITING,
     .other_claim = "{'metadata': {'name': 'other', 'uid': 'uid-9'}, 'spec': {'volumeName': ''}}",
     .directory = "d-1/x",
     .volume = "{'spec': {'claimRef': {'name': 'other', 'uid': null}}}",
     .refusal = "default/other uses it"},
    {.label = "a volume that is being deleted",
     .claim = WAITING,
     .volume = "{'metadata': {'deletionTimestamp': '2026-01-03T00:00:00Z'},"
               " 'spec': {'claimRef': {'uid': 'uid-0'}}}",
     .refusal = "being deleted"},
    {.label = "two volumes",
     .claim = CAME_BACK,
     .volume = "{}",
     .second_volume = "{'metadata': {'name': 'pvc-2'}}",
     .refusal = "pvc-1 and pvc-2"},
    {.label = "a claim that is bound elsewhere",
     .claim = "{'spec': {'volumeName': 'pvc-7'}}",
     .refusal = "has volume pvc-7 already"},
    {.label = "a claim that goes",
     .claim = "{'metadata': {'deletionTimestamp': '2026-01-03T00:00:00Z'}}",
     .refusal = "is being deleted"},
    {.label = "a claim of another class",
     .claim = "{'spec': {'volumeName': '', 'storageClassName': 'fast'}}",
     .refusal = "is of class fast"},
    {.label = "a block claim",
     .claim = "{'spec': {'volumeName': '', 'volumeMode': 'Block'}}",
     .refusal = "volumeMode Block"},
    {.label = "its record is broken",
     .claim = CAME_BACK,
     .volume = "{}",
     .unusable = "pvc-1",
     .refusal = "away first"},
    {.label = "its record is of another directory",
     .claim = CAME_BACK,
     .volume = "{}",
     .record = "{'directory': 'd-9'}",
     .refusal = "changed by hand"},
    {.label = "its record's volume has another path",
     .claim = CAME_BACK,
     .volume = "{'spec': {'nfs': {'path': '/elsewhere/d-1'}}}",
     .record = "{}",
     .refusal = "/elsewhere/d-1"},
};

static void build(struct world *world, const struct adopt_case *test_case)
{
    world_begin(world);
    world_add_claim(world, test_case->claim);
    world_add_claim(world, test_case->other_claim);
    world_add_volume(world, test_case->volume);
    world_add_volume(world, test_case->second_volume);
    world_add_other(world, test_case->other);
    world_add_record(world, test_case->record, true);
    world_add_record(world, test_case->second_record, true);
    world_add_unusable(world, test_case->unusable);
    world->scan.export_id = memory_copy("id-1");
}

/* Free the texts. */
static struct parsed_owner find_owner(const struct adopt_case *test_case)
{
    struct error err;
    struct parsed_owner found = {0};
    const char *text = test_case->found ? test_case->found : "here/default/ns-1/data-web-0";
    if (*text)
        CU_ASSERT_EQUAL_FATAL(claim_owner_parse(text, &found, &err), 0);
    return found;
}

static struct adopt_request request_of(const struct world *world,
                                       const struct adopt_case *test_case,
                                       const struct parsed_owner *found)
{
    return (struct adopt_request){
        .snapshot = &world->snapshot,
        .scan = &world->scan,
        .storage_class = world->snapshot.classes[0],
        .directory = test_case->directory ? test_case->directory : "d-1",
        .namespace = "default",
        .namespace_uid = "ns-1",
        .claim_name = "data-web-0",
        .from_other_cluster = test_case->from_other_cluster,
        .is_cluster_alive = test_case->is_cluster_alive,
        .is_nested = test_case->is_nested,
        .found = found->texts ? &found->owner : NULL,
    };
}

static void check_decision(const struct adopt_case *test_case,
                           const struct adopt_decision *decision)
{
    ASSERT_CASE(is_text(decision->volume_name, test_case->volume_name), test_case->label);
    ASSERT_CASE((decision->volume != NULL) == test_case->patches, test_case->label);
    ASSERT_CASE(decision->superseded_count == test_case->superseded, test_case->label);
    ASSERT_CASE(decision->is_done == test_case->is_done, test_case->label);
    ASSERT_CASE((decision->claim != NULL) == (test_case->claim != NULL), test_case->label);
}

static void each_case_is_decided_or_refused_with_a_reason(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct adopt_case *test_case = &cases[i];
        struct world world;
        struct error err = {0};
        struct adopt_decision decision;
        build(&world, test_case);
        const struct parsed_owner found = find_owner(test_case);
        const struct adopt_request request = request_of(&world, test_case, &found);
        int result = adopt_decide(&request, &decision, &err);
        ASSERT_CASE((result < 0) == (test_case->refusal != NULL), test_case->label);
        if (test_case->refusal)
            ASSERT_CASE(err.kind == ERROR_CONFLICT && strstr(err.message, test_case->refusal),
                        test_case->label);
        else if (result == 0)
            check_decision(test_case, &decision);
        if (result == 0)
            adopt_decision_clear(&decision);
        free(found.texts);
        world_end(&world);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(each_case_is_decided_or_refused_with_a_reason),
        {0},
    };
    return suite_run("adopt_decision", tests, argc, argv);
}
