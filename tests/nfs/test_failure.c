/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/failure.h"
#include "tests/suite.h"

#include <errno.h>
#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct failure failure_of(int status)
{
    return (struct failure){.status = status,
                            .action = "make the directory",
                            .object = "a-b",
                            .server = "10.0.0.1",
                            .export = "10.0.0.1:/export",
                            .detail = "odd",
                            .own_address = "",
                            .timeout_ms = 1500};
}

static const struct {
    int status;
    enum error_kind kind;
    const char *says;
} failures[] = {
    {-EROFS, ERROR_READ_ONLY, "10.0.0.1:/export is read-only for this client: export it rw"},
    {-EACCES, ERROR_FORBIDDEN, "no_root_squash, or make the exported directory writable"},
    {-EPERM, ERROR_FORBIDDEN, "10.0.0.1 exports 10.0.0.1:/export with root squash"},
    {-EKEYREJECTED, ERROR_FORBIDDEN, "with insecure, or, from Kubernetes 1.22 on"},
    {-EUSERS, ERROR_FORBIDDEN, "10.0.0.1 takes no owner by number"},
    {-EUSERS, ERROR_FORBIDDEN, "Allow_Numeric_Owners = true"},
    {FAILURE_MODE, ERROR_FORBIDDEN, "10.0.0.1 gives it another mode"},
    {FAILURE_MODE, ERROR_FORBIDDEN, "aclmode=passthrough"},
    {FAILURE_PRIVATE_MODE, ERROR_FORBIDDEN, "not only its owner could write"},
    {-ENOSPC, ERROR_FULL, "no space is left on 10.0.0.1:/export"},
    {-ENOSPC, ERROR_FULL, "project quota"},
    {-EDQUOT, ERROR_FULL, "the quota on 10.0.0.1:/export is used up"},
    {-ETIMEDOUT, ERROR_UNAVAILABLE, "no answer from 10.0.0.1 within 1500 ms"},
    {-ECONNREFUSED, ERROR_UNAVAILABLE, "10.0.0.1 refuses the connection"},
    {-ECONNRESET, ERROR_UNAVAILABLE, "closed the connection"},
    {-EHOSTUNREACH, ERROR_UNAVAILABLE, "no route"},
    /* connect(2) says so where the Pod has no IPv6 */
    {-EADDRNOTAVAIL, ERROR_UNAVAILABLE, "no route"},
    {-EAFNOSUPPORT, ERROR_UNAVAILABLE, "no route"},
    {-EAGAIN, ERROR_UNAVAILABLE, "later"},
    {-EPROTO, ERROR_UNAVAILABLE, "not understood: odd: "},
    {-EPROTONOSUPPORT, ERROR_UNAVAILABLE, "10.0.0.1 does not offer NFSv3: enable it"},
    {-EPROTONOSUPPORT, ERROR_UNAVAILABLE, "or set nfsVersion: \"4\" in the class"},
    {FAILURE_NO_PORTMAPPER, ERROR_UNAVAILABLE, "connections to its NFS port, but its portmapper"},
    {FAILURE_NO_PORTMAPPER, ERROR_UNAVAILABLE, "set nfsVersion: \"4\" in the class"},
    {FAILURE_NO_PORTMAPPER, ERROR_UNAVAILABLE, "as mountPort"},
    {FAILURE_NOT_REGISTERED, ERROR_UNAVAILABLE, "the portmapper of 10.0.0.1 knows no MOUNT"},
    {FAILURE_NOT_REGISTERED, ERROR_UNAVAILABLE, "set nfsVersion: \"4\" in the class"},
    {FAILURE_NO_MOUNT_SERVICE, ERROR_UNAVAILABLE, "its MOUNT service, which NFSv3 needs, does not"},
    {-EIO, ERROR_UNAVAILABLE, "disks"},
    {-ENOENT, ERROR_NOT_FOUND, "does not exist"},
    {-ESTALE, ERROR_UNAVAILABLE, "removed meanwhile"},
    {FAILURE_ROOT_LOST, ERROR_STALE, "10.0.0.1:/export is not exported any more"},
    {-EEXIST, ERROR_ALREADY_EXISTS, "already"},
    {-ENOTEMPTY, ERROR_CONFLICT, "not empty"},
    {-ENOTDIR, ERROR_INVALID, "not a directory"},
    {-EISDIR, ERROR_INVALID, "is a directory"},
    {-ENODEV, ERROR_INVALID, "no ordinary file"},
    {-ELOOP, ERROR_INVALID, "symbolic link"},
    {-ENAMETOOLONG, ERROR_INVALID, "name that long"},
    {-ETIME, ERROR_UNAVAILABLE, "listing it was given up"},
    {-ECANCELED, ERROR_STOPPED, "stopped"},
    {-E2BIG, ERROR_UNAVAILABLE, "more entries on 10.0.0.1:/export than"},
    {-EFBIG, ERROR_INVALID, "too large"},
    {-EBADR, ERROR_INVALID, "does not take this name"},
    {-EILSEQ, ERROR_INVALID, "NUL byte"},
    {FAILURE_NO_SYMLINK, ERROR_INVALID, "no symbolic link"},
    {-EMLINK, ERROR_FULL, "no more directories"},
    {-EXDEV, ERROR_UNAVAILABLE, "another file system"},
    {-EINVAL, ERROR_UNAVAILABLE, "10.0.0.1 rejects the request as invalid"},
    {-EOPNOTSUPP, ERROR_UNAVAILABLE, "10.0.0.1 does not support it"},
    {-EOWNERDEAD, ERROR_UNAVAILABLE, "later"},
    {FAILURE_UNWELL, ERROR_UNAVAILABLE, "10.0.0.1 reports a fault"},
    {-ENXIO, ERROR_UNAVAILABLE, "(error 6)"},
};

static void every_failure_has_a_kind_and_says_what_to_do(void)
{
    for (size_t i = 0; i < COUNT(failures); i++) {
        struct error err = {0};
        struct failure failure = failure_of(failures[i].status);
        CU_ASSERT_EQUAL(failure_set(&err, &failure), -1);
        CU_ASSERT_EQUAL(err.kind, failures[i].kind);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, failures[i].says));
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "cannot make the directory a-b: "));
    }
}

/* So that ERROR_INVALID says something for certain: an entry of another kind, or a name or a text
 * that is not allowed. */
/* The kernel's end at 4095. */
static void no_status_of_ours_is_an_errno(void)
{
    static const int ours[] = {
        FAILURE_ROOT_LOST,      FAILURE_NO_SYMLINK,       FAILURE_UNWELL, FAILURE_NO_PORTMAPPER,
        FAILURE_NOT_REGISTERED, FAILURE_NO_MOUNT_SERVICE, FAILURE_MODE,   FAILURE_PRIVATE_MODE};
    for (size_t i = 0; i < COUNT(ours); i++)
        CU_ASSERT_TRUE(ours[i] <= -4096);
}

static void only_what_servers_say_of_an_entry_or_its_name_is_invalid(void)
{
    static const uint32_t allowed[] = {20, 21, 27, 36, 63, 10029, 10040, 10041};
    for (uint32_t protocol = 1; protocol < 11000; protocol++) {
        bool found = false;
        struct error err = {0};
        struct failure failure = failure_of(failure_status(protocol));
        CU_ASSERT_EQUAL(failure_set(&err, &failure), -1);
        for (size_t i = 0; i < COUNT(allowed); i++)
            found = found || protocol == allowed[i];
        if ((err.kind == ERROR_INVALID) != found)
            fprintf(stderr, "\nstatus %u: %s\n", protocol, err.message);
        CU_ASSERT_EQUAL(err.kind == ERROR_INVALID, found);
    }
}

/* A class may say 4.1, which is for the Pods. */
static void a_server_without_4_0_is_told_which_versions_mooring_speaks(void)
{
    struct error err = {0};
    struct failure failure = failure_of(-EPROTONOSUPPORT);
    failure.nfs_version = 4;
    CU_ASSERT_EQUAL(failure_set_opening(&err, &failure), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "mooring itself speaks only NFSv3 and NFSv4.0"));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "or set nfsVersion: \"3\" in the class"));
}

static void at_opening_a_refusal_is_about_the_export(void)
{
    struct error err = {0};
    struct failure missing = failure_of(-ENOENT);
    struct failure denied = failure_of(-EACCES);
    CU_ASSERT_EQUAL(failure_set_opening(&err, &missing), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "the server's exports"));
    CU_ASSERT_PTR_NULL(strstr(err.message, "fsid=0"));
    missing.nfs_version = 4;
    CU_ASSERT_EQUAL(failure_set_opening(&err, &missing), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "fsid=0"));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "no symbolic link"));
    CU_ASSERT_EQUAL(failure_set_opening(&err, &denied), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_FORBIDDEN);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "does not let this client mount"));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "the network of mooring's Pods"));
}

static void at_opening_from_a_high_port_a_refusal_says_that_it_can_be_the_port(void)
{
    static const int statuses[] = {-ENOENT, -EACCES, -EPERM};
    for (size_t i = 0; i < COUNT(statuses); i++) {
        struct error err = {0};
        struct failure failure = failure_of(statuses[i]);
        CU_ASSERT_EQUAL(failure_set_opening(&err, &failure), -1);
        CU_ASSERT_PTR_NULL(strstr(err.message, "1024"));
        failure.from_high_port = true;
        CU_ASSERT_EQUAL(failure_set_opening(&err, &failure), -1);
        CU_ASSERT_PTR_NOT_NULL(
            strstr(err.message, "source ports below 1024, export with insecure"));
        CU_ASSERT_PTR_NOT_NULL(strstr(
            err.message, "from Kubernetes 1.22 on, apply deploy/patch-privileged-port.yaml"));
    }
}

static void at_opening_over_v4_a_symlink_in_the_path_is_told_how_to_avoid(void)
{
    struct error err = {0};
    struct failure failure = failure_of(-ELOOP);
    failure.nfs_version = 4;
    failure.export = "/export";
    CU_ASSERT_EQUAL(failure_set_opening(&err, &failure), -1);
    CU_ASSERT_EQUAL(err.kind, ERROR_INVALID);
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "a part of /export is a symbolic link on 10.0.0.1"));
    CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "readlink -f"));
    CU_ASSERT_PTR_NULL(strstr(err.message, "remove it"));
}

static void at_opening_a_refusal_names_our_address(void)
{
    static const int statuses[] = {-ENOENT, -EACCES, -EPERM};
    for (size_t i = 0; i < COUNT(statuses); i++) {
        struct error err = {0};
        struct failure failure = failure_of(statuses[i]);
        CU_ASSERT_EQUAL(failure_set_opening(&err, &failure), -1);
        CU_ASSERT_PTR_NULL(strstr(err.message, "comes from"));
        failure.own_address = "10.244.1.5";
        failure.from_high_port = true;
        CU_ASSERT_EQUAL(failure_set_opening(&err, &failure), -1);
        CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "this client, which comes from 10.244.1.5; if"));
    }
}

static void protocol_statuses_become_errno(void)
{
    static const struct {
        uint32_t protocol;
        int status;
    } cases[] = {
        {0, 0},
        {1, -EPERM},
        {2, -ENOENT},
        {13, -EACCES},
        {17, -EEXIST},
        {20, -ENOTDIR},
        {21, -EISDIR},
        {28, -ENOSPC},
        {30, -EROFS},
        {63, -ENAMETOOLONG},
        {66, -ENOTEMPTY},
        {69, -EDQUOT},
        {70, -ESTALE},
        {10001, -ESTALE},
        {10004, -EOPNOTSUPP},
        {10008, -EAGAIN},
        {10013, -EAGAIN},
        {10016, -EKEYREJECTED},
        {19, FAILURE_UNWELL},
        {22, -EINVAL},
        {10006, FAILURE_UNWELL},
        {10007, -EOPNOTSUPP},
        {10032, -EOPNOTSUPP},
        {10040, -EBADR},
        {10041, -EBADR},
        {10021, -EPROTONOSUPPORT},
        {10022, -EOWNERDEAD},
        {10029, -ELOOP},
        {10039, -EUSERS},
        {99999, FAILURE_UNWELL},
        {UINT32_MAX, FAILURE_UNWELL},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        CU_ASSERT_EQUAL(failure_status(cases[i].protocol), cases[i].status);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(every_failure_has_a_kind_and_says_what_to_do),
        TEST(no_status_of_ours_is_an_errno),
        TEST(only_what_servers_say_of_an_entry_or_its_name_is_invalid),
        TEST(a_server_without_4_0_is_told_which_versions_mooring_speaks),
        TEST(at_opening_a_refusal_is_about_the_export),
        TEST(at_opening_from_a_high_port_a_refusal_says_that_it_can_be_the_port),
        TEST(at_opening_over_v4_a_symlink_in_the_path_is_told_how_to_avoid),
        TEST(at_opening_a_refusal_names_our_address),
        TEST(protocol_statuses_become_errno),
        {0},
    };
    return suite_run("failure", tests, argc, argv);
}
