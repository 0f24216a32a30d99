/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/check_export.h"
#include "provisioner/export/export_identity.h"
#include "tests/provisioner/claim_fixtures.h"
#include "tests/provisioner/export_fixture.h"
#include "tests/provisioner/memory_cluster.h"

#include <fcntl.h>
#include <unistd.h>

#define KEY "server.example:/export"
#define MADE_ELSEWHERE                                                                             \
    "{'metadata': {'annotations': {'mooring/export': 'other', 'mooring/directory': 'd-1'}}}"
#define MADE_HERE                                                                                  \
    "{'metadata': {'name': 'pvc-2', 'annotations': {'mooring/export': 'id-1',"                     \
    " 'mooring/directory': 'd-2'}}, 'spec': {'nfs': {'path': '/export/d-2'}}}"

/* The export has the identity id-1, unless it is empty; these are its volumes. */
struct fixture {
    struct memory_cluster *cluster;
    struct client *client;
    struct volume *volumes[2];
    struct check_identity identity;
    mode_t mode; /* that a class asks for */
    bool is_in_order;
    char *printed;
    int failures;
};

static void begin(struct fixture *self, bool is_empty, const char *volume)
{
    struct error err;
    json_auto_t *object = volume_object(volume);
    *self = (struct fixture){.cluster = memory_cluster_start(), .mode = 0777};
    self->client = memory_cluster_client(self->cluster);
    memory_cluster_put(self->cluster, &resource_volumes, object);
    self->volumes[0] = volume_with(volume);
    self->volumes[1] = volume_with(MADE_HERE);
    self->identity = (struct check_identity){.client = self->client,
                                             .volumes = self->volumes,
                                             .volume_count = is_empty ? 1 : 2,
                                             .is_complete = true};
    autoclose(share) struct share *share = export_begin();
    if (!is_empty)
        free(export_identity_make(share, "id-1", &err));
    request_log_clear(memory_share_log());
}

static void end(struct fixture *self)
{
    free(self->printed);
    for (size_t i = 0; i < 2; i++)
        volume_release(self->volumes[i]);
    client_close(self->client);
    memory_cluster_stop(self->cluster);
}

static void check_all(struct fixture *self, struct check_report *report,
                      const struct address *address)
{
    autoclose(share) struct share *share = check_export_open(report, address, 1000);
    self->is_in_order = share && check_export(report, share, &self->identity, self->mode);
}

static void check_only_mode(struct fixture *self, struct check_report *report,
                            const struct address *address)
{
    check_export_mode(report, address, 1000, self->client, self->mode);
}

/* What it prints goes to a file. */
static void run(struct fixture *self, void (*act)(struct fixture *self, struct check_report *report,
                                                  const struct address *address))
{
    char name[] = "/tmp/test-check-XXXXXX", text[4096] = "";
    struct error err;
    struct check_report report = {0};
    autodestroy(address) struct address *address =
        address_new("server.example", "/export", 3, 0, 0, &err);
    fflush(NULL);
    int out = dup(STDOUT_FILENO), file = mkostemp(name, O_CLOEXEC);
    if (out < 0 || file < 0)
        abort(); /* no descriptor is left */
    dup2(file, STDOUT_FILENO);
    act(self, &report, address);
    fflush(NULL);
    dup2(out, STDOUT_FILENO);
    close(out);
    CU_ASSERT(pread(file, text, sizeof text - 1, 0) > 0);
    close(file);
    unlink(name);
    memory_replace(&self->printed, memory_copy(text));
    self->failures = report.failures;
}

static void check(struct fixture *self)
{
    run(self, check_all);
}

static bool says(const struct fixture *self, const char *words)
{
    return strstr(self->printed, words);
}

/* What the volume carries. Caller frees. */
static char *carried(const struct fixture *self)
{
    const struct object_key key = {.resource = &resource_volumes, .name = "pvc-1"};
    json_auto_t *object = memory_cluster_get(self->cluster, &key);
    json_t *annotations = json_object_get(json_object_get(object, "metadata"), "annotations");
    return memory_copy(json_string_value(json_object_get(annotations, "mooring/export")));
}

static void the_right_export_is_in_order(void)
{
    struct fixture self;
    begin(&self, false, "{}");
    check(&self);
    CU_ASSERT_EQUAL(self.failures, 0);
    CU_ASSERT(says(&self, KEY " is the export id-1"));
    CU_ASSERT(says(&self, KEY " can be written"));
    end(&self);
}

/* Not even the metadata directory. */
static void nothing_is_written_on_the_wrong_export(void)
{
    for (int is_empty = 0; is_empty < 2; is_empty++) {
        struct fixture self;
        begin(&self, is_empty, MADE_ELSEWHERE);
        autofree char *before = memory_share_show();
        check(&self);
        autofree char *after = memory_share_show();
        CU_ASSERT_EQUAL(self.failures, 1);
        CU_ASSERT(says(&self, "mooring check --accept-export " KEY));
        CU_ASSERT_STRING_EQUAL(after, before);
        CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "MKDIR"), 0);
        CU_ASSERT_FALSE(self.is_in_order);
        end(&self);
    }
}

static void nothing_is_written_where_not_all_volumes_are_known(void)
{
    struct fixture self;
    begin(&self, true, "{}");
    self.identity.is_complete = false;
    self.identity.accept = KEY;
    check(&self);
    autofree char *after = memory_share_show();
    CU_ASSERT_EQUAL(self.failures, 0);
    CU_ASSERT(says(&self, "note"));
    CU_ASSERT(says(&self, "nothing is written there"));
    CU_ASSERT_STRING_EQUAL(after, "");
    end(&self);
}

static void only_the_export_that_is_named_is_accepted(void)
{
    struct fixture self;
    begin(&self, false, MADE_ELSEWHERE);
    self.identity.accept = "server.example:/other";
    check(&self);
    CU_ASSERT_EQUAL(self.failures, 1);
    autofree char *before = carried(&self);
    CU_ASSERT_STRING_EQUAL(before, "other");
    self.identity.accept = KEY;
    check(&self);
    CU_ASSERT_EQUAL(self.failures, 0);
    CU_ASSERT(says(&self, "is accepted: its 1 volume is"));
    autofree char *after = carried(&self);
    CU_ASSERT_STRING_EQUAL(after, "id-1");
    end(&self);
}

static void an_empty_export_gets_an_identity_when_it_is_accepted(void)
{
    struct fixture self;
    begin(&self, true, MADE_ELSEWHERE);
    self.identity.accept = KEY;
    check(&self);
    CU_ASSERT_EQUAL(self.failures, 0);
    autofree char *id = carried(&self);
    autofree char *text = memory_format("%s 1", id);
    autofree char *identity = memory_share_text(".mooring/export");
    CU_ASSERT(is_text(identity, text));
    end(&self);
}

static void a_volume_that_is_gone_meanwhile_is_no_failure(void)
{
    struct fixture self;
    begin(&self, false, MADE_ELSEWHERE);
    const struct object_key key = {.resource = &resource_volumes, .name = "pvc-1"};
    memory_cluster_remove(self.cluster, &key);
    self.identity.accept = KEY;
    check(&self);
    CU_ASSERT_EQUAL(self.failures, 0);
    CU_ASSERT(says(&self, "is accepted: its 0 volumes are"));
    end(&self);
}

static void a_server_that_keeps_no_mode_is_told_of_once(void)
{
    static const mode_t modes[] = {0, 0755};
    for (int differs = 0; differs <= 1; differs++) {
        struct fixture self;
        begin(&self, true, "{}");
        self.mode = 0750;
        memory_share_give_mode(modes[differs]);
        check(&self);
        memory_share_give_mode(0);
        CU_ASSERT_EQUAL(self.failures, 0);
        CU_ASSERT_EQUAL(says(&self, "gives a directory mode 0755 instead of 0750"), differs);
        CU_ASSERT_EQUAL(says(&self, ": mode and owner can be set"), !differs);
        CU_ASSERT_EQUAL(says(&self, ": owner can be set"), differs);
        end(&self);
    }
}

static int left_over(void)
{
    autofree char *all = memory_share_show();
    return strstr(all, "check-") != NULL;
}

/* Whether the mode that the server gives will do is a question of the classes. */
static void the_mode_is_the_one_that_classes_ask_for(void)
{
    static const struct {
        mode_t wanted, given;
        int failures;
    } cases[] = {{0755, 0755, 0}, {0750, 0755, 0}, {0777, 0755, 1}, {0770, 0750, 1}};

    for (size_t i = 0; i < 2 * (sizeof cases / sizeof *cases); i++) {
        struct fixture self;
        bool is_first = i % 2 == 0;
        begin(&self, true, "{}");
        self.mode = cases[i / 2].wanted;
        memory_share_give_mode(cases[i / 2].given);
        run(&self, is_first ? check_all : check_only_mode);
        memory_share_give_mode(0);
        CU_ASSERT_EQUAL(self.failures, cases[i / 2].failures);
        CU_ASSERT_EQUAL(says(&self, "gives it another mode"), cases[i / 2].failures);
        CU_ASSERT(!is_first || self.is_in_order);
        CU_ASSERT_FALSE(left_over());
        end(&self);
    }
}

static void that_the_server_stops_to_answer_is_no_question_of_owners(void)
{
    struct fixture self;
    begin(&self, true, "{}");
    disturb(memory_share_log(), .request = "SETATTR .mooring/check-", .answer = ERROR_UNAVAILABLE,
            .is_cut = true);
    check(&self);
    CU_ASSERT(self.failures > 0);
    CU_ASSERT(says(&self, "FAILED  " KEY ": cannot set the owner of a new directory"));
    CU_ASSERT_FALSE(says(&self, "a class with uid or gid will not work here"));
    end(&self);
}

/* All that mooring has made there belongs to the user nobody from now on, as with root squash. */
static void squash(void *context)
{
    static const struct ownership of_nobody = {.mode = 0700, .uid = 65534, .gid = 65534};
    (void)context;
    autofree char *all = memory_share_show(), *rest = all, *line;
    while ((line = strsep(&rest, "\n"))) {
        size_t length = strlen(line);
        if (length == 0 || line[length - 1] != '/')
            continue;
        line[length - 1] = '\0';
        memory_share_set_ownership(line, &of_nobody);
    }
}

static void a_squashed_export_says_what_does_not_work_there(void)
{
    struct fixture self;
    begin(&self, true, "{}");
    disturb(memory_share_log(), .request = "LOOKUP .mooring", .times = -1, .hook = squash);
    check(&self);
    CU_ASSERT_EQUAL(self.failures, 0);
    CU_ASSERT(says(&self, KEY " squashes root to uid 65534"));
    CU_ASSERT(says(&self, "uid and gid of a class need no_root_squash"));
    CU_ASSERT_FALSE(says(&self, "fsGroup"));
    end(&self);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(the_right_export_is_in_order),
        TEST(nothing_is_written_on_the_wrong_export),
        TEST(nothing_is_written_where_not_all_volumes_are_known),
        TEST(only_the_export_that_is_named_is_accepted),
        TEST(an_empty_export_gets_an_identity_when_it_is_accepted),
        TEST(a_volume_that_is_gone_meanwhile_is_no_failure),
        TEST(a_server_that_keeps_no_mode_is_told_of_once),
        TEST(the_mode_is_the_one_that_classes_ask_for),
        TEST(that_the_server_stops_to_answer_is_no_question_of_owners),
        TEST(a_squashed_export_says_what_does_not_work_there),
        {0},
    };
    return suite_run("check identity", tests, argc, argv);
}
