/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/export_session.h"

#include "base/clock.h"
#include "base/text.h"
#include "provisioner/export/cluster_sign.h"
#include "provisioner/export/export_identity.h"

enum {
    FRESH_US = 1000 * 1000,
    CHECKED_US = 60 * 1000 * 1000, /* the metadata directory's owner and mode are looked at again */
};

/* What this connection has asked, and when; on the monotonic clock. */
struct knowledge {
    char *id;
    int64_t read_us;
    int64_t unused_us; /* it had no identity; 0: it has one, or was not asked */
    int64_t checked_us;
    int64_t signed_us; /* 0: never */
};

static void forget(void *object)
{
    struct knowledge *knowledge = object;
    free(knowledge->id);
    free(knowledge);
}

static struct knowledge *knowledge_of(struct share *share)
{
    if (!share_attachment(share))
        share_attach(share, memory_new(sizeof(struct knowledge)), forget);
    return share_attachment(share);
}

static bool is_fresh(int64_t since_us, int64_t valid_us)
{
    return since_us && since_us > clock_monotonic_us() - valid_us;
}

/* `is_used`: NULL, or an export without an identity gets none. */
static int learn_identity(const struct export_session *session, struct share *share,
                          struct knowledge *knowledge, bool *is_used, struct error *err)
{
    const struct address *address = share_address(share);
    int64_t began_us = clock_monotonic_us();
    if (share_confirm_root(share, err) < 0)
        return -1;
    autofree char *id = export_identity_read(share, err);
    if ((!id && err->kind != ERROR_NOT_FOUND) ||
        export_identity_check_volumes(session->volumes, address, id, err) < 0)
        return -1;
    if (is_used)
        *is_used = id;
    knowledge->unused_us = id ? 0 : began_us;
    if (is_used && !id)
        return 0;
    bool is_checked = text_equals(id, knowledge->id) && is_fresh(knowledge->checked_us, CHECKED_US);
    if (!is_checked && export_identity_check_metadata(share, err) < 0)
        return -1;
    if (!id)
        id = export_identity_make(share, NULL, err);
    if (!id)
        return -1;
    memory_replace(&knowledge->id, steal(id));
    knowledge->unused_us = 0;
    knowledge->read_us = began_us;
    if (!is_checked)
        knowledge->checked_us = began_us;
    return 0;
}

int export_session_sign(const struct export_session *session, struct share *share,
                        struct error *err)
{
    struct knowledge *knowledge = knowledge_of(share);
    int64_t began_us = clock_monotonic_us();
    if (cluster_sign_write(share, session->cluster, session->instance, err) < 0)
        return -1;
    knowledge->signed_us = began_us;
    return 0;
}

int export_session_look(const struct export_session *session, struct share *share, bool *is_used,
                        struct error *err)
{
    struct knowledge *knowledge = knowledge_of(share);
    bool is_known_unused = is_fresh(knowledge->unused_us, FRESH_US);
    *is_used = !is_known_unused;
    return is_known_unused || is_fresh(knowledge->read_us, FRESH_US)
               ? 0
               : learn_identity(session, share, knowledge, is_used, err);
}

const char *export_session_begin(const struct export_session *session, struct share *share,
                                 struct error *err)
{
    struct knowledge *knowledge = knowledge_of(share);
    if (!is_fresh(knowledge->read_us, FRESH_US) &&
        learn_identity(session, share, knowledge, NULL, err) < 0)
        return NULL;
    bool is_signed = is_fresh(knowledge->signed_us, (int64_t)CLUSTER_SIGN_PERIOD_MS * 2 * 1000);
    /* An export that cannot be written gives back what is there all the same. */
    if (!is_signed && export_session_sign(session, share, err) < 0 &&
        err->kind != ERROR_READ_ONLY && err->kind != ERROR_FULL)
        return NULL;
    return knowledge->id;
}
