/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/address.h"
#include "provisioner/object/former_class.h"
#include "tests/provisioner/claim_fixtures.h"

/* The object of a volume that a class with these parameters has, "/export/d-1" on server.example.
 */
static json_t *volume_of(const char *parameters)
{
    autofree char *changes = memory_format("{'parameters': {%s}}", parameters);
    autorelease(storage_class) struct storage_class *storage_class = storage_class_with(changes);
    autorelease(claim) struct claim *claim = claim_with("{}");
    const struct volume_source source = {.volume = "pvc-1",
                                         .address = storage_class->address,
                                         .export_id = "e-1",
                                         .directory = "d-1"};
    json_t *volume = volume_for_claim(claim, storage_class, &source);
    json_t *metadata = json_object_get(volume, "metadata");
    json_object_set_new(metadata, "uid", json_string("uid-of-volume"));
    json_object_set_new(metadata, "resourceVersion", json_string("1"));
    return volume;
}

static void a_volume_knows_where_the_export_of_its_class_was(void)
{
    static const struct {
        const char *parameters, *key;
    } cases[] = {
        {"", "server.example:/export"},
        {"'path': '/'", "server.example:/"},
        {"'server': 'fd00::1'", "[fd00::1]:/export"},
        {"'path': '/export/a'", "server.example:/export/a"},
        {"'nfsVersion': '4'", "server.example(v4):/export"},
        {"'nfsPort': '20490', 'mountPort': '20048'",
         "server.example(v3,port=20490,mountport=20048):/export"},
        {"'nfsVersion': '4', 'nfsPort': '20490'", "server.example(v4,port=20490):/export"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err = {0};
        json_auto_t *volume = volume_of(cases[i].parameters);
        autorelease(storage_class) struct storage_class *former =
            former_class_of_volume(volume, &err);
        ASSERT_CASE(former && strcmp(former->address->key, cases[i].key) == 0,
                    former ? former->address->key : err.message);
        if (!former)
            continue;
        autorelease(storage_class) struct storage_class *made =
            former_class_make("nfs", "mooring/nfs", former->address, &err);
        ASSERT_CASE(made && strcmp(made->address->key, cases[i].key) == 0, cases[i].key);
    }
}

/* One that is taken over, given back or adopted says it, too. */
static void a_patch_notes_version_and_ports(void)
{
    autorelease(storage_class) struct storage_class *storage_class =
        storage_class_with("{'parameters': {'nfsVersion': '4', 'nfsPort': '20490'}}");
    autorelease(volume) struct volume *volume = volume_with("{}");
    autorelease(claim) struct claim *claim = claim_with("{}");
    const struct volume_patch given = {.volume = volume,
                                       .claim = claim,
                                       .address = storage_class->address,
                                       .export_id = "e-1",
                                       .directory = "d-1"};
    const struct volume_source noted = {
        .address = storage_class->address, .export_id = "e-1", .directory = "d-1"};
    json_t *patches[] = {volume_patch_for_notes(volume, &noted), volume_patch_for_claim(&given)};
    for (size_t i = 0; i < 2; i++) {
        autofree char *text = json_dumps(patches[i], 0);
        CU_ASSERT_PTR_NOT_NULL(strstr(text, "nfsvers=4,port=20490"));
        json_decref(patches[i]);
    }
}

/* It was taken over from another provisioner, or changed by hand. */
static void a_volume_that_does_not_say_it_is_an_error(void)
{
    static const char *const annotations[] = {NULL, "d-2", "xport/d-1", "/export/d-1"};
    for (size_t i = 0; i < sizeof annotations / sizeof *annotations; i++) {
        struct error err = {0};
        json_auto_t *volume = volume_of("");
        json_t *metadata = json_object_get(volume, "metadata");
        json_t *map = json_object_get(metadata, "annotations");
        if (annotations[i])
            json_object_set_new(map, "mooring/directory", json_string(annotations[i]));
        else
            json_object_del(map, "mooring/directory");
        struct storage_class *former = former_class_of_volume(volume, &err);
        ASSERT_CASE(!former && err.kind == ERROR_INVALID, annotations[i] ? annotations[i] : "none");
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(a_volume_knows_where_the_export_of_its_class_was),
        TEST(a_patch_notes_version_and_ports),
        TEST(a_volume_that_does_not_say_it_is_an_error),
        {0},
    };
    return suite_run("former_class", tests, argc, argv);
}
