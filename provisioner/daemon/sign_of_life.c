/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/daemon/sign_of_life.h"

#include "provisioner/shared/work_key.h"
#include "provisioner/step.h"

int sign_of_life_give(struct context *context, struct client *client, const char *class_name,
                      struct error *err)
{
    autorelease(storage_class) struct storage_class *storage_class =
        context_usable_class(context, class_name);
    if (!storage_class)
        return 0;
    autofree char *key = work_key_of_sign(class_name);
    struct share *share = pool_take(context->pool, storage_class->address, key, err);
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
