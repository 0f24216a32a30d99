/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/cluster_sign.h"

#include <stdlib.h>
#include <string.h>

/* Signs that are further apart than this were interrupted. */
static const int64_t longest_gap_us = (int64_t)CLUSTER_SIGN_PERIOD_MS * 5 / 2 * 1000;
static const int64_t valid_us = (int64_t)CLUSTER_SIGN_VALID_MS * 1000;

/* A sign as it is on the export. */
struct sign {
    int64_t since_us; /* no interruption since then, by the server's clock; 0: never one */
    char *instance;
    int64_t given_us; /* by the server's clock */
};

static char *sign_path(const char *cluster)
{
    return memory_format(METADATA_DIRECTORY "/clusters/%s", cluster);
}

/* ERROR_NOT_FOUND: it has never given one. A file of another content counts as a sign. */
static int read_sign(struct share *share, const char *cluster, struct sign *sign, struct error *err)
{
    autofree char *path = sign_path(cluster);
    struct entry entry;
    size_t length;
    if (share_inspect(share, path, &entry, err) < 0)
        return -1;
    autofree char *text = share_read_file(share, path, &length, err);
    if (!text)
        return -1;
    char *rest = text;
    sign->since_us = strtoll(text, &rest, 10);
    rest += strspn(rest, " ");
    sign->instance = memory_copy_bytes(rest, strcspn(rest, "\n"));
    sign->given_us = entry.changed_us;
    return 0;
}

/* The cluster that gives a sign, and the export that it is given on. */
struct signing {
    struct share *share;
    const char *cluster;
    const char *instance; /* NULL: the one that gave the sign before */
};

static int write_text(const struct signing *signing, int64_t since_us, const char *instance,
                      struct error *err)
{
    struct share *share = signing->share;
    static const struct ownership ownership = {.mode = 0600, .uid = OWNER_ANY, .gid = GROUP_ANY};
    autofree char *path = sign_path(signing->cluster);
    autofree char *text = memory_format("%lld %s\n", (long long)since_us, instance);
    if (share_write_file(share, path, text, strlen(text), err) == 0)
        return 0;
    /* A change of attributes needs no room, and changes the time as well; the first sign does. */
    struct error missing;
    if (err->kind == ERROR_FULL && share_set_ownership(share, path, &ownership, &missing) == 0)
        return 0;
    return -1;
}

/* `before` NULL: the first sign. `*now` is the sign that is there then. */
static int renew(const struct signing *signing, const struct sign *before, struct sign *now,
                 struct error *err)
{
    autofree char *path = sign_path(signing->cluster);
    const char *instance = signing->instance;
    struct entry entry;
    if (!instance)
        instance = before ? before->instance : "";
    *now = (struct sign){.since_us = before ? before->since_us : 0};
    if (write_text(signing, now->since_us, instance, err) < 0 ||
        share_inspect(signing->share, path, &entry, err) < 0)
        return -1;
    now->given_us = entry.changed_us;
    if (!before || now->given_us - before->given_us <= longest_gap_us)
        return 0;
    now->since_us = now->given_us;
    return write_text(signing, now->since_us, instance, err);
}

static int give_sign(const struct signing *signing, struct sign *now, struct error *err)
{
    struct sign before = {0};
    if (read_sign(signing->share, signing->cluster, &before, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? renew(signing, NULL, now, err) : -1;
    int result = renew(signing, &before, now, err);
    free(before.instance);
    return result;
}

int cluster_sign_write(struct share *share, const char *cluster, const char *instance,
                       struct error *err)
{
    const struct signing signing = {share, cluster, instance};
    struct sign ignored;
    return give_sign(&signing, &ignored, err);
}

int cluster_sign_check(struct share *share, const char *cluster, const char *other, bool *is_alive,
                       struct error *err)
{
    const struct signing signing = {share, cluster, NULL};
    struct sign sign, own;
    *is_alive = false;
    if (read_sign(share, other, &sign, err) < 0)
        return err->kind == ERROR_NOT_FOUND ? 0 : -1;
    free(sign.instance);
    if (give_sign(&signing, &own, err) < 0)
        return -1;
    *is_alive = own.given_us - sign.given_us < valid_us ||
                (own.since_us && own.given_us - own.since_us < valid_us);
    return 0;
}
