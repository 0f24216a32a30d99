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

/* Over NFSv3 and v4: whichever class comes first audits it. */
static void an_export_of_two_versions_is_audited_once(void)
{
    struct fixture self;
    begin(&self);
    shop_put_class(&self.shop, "{'metadata': {'name': 'a'}, 'parameters': {'nfsVersion': '4'}}");
    leader_read(&self.leader);
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

/* As one whose server does not speak its version of NFS. */
static void the_other_class_audits_what_the_first_one_cannot(void)
{
    struct fixture self;
    begin(&self);
    shop_put_class(&self.shop, "{'metadata': {'name': 'a'}, 'parameters': {'nfsVersion': '4'}}");
    leader_read(&self.leader);
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
        TEST(the_other_class_audits_what_the_first_one_cannot),
        TEST(what_is_mended_is_counted_no_more),
        TEST(the_counts_of_an_export_go_with_its_class),
        {0},
    };
    return suite_run("audit export", tests, argc, argv);
}
