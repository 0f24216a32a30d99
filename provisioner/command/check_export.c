/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/check_export.h"

#include "nfs/share.h"
#include "provisioner/step.h"

#include <sys/random.h>

static void check_space(struct check_report *report, struct share *share, const char *export)
{
    enum { MIB = 1 << 20 };
    struct space space;
    struct error err;
    if (share_space(share, &space, &err) < 0)
        check_report_failed(report, "%s: cannot read the free space: %s", export, err.message);
    else if (space.available < MIB)
        check_report_failed(report, "%s is full: %llu bytes left: make room, or no Pod can write",
                            export, (unsigned long long)space.available);
    else
        check_report_ok("%s has %llu MiB free of %llu MiB", export,
                        (unsigned long long)(space.available / MIB),
                        (unsigned long long)(space.total / MIB));
}

/* Not every server keeps a mode as it is asked for. */
static void check_mode(const struct share *share, mode_t wanted)
{
    mode_t given = share_given_mode(share);
    if (given != wanted)
        check_report_note("%s: the server gives a directory mode %04o instead of %04o; Pods can "
                          "write. On ZFS set aclmode=passthrough",
                          share_address(share)->key, (unsigned)given, (unsigned)wanted);
}

/* With root squash, what root creates belongs to another user, or its owner cannot be set. */
static void check_owner(struct check_report *report, struct share *share, const char *path,
                        struct client *client)
{
    const char *export = share_address(share)->key;
    const struct ownership another_user = {.mode = 0770, .uid = 12345, .gid = 12345};
    struct entry entry;
    struct error err;
    if (share_inspect(share, path, &entry, &err) < 0) {
        check_report_failed(report, "%s: cannot read the attributes of a new directory: %s", export,
                            err.message);
        return;
    }
    if (entry.uid != 0) {
        check_report_note("%s squashes root to uid %u: directories work with any mode, but uid and "
                          "gid of a class need no_root_squash there",
                          export, (unsigned)entry.uid);
        return;
    }
    bool is_set = step(client, "check-set-owner", &err) == 0 &&
                  share_set_ownership(share, path, &another_user, &err) == 0;
    if (is_set)
        check_report_ok("%s: %s can be set", export,
                        share_given_mode(share) == another_user.mode ? "mode and owner" : "owner");
    else if (share_is_dead(share))
        check_report_failed(report, "%s: cannot set the owner of a new directory: %s", export,
                            err.message);
    else
        check_report_note(
            "%s: owners cannot be set (%s): a class with uid or gid will not work here", export,
            err.message);
}

static void check_writing(struct check_report *report, struct share *share, struct client *client)
{
    const char *export = share_address(share)->key;
    struct error err;
    bool created;
    unsigned random = 0;
    if (getrandom(&random, sizeof random, 0) < 0)
        random = 1;
    autofree char *path = memory_format(METADATA_DIRECTORY "/check-%08x", random);
    const struct ownership unspecified = {.mode = 0777, .uid = OWNER_ANY, .gid = GROUP_ANY};

    if (step(client, "check-make-directory", &err) < 0 ||
        share_make_directory(share, path, &unspecified, &created, &err) < 0) {
        check_report_failed(report, "%s: cannot create a directory: %s", export, err.message);
        return;
    }
    check_report_ok("%s can be written; only with the option sync does nothing of it get lost in a "
                    "power cut, which no client can see",
                    export);
    check_mode(share, unspecified.mode);
    check_owner(report, share, path, client);
    if (step(client, "check-remove-directory", &err) < 0 ||
        share_remove_directory(share, path, &err) < 0)
        check_report_failed(report, "%s: cannot remove %s: %s", export, path, err.message);
}

void check_export(struct check_report *report, const struct address *address, int timeout_ms,
                  const struct check_identity *identity)
{
    struct error err;
    autoclose(share) struct share *share = share_open(address, timeout_ms, &err);
    if (!share) {
        check_report_failed(report, "%s", err.message);
        return;
    }
    check_report_ok("%s answers over NFSv%s", address->key, address->version == 4 ? "4.0" : "3");
    check_space(report, share, address->key);
    if (check_identity(report, share, identity))
        check_writing(report, share, identity->client);
}
