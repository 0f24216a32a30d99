/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/check_identity.h"

#include "base/text.h"
#include "provisioner/export/export_identity.h"
#include "provisioner/step.h"

/* One volume is enough to tell what is wrong; NULL: none contradicts. Borrowed. */
static const struct volume *find_contradiction(const struct check_identity *check,
                                               const struct address *address, const char *id)
{
    for (size_t i = 0; i < check->volume_count; i++) {
        if (export_identity_contradicts(check->volumes[i], address, id))
            return check->volumes[i];
    }
    return NULL;
}

/* The volume says from now on that it is on this export, if it still says what was read. */
static int accept_volume(const struct check_identity *check, const struct volume *volume,
                         const char *id, struct error *err)
{
    static const char path[] = "/metadata/annotations/mooring~1export";
    const struct object_key key = {.resource = &resource_volumes, .name = volume->name};
    json_auto_t *patch =
        json_pack("[{s:s, s:s, s:s}, {s:s, s:s, s:s}]", "op", "test", "path", path, "value",
                  volume->export_id, "op", "replace", "path", path, "value", id);
    return step(check->client, "accept-volume", err) < 0
               ? -1
               : client_patch(check->client, &key, patch, NULL, err);
}

static int accept(const struct check_identity *check, const struct address *address, const char *id,
                  size_t *count, struct error *err)
{
    *count = 0;
    for (size_t i = 0; i < check->volume_count; i++) {
        const struct volume *volume = check->volumes[i];
        if (!export_identity_contradicts(volume, address, id))
            continue;
        if (accept_volume(check, volume, id, err) == 0)
            ++*count;
        else if (err->kind != ERROR_NOT_FOUND) /* it is gone meanwhile */
            return error_wrap(err, "accept the export for volume %s", volume->name);
    }
    return 0;
}

static int open_metadata(const struct check_identity *check, struct share *share, struct error *err)
{
    return step(check->client, "check-open-export", err) < 0
               ? -1
               : export_identity_check_metadata(share, err);
}

/* What it has from now on, unless it has one. Caller frees. */
static char *make_identity(const struct check_identity *check, struct share *share,
                           const char *known_id, struct error *err)
{
    if (known_id)
        return memory_copy(known_id);
    return step(check->client, "accept-export", err) < 0 ? NULL
                                                         : export_identity_make(share, NULL, err);
}

static bool accept_export(struct check_report *report, struct share *share,
                          const struct check_identity *check, const char *known_id)
{
    const struct address *address = share_address(share);
    struct error err;
    size_t count;
    if (open_metadata(check, share, &err) < 0) {
        check_report_failed(report, "%s: not accepted: %s", address->key, err.message);
        return false;
    }
    autofree char *id = make_identity(check, share, known_id, &err);
    if (!id || accept(check, address, id, &count, &err) < 0) {
        check_report_failed(report, "%s: not accepted: %s", address->key, err.message);
        return false;
    }
    check_report_ok("%s is accepted: its %zu volume%s on the export %s from now on", address->key,
                    count, count == 1 ? " is" : "s are", id);
    return true;
}

static bool check_metadata(struct check_report *report, struct share *share,
                           const struct check_identity *check, const char *id)
{
    const struct address *address = share_address(share);
    struct error err;
    if (open_metadata(check, share, &err) < 0) {
        check_report_failed(report, "%s", err.message);
        return false;
    }
    if (id)
        check_report_ok("%s is the export %s", address->key, id);
    else
        check_report_ok("%s has no identity yet: it gets one with its first claim", address->key);
    return true;
}

bool check_identity(struct check_report *report, struct share *share,
                    const struct check_identity *check)
{
    const struct address *address = share_address(share);
    struct error err;
    autofree char *id = export_identity_read(share, &err);
    if (check->id)
        *check->id = id ? memory_copy(id) : NULL;
    if (!id && err.kind != ERROR_NOT_FOUND) {
        check_report_failed(report, "%s", err.message);
        return false;
    }
    if (!check->is_complete) {
        check_report_note(
            "%s: cannot tell whether this is the export that the volumes were made on, "
            "because the volumes could not be read: nothing is written there",
            address->key);
        return false;
    }
    const struct volume *volume = find_contradiction(check, address, id);
    if (volume && text_equals(check->accept, address->key))
        return accept_export(report, share, check, id);
    if (!volume)
        return check_metadata(report, share, check, id);
    export_identity_refuse(address, id, volume, &err);
    check_report_failed(report, "%s", err.message);
    return false;
}
