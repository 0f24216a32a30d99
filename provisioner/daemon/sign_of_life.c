/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/daemon/sign_of_life.h"

#include "provisioner/claim/known_exports.h"
#include "provisioner/shared/work_key.h"
#include "provisioner/step.h"

static int give_on(struct context *context, struct client *client, const struct address *address,
                   const char *key, struct error *err)
{
    struct share *share = pool_take(context->pool, address, key, err);
    if (!share)
        return -1;
    const struct export_session session = context_session(context);
    int result = -1;
    if (step(client, "open-export", err) == 0 && export_session_begin(&session, share, err) &&
        step(client, "sign-of-life", err) == 0)
        result = export_session_sign(&session, share, err);
    pool_give(context->pool, share);
    return result;
}

int sign_of_life_give(struct context *context, struct client *client, const char *class_name,
                      struct error *err)
{
    struct known_exports exports;
    struct error problem;
    autofree char *key = work_key_of_sign(class_name);
    int result = known_exports_of_class(&exports, context, client, class_name, err);
    for (size_t i = 0; i < exports.count; i++) {
        if (give_on(context, client, exports.addresses[i], key, &problem) == 0)
            continue;
        *err = problem;
        result = -1;
    }
    known_exports_clear(&exports);
    return result;
}
