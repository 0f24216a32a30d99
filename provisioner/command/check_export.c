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

/* A directory of the mode that a class asks for. */
struct probe {
    struct check_report *report;
    struct share *share;
    struct client *client;
    const char *export; /* the address' key */
    const char *path;
    mode_t mode;
};

/* Not every server keeps a mode as it is asked for. */
static bool check_mode(const struct probe *probe)
{
    mode_t given = share_given_mode(probe->share);
    bool is_kept = given == probe->mode;
    if (!is_kept)
        check_report_note("%s: the server gives a directory mode %04o instead of %04o; Pods can "
                          "write. On ZFS set aclmode=passthrough",
                          probe->export, (unsigned)given, (unsigned)probe->mode);
    return is_kept;
}

/* With root squash, what root creates belongs to another user, or its owner cannot be set. */
static void check_owner(const struct probe *probe)
{
    struct share *share = probe->share;
    const struct ownership another_user = {
        .mode = share_given_mode(share), .uid = 12345, .gid = 12345};
    struct entry entry;
    struct error err;
    if (share_inspect(share, probe->path, &entry, &err) < 0) {
        check_report_failed(probe->report, "%s: cannot read the attributes of a new directory: %s",
                            probe->export, err.message);
        return;
    }
    if (entry.uid != 0) {
        check_report_note("%s squashes root to uid %u: directories work with any mode, but uid and "
                          "gid of a class need no_root_squash there",
                          probe->export, (unsigned)entry.uid);
        return;
    }
    bool is_set = step(probe->client, "check-set-owner", &err) == 0 &&
                  share_set_ownership(share, probe->path, &another_user, &err) == 0;
    if (is_set)
        check_report_ok("%s: %s can be set", probe->export,
                        share_given_mode(share) == probe->mode ? "mode and owner" : "owner");
    else if (share_is_dead(share))
        check_report_failed(probe->report, "%s: cannot set the owner of a new directory: %s",
                            probe->export, err.message);
    else
        check_report_note(
            "%s: owners cannot be set (%s): a class with uid or gid will not work here",
            probe->export, err.message);
}

/* --- a directory is made and removed --- */

static bool make_probe(const struct probe *probe)
{
    const struct ownership ownership = {.mode = probe->mode, .uid = OWNER_ANY, .gid = GROUP_ANY};
    struct error err;
    bool created;
    if (step(probe->client, "check-make-directory", &err) == 0 &&
        share_make_directory(probe->share, probe->path, &ownership, &created, &err) == 0)
        return true;
    check_report_failed(probe->report, "%s: cannot create a directory: %s", probe->export,
                        err.message);
    return false;
}

/* Where making it failed, it may be there all the same. */
static void remove_probe(const struct probe *probe, bool is_made)
{
    struct error err;
    if (step(probe->client, "check-remove-directory", &err) == 0 &&
        share_remove_directory(probe->share, probe->path, &err) == 0)
        return;
    if (is_made)
        check_report_failed(probe->report, "%s: cannot remove %s: %s", probe->export, probe->path,
                            err.message);
}

static char *probe_path(void)
{
    unsigned random = 0;
    if (getrandom(&random, sizeof random, 0) < 0)
        random = 1;
    return memory_format(METADATA_DIRECTORY "/check-%08x", random);
}

static void check_writing(struct check_report *report, struct share *share, struct client *client,
                          mode_t mode)
{
    autofree char *path = probe_path();
    const struct probe probe = {.report = report,
                                .share = share,
                                .client = client,
                                .export = share_address(share)->key,
                                .path = path,
                                .mode = mode};
    bool is_made = make_probe(&probe);
    if (is_made) {
        check_report_ok("%s can be written; only with the option sync does nothing of it get lost "
                        "in a power cut, which no client can see",
                        probe.export);
        (void)check_mode(&probe);
        check_owner(&probe);
    }
    remove_probe(&probe, is_made);
}

void check_export_mode(struct check_report *report, const struct address *address, int timeout_ms,
                       struct client *client, mode_t mode)
{
    struct error err;
    autofree char *path = probe_path();
    autoclose(share) struct share *share = share_open(address, timeout_ms, &err);
    if (!share) {
        check_report_failed(report, "%s", err.message);
        return;
    }
    const struct probe probe = {.report = report,
                                .share = share,
                                .client = client,
                                .export = address->key,
                                .path = path,
                                .mode = mode};
    bool is_made = make_probe(&probe);
    if (is_made && check_mode(&probe))
        check_report_ok("%s: a directory can have mode %04o", probe.export, (unsigned)mode);
    remove_probe(&probe, is_made);
}

struct share *check_export_open(struct check_report *report, const struct address *address,
                                int timeout_ms)
{
    struct error err;
    struct share *share = share_open(address, timeout_ms, &err);
    if (!share)
        check_report_failed(report, "%s", err.message);
    return share;
}

static struct share *open_over_v4(const struct address *address, int timeout_ms, struct error *err)
{
    autodestroy(address) struct address *v4 =
        address_new(address->server, address->path, 4, address->nfs_port, 0, err);
    return v4 ? share_open(v4, timeout_ms, err) : NULL;
}

struct share *check_export_open_any(struct check_report *report, const struct address *address,
                                    int timeout_ms)
{
    struct error err, over_v4;
    autoclose(share) struct share *share = share_open(address, timeout_ms, &err);
    if (share)
        return steal(share);
    if (address->version != 3 || err.kind != ERROR_UNAVAILABLE) {
        check_report_failed(report, "%s", err.message);
        return NULL;
    }
    share = open_over_v4(address, timeout_ms, &over_v4);
    if (share) {
        check_report_note("%s: the server speaks only NFSv4 with this client: each class with this "
                          "export needs the parameter nfsVersion: \"4\". Over NFSv3: %s",
                          address->key, err.message);
        return steal(share);
    }
    check_report_failed(report, "%s", err.message);
    check_report_note("NFSv4 does not work either: %s", over_v4.message);
    return NULL;
}

bool check_export(struct check_report *report, struct share *share,
                  const struct check_identity *identity, mode_t mode)
{
    const struct address *address = share_address(share);
    check_report_ok("%s answers over NFSv%s", address->key, address->version == 4 ? "4.0" : "3");
    check_space(report, share, address->key);
    if (!check_identity(report, share, identity))
        return false;
    check_writing(report, share, identity->client, mode);
    return true;
}
