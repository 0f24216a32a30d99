/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/audit_metrics.h"
#include "tests/provisioner/audit/audit_fixture.h"

static void the_first_class_by_name_audits_a_shared_export(void)
{
    struct storage_class *classes[] = {
        storage_class_with("{'metadata': {'name': 'b'}}"),
        storage_class_with("{'metadata': {'name': 'a'}, 'parameters': {'path': '/other'}}"),
        storage_class_with("{'metadata': {'name': 'c'}}"),
        storage_class_with("{'metadata': {'name': '0'}, 'parameters': {'wrong': 'x'}}"),
    };
    CU_ASSERT(is_auditing_class(classes[0], classes, 4));
    CU_ASSERT(is_auditing_class(classes[1], classes, 4));
    CU_ASSERT_FALSE(is_auditing_class(classes[2], classes, 4));
    for (size_t i = 0; i < 4; i++)
        storage_class_release(classes[i]);
}

static void a_volume_is_queued_once_for_each_of_its_versions(void)
{
    struct fixture self;
    begin(&self);
    CU_ASSERT_EQUAL(audit(&self), 0);
    CU_ASSERT_EQUAL(count_queued(&self), 0);
    remove_record(&self);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(audit(&self), 0);
        CU_ASSERT_EQUAL(count_queued(&self), i == 0);
    }
    change_volume(&self);
    CU_ASSERT_EQUAL(audit(&self), 0);
    CU_ASSERT_EQUAL(count_queued(&self), 1);
    end(&self);
}

/* The claim was made before its set. */
static void a_record_that_does_not_know_its_set_is_looked_at(void)
{
    struct fixture self;
    begin(&self);
    autofree char *folder = shop_folder(&self.shop, CLAIM);
    autofree char *path = memory_format("%s/" VOLUME ".uid-1.in-use", folder);
    autofree char *text = memory_share_text(path);
    json_auto_t *record = json_loads(text, 0, NULL);
    CU_ASSERT_EQUAL_FATAL(json_object_del(record, "statefulSet"), 0);
    autofree char *without = json_dumps(record, 0);
    memory_share_put_file(path, without);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(audit(&self), 0);
        CU_ASSERT_EQUAL(count_queued(&self), i == 0);
    }
    end(&self);
}

/* An empty disk under the address: everything would be missing there. */
static void another_export_is_refused_and_nothing_is_queued(void)
{
    struct fixture self;
    begin(&self);
    memory_share_swap_disk();
    int result = audit(&self);
    if (result < 0 && self.err.kind == ERROR_UNAVAILABLE) /* the connection was to the other disk */
        result = audit(&self);
    CU_ASSERT_EQUAL(result, -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_FORBIDDEN);
    CU_ASSERT_PTR_NOT_NULL(strstr(self.err.message, "volumes of this cluster were made on"));
    CU_ASSERT_EQUAL(count_queued(&self), 0);
    CU_ASSERT_EQUAL(store_size(self.leader.context.audits), 0);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), "READDIR"), 0);
    end(&self);
}

static void adopt_meanwhile(void *context)
{
    struct fixture *self = context;
    remove_record(self);
    change_volume(self);
}

/* Its record was moved from a folder that was read later to one that was read before. */
static void a_volume_that_changes_during_the_scan_is_left_to_the_next_audit(void)
{
    struct fixture self;
    begin(&self);
    disturb(memory_share_log(), .request = "READDIR .mooring/claims", .hook = adopt_meanwhile,
            .context = &self);
    CU_ASSERT_EQUAL(audit(&self), 0);
    CU_ASSERT_EQUAL(count_queued(&self), 0);
    CU_ASSERT_EQUAL(audit(&self), 0);
    CU_ASSERT_EQUAL(count_queued(&self), 1);
    end(&self);
}

static void it_ends_with_the_term(void)
{
    struct fixture self;
    begin(&self);
    disturb(memory_share_log(), .request = "READDIR .mooring/claims", .hook = raise_stop,
            .context = &self);
    CU_ASSERT_EQUAL(audit(&self), -1);
    CU_ASSERT_EQUAL(self.err.kind, ERROR_STOPPED);
    CU_ASSERT_PTR_NOT_NULL(strstr(self.err.message, ": stopped before the end")); /* the listing */
    CU_ASSERT_EQUAL(store_size(self.leader.context.audits), 0);
    end(&self);
}

static void the_counts_of_an_export_go_with_its_class(void)
{
    struct fixture self;
    begin(&self);
    CU_ASSERT_EQUAL(audit(&self), 0);
    CU_ASSERT_EQUAL(store_size(self.leader.context.audits), 1);
    store_remove(self.leader.context.cache->classes, "nfs");
    CU_ASSERT_EQUAL(audit(&self), 0);
    CU_ASSERT_EQUAL(store_size(self.leader.context.audits), 0);
    end(&self);
}

/* Over NFSv3 and, as the class "a", v4. */
static void begin_with_two_versions(struct fixture *self)
{
    begin(self);
    shop_put_class(&self->shop, "{'metadata': {'name': 'a'}, 'parameters': {'nfsVersion': '4'}}");
    leader_read(&self->leader);
}

/* Whichever class comes first audits it. */
static void an_export_of_two_versions_is_audited_once(void)
{
    struct fixture self;
    begin_with_two_versions(&self);
    struct context *context = &self.leader.context;
    CU_ASSERT_EQUAL(audit(&self), 0);
    request_log_clear(memory_share_log());
    CU_ASSERT_EQUAL(audit_export(context, self.leader.client, "a", &self.err), 0);
    CU_ASSERT_EQUAL(request_log_count(memory_share_log(), ""), 0);
    CU_ASSERT_EQUAL(audit(&self), 0);
    CU_ASSERT(request_log_count(memory_share_log(), "READDIR") > 0);
    CU_ASSERT_EQUAL(store_size(context->audits), 1);
    end(&self);
}

static bool is_counted_by(const struct fixture *self, const char *address)
{
    autofree char *page = audit_metrics_render(self->leader.context.audits);
    autofree char *line =
        memory_format("\nmooring_volumes_without_record{export=\"%s\"} 1\n", address);
    CU_ASSERT_PTR_NOT_NULL(strstr(page, "\nmooring_volumes_without_record{"));
    return strstr(page, line);
}

/* One record is missing, and its volume says only where it is. */
static void begin_with_two_names(struct fixture *self)
{
    static const struct object_key key = {.resource = &resource_volumes, .name = VOLUME};
    begin(self);
    memory_share_add_name("10.0.0.1:/export");
    shop_put_class(&self->shop,
                   "{'metadata': {'name': 'ip'}, 'parameters': {'server': '10.0.0.1'}}");
    remove_record(self);
    json_t *annotations = object_from("{'mooring/export': null, 'mooring/directory': null}");
    memory_cluster_change(self->shop.cluster, &key,
                          json_pack("{s:{s:o}}", "metadata", "annotations", annotations));
    leader_read(&self->leader);
    leader_drop_work(&self->leader);
}

/* How often the audit of the class' export has read all of it. */
static size_t count_walks(struct fixture *self, const char *class_name)
{
    request_log_clear(memory_share_log());
    CU_ASSERT_EQUAL(
        audit_export(&self->leader.context, self->leader.client, class_name, &self->err), 0);
    return request_log_count(memory_share_log(), "READDIR .mooring/claims");
}

/* By two names of its server. Each must be known to the audit of the other. */
static void an_export_of_two_names_is_counted_once_and_then_read_once(void)
{
    struct fixture self;
    begin_with_two_names(&self);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(count_walks(&self, "nfs") > 0, i == 0);
        CU_ASSERT_EQUAL(is_counted_by(&self, "server.example:/export"), i == 0);
        CU_ASSERT(count_walks(&self, "ip") > 0);
        CU_ASSERT(is_counted_by(&self, "10.0.0.1:/export"));
        CU_ASSERT_FALSE(is_counted_by(&self, "server.example:/export"));
    }
    end(&self);
}

/* Its class is deleted, say. */
static void another_name_audits_what_the_first_one_does_no_more(void)
{
    struct fixture self;
    begin_with_two_names(&self);
    CU_ASSERT(count_walks(&self, "nfs") > 0);
    CU_ASSERT(count_walks(&self, "ip") > 0);
    store_remove(self.leader.context.cache->classes, "ip");
    CU_ASSERT(count_walks(&self, "nfs") > 0);
    CU_ASSERT(is_counted_by(&self, "server.example:/export"));
    CU_ASSERT_FALSE(is_counted_by(&self, "10.0.0.1:/export"));
    end(&self);
}

/* As the way to another server begins, while a class still names the old one. */
static void a_copy_of_an_export_is_read_as_well(void)
{
    struct fixture self;
    begin(&self);
    autofree char *identity = memory_share_text(".mooring/export");
    shop_put_class(&self.shop,
                   "{'metadata': {'name': 'copy'}, 'parameters': {'server': '10.0.0.1'}}");
    leader_read(&self.leader);
    memory_share_select("10.0.0.1:/export");
    memory_share_put_directory(".mooring/claims", 0700);
    memory_share_put_symlink(".mooring/export", identity);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT(count_walks(&self, "nfs") > 0);
        CU_ASSERT(count_walks(&self, "copy") > 0);
    }
    CU_ASSERT_EQUAL(store_size(self.leader.context.audits), 2);
    end(&self);
}

/* As where the server does not speak the first class's version of NFS. */
static void the_other_class_audits_what_the_first_one_cannot(void)
{
    struct fixture self;
    begin_with_two_versions(&self);
    struct context *context = &self.leader.context;
    disturb(memory_share_log(), .request = "MOUNT", .answer = ERROR_UNAVAILABLE);
    CU_ASSERT_EQUAL(audit_export(context, self.leader.client, "a", &self.err), -1);
    CU_ASSERT_EQUAL(audit(&self), 0);
    CU_ASSERT_EQUAL(store_size(context->audits), 1);
    end(&self);
}

static bool is_rendered(const struct fixture *self, const char *gauge, int value)
{
    autofree char *page = audit_metrics_render(self->leader.context.audits);
    autofree char *beginning = memory_format("\n%s{", gauge);
    autofree char *ending = memory_format("} %d\n", value);
    const char *line = strstr(page, beginning);
    const char *end_of_line = line ? strchr(line + 1, '\n') : NULL;
    return end_of_line && strstr(line, ending) && strstr(line, ending) < end_of_line;
}

/* An alert on it ends. */
static void what_is_mended_is_counted_no_more(void)
{
    struct fixture self;
    begin(&self);
    autofree char *folder = shop_folder(&self.shop, CLAIM);
    autofree char *path = memory_format("%s/" VOLUME ".uid-1.in-use", folder);
    autofree char *text = memory_share_text(path);
    remove_record(&self);
    CU_ASSERT_EQUAL(audit(&self), 0);
    CU_ASSERT(is_rendered(&self, "mooring_volumes_without_record", 1));
    memory_share_put_file(path, text);
    CU_ASSERT_EQUAL(audit(&self), 0);
    CU_ASSERT(is_rendered(&self, "mooring_volumes_without_record", 0));
    end(&self);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(the_first_class_by_name_audits_a_shared_export),
        TEST(a_volume_is_queued_once_for_each_of_its_versions),
        TEST(a_record_that_does_not_know_its_set_is_looked_at),
        TEST(another_export_is_refused_and_nothing_is_queued),
        TEST(a_volume_that_changes_during_the_scan_is_left_to_the_next_audit),
        TEST(it_ends_with_the_term),
        TEST(an_export_of_two_versions_is_audited_once),
        TEST(an_export_of_two_names_is_counted_once_and_then_read_once),
        TEST(another_name_audits_what_the_first_one_does_no_more),
        TEST(a_copy_of_an_export_is_read_as_well),
        TEST(the_other_class_audits_what_the_first_one_cannot),
        TEST(what_is_mended_is_counted_no_more),
        TEST(the_counts_of_an_export_go_with_its_class),
        {0},
    };
    return suite_run("audit export", tests, argc, argv);
}
