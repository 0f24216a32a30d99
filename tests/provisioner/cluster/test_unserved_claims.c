/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/cluster/unserved_claims.h"
#include "tests/k8s/client_fixture.h"
#include "tests/provisioner/claim_fixtures.h"

#define CLASSES "GET /apis/storage.k8s.io/v1/storageclasses"

/* Three claims seem unserved: the classes of two are missing, that of the third is another's. */
struct unserved_fixture {
    struct client_fixture api;
    struct world world;
    struct error err;
};

static void add_unserved(struct unserved_fixture *self, const char *class_name)
{
    autofree char *changes =
        memory_format("{'metadata': {'name': '%s'},"
                      " 'spec': {'storageClassName': '%s', 'volumeName': null}}",
                      class_name, class_name);
    struct cluster_snapshot *snapshot = &self->world.snapshot;
    world_append(&snapshot->unserved, &snapshot->unserved_count, mooring_claim_with(changes));
}

static void begin(struct unserved_fixture *self)
{
    *self = (struct unserved_fixture){0};
    world_begin(&self->world);
    client_fixture_start(&self->api);
    struct cluster_snapshot *snapshot = &self->world.snapshot;
    world_append(&snapshot->other_classes, &snapshot->other_class_count,
                 storage_class_with("{'metadata': {'name': 'nsf'}, 'provisioner': 'mooring/nsf'}"));
    add_unserved(self, "late");
    add_unserved(self, "nsf");
    add_unserved(self, "missing");
}

static void end(struct unserved_fixture *self)
{
    client_fixture_stop(&self->api);
    world_end(&self->world);
}

/* Which are left, when the server has these classes now. Caller frees. */
static char *confirm(struct unserved_fixture *self, const char *classes)
{
    autofree char *body = memory_format("{\"metadata\":{},\"items\":[%s]}", classes);
    scripted_server_answer(self->api.server, .request = CLASSES, .status = 200, .body = body);
    CU_ASSERT_EQUAL(unserved_claims_confirm(&self->world.snapshot, self->api.client, &self->err),
                    0);
    char *left = memory_copy("");
    for (size_t i = 0; i < self->world.snapshot.unserved_count; i++)
        memory_replace(&left, memory_format("%s %s", left, self->world.snapshot.unserved[i]->name));
    return left;
}

static void only_what_is_still_missing_is_left(void)
{
    static const struct {
        const char *classes, *left;
    } cases[] = {
        {"", " late nsf missing"},
        {"{\"metadata\":{\"name\":\"late\"}}", " nsf missing"},
        {"{\"metadata\":{\"name\":\"nsf\"}}", " late nsf missing"},
        {"{\"metadata\":{}}", " nsf"},
        {"{oops}", " nsf"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct unserved_fixture self;
        begin(&self);
        autofree char *left = confirm(&self, cases[i].classes);
        ASSERT_CASE(is_text(left, cases[i].left), cases[i].classes);
        end(&self);
    }
}

#define CLASS(value) "{\"metadata\":{\"name\":\"any\"" value "}}"
#define DEFAULT_CLASS(value)                                                                       \
    CLASS(",\"annotations\":{\"storageclass.kubernetes.io/is-default-class\":\"" value "\"}")

static void a_claim_without_a_class_is_left_until_there_is_a_default_class(void)
{
    static const struct {
        const char *classes, *left;
    } cases[] = {
        {"", " late nsf missing none"},
        {CLASS(""), " late nsf missing none"},
        {DEFAULT_CLASS("false"), " late nsf missing none"},
        {DEFAULT_CLASS("true"), " late nsf missing"},
        {"{oops}", " nsf"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct unserved_fixture self;
        begin(&self);
        struct cluster_snapshot *snapshot = &self.world.snapshot;
        world_append(&snapshot->unserved, &snapshot->unserved_count,
                     mooring_claim_with("{'metadata': {'name': 'none'},"
                                        " 'spec': {'storageClassName': null, 'volumeName': "
                                        "null}}"));
        autofree char *left = confirm(&self, cases[i].classes);
        ASSERT_CASE(is_text(left, cases[i].left), cases[i].classes);
        end(&self);
    }
}

static void nothing_is_asked_where_no_class_is_missing(void)
{
    struct unserved_fixture self;
    begin(&self);
    autofree char *left = confirm(&self, "{oops}");
    CU_ASSERT(is_text(left, " nsf"));
    client_fixture_stop(&self.api);
    client_fixture_start(&self.api); /* it answers nothing */
    CU_ASSERT_EQUAL(unserved_claims_confirm(&self.world.snapshot, self.api.client, &self.err), 0);
    end(&self);
}

static void a_list_that_fails_is_an_error(void)
{
    struct unserved_fixture self;
    begin(&self);
    scripted_server_answer(self.api.server, .request = CLASSES, .status = 403,
                           .body = "{\"kind\":\"Status\",\"code\":403,\"message\":\"no\"}");
    CU_ASSERT_EQUAL(unserved_claims_confirm(&self.world.snapshot, self.api.client, &self.err), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_FORBIDDEN);
    end(&self);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(only_what_is_still_missing_is_left),
        TEST(a_claim_without_a_class_is_left_until_there_is_a_default_class),
        TEST(nothing_is_asked_where_no_class_is_missing),
        TEST(a_list_that_fails_is_an_error),
        {0},
    };
    return suite_run("unserved_claims", tests, argc, argv);
}
