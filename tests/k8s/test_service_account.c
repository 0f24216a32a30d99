/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/service_account.h"
#include "tests/k8s/scratch.h"
#include "tests/suite.h"

#include <stdio.h>

static void set_variable(const char *name, const char *value)
{
    setenv(name, value, 1); /* NOLINT(concurrency-mt-unsafe): no threads yet */
}

static void set_up(struct scratch *scratch)
{
    set_variable("KUBERNETES_SERVICE_HOST", "10.96.0.1");
    set_variable("KUBERNETES_SERVICE_PORT", "443");
    scratch_open(scratch);
    scratch_write(scratch, "token", "secret");
    scratch_write(scratch, "ca.crt", "PEM");
    scratch_write(scratch, "namespace", "storage\n");
}

/* Load what has to be there. */
static struct config *load(const struct scratch *scratch)
{
    struct error err;
    struct config *config = service_account_load(scratch->folder, &err);
    if (!config) {
        CU_FAIL_FATAL("the service account is refused");
        abort();
    }
    return config;
}

static void everything_is_found_in_a_pod(void)
{
    struct scratch scratch;
    set_up(&scratch);
    CU_ASSERT_TRUE(service_account_is_present());

    autodestroy(config) struct config *config = load(&scratch);
    CU_ASSERT_STRING_EQUAL(config->server, "https://10.96.0.1:443");
    CU_ASSERT_STRING_EQUAL(config->authority, "PEM");
    CU_ASSERT_STRING_EQUAL(config->namespace, "storage");
    CU_ASSERT_PTR_NULL(config->token);
    autofree char *token_file = scratch_path(&scratch, "token");
    CU_ASSERT_STRING_EQUAL(config->token_file, token_file);
    scratch_close(&scratch);
}

static void an_address_of_version_6_gets_brackets(void)
{
    struct scratch scratch;
    set_up(&scratch);
    set_variable("KUBERNETES_SERVICE_HOST", "fd00:10:96::1");

    autodestroy(config) struct config *config = load(&scratch);
    CU_ASSERT_STRING_EQUAL(config->server, "https://[fd00:10:96::1]:443");
    scratch_close(&scratch);
}

static void what_is_missing_is_named(void)
{
    static const char *const files[] = {"token", "ca.crt", "namespace"};
    for (size_t i = 0; i < 3; i++) {
        struct scratch scratch;
        struct error err = {0};
        set_up(&scratch);
        autofree char *path = scratch_path(&scratch, files[i]);
        remove(path);

        autodestroy(config) struct config *config = service_account_load(scratch.folder, &err);
        CU_ASSERT_PTR_NULL(config);
        CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, path));
        scratch_close(&scratch);
    }
}

static void outside_a_pod_there_is_no_service_account(void)
{
    struct scratch scratch;
    struct error err = {0};
    set_up(&scratch);
    unsetenv("KUBERNETES_SERVICE_HOST"); /* NOLINT(concurrency-mt-unsafe): no threads yet */
    CU_ASSERT_FALSE(service_account_is_present());

    autodestroy(config) struct config *config = service_account_load(scratch.folder, &err);
    CU_ASSERT_PTR_NULL(config);
    CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "KUBERNETES_SERVICE_HOST"));
    scratch_close(&scratch);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(everything_is_found_in_a_pod),
        TEST(an_address_of_version_6_gets_brackets),
        TEST(what_is_missing_is_named),
        TEST(outside_a_pod_there_is_no_service_account),
        {NULL, NULL},
    };
    return suite_run("service_account", tests, argc, argv);
}
