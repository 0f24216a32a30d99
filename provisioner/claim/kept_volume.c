/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/kept_volume.h"

#include "base/log.h"
#include "provisioner/object/kept_state.h"
#include "provisioner/report/event_messages.h"

#include <stdatomic.h>

void kept_volume_tell(struct context *context, const struct volume *volume)
{
    struct kept_state *state = volume->kept;
    if (!state || atomic_exchange(&state->is_told, true))
        return;
    autofree char *location = volume_location(volume);
    if (!atomic_exchange(&state->is_counted, true))
        metrics_count_delete(context->metrics, volume->class_name ? volume->class_name : "", "",
                             false, 0);
    announce(
        context->recorder, event_about_volume(volume, EVENT_WARNING, "VolumeFailedDelete"),
        "the claim is gone and the reclaim policy is Delete, but mooring does not remove data yet: "
        "the volume and its directory %s are kept; to give up the volume, kubectl delete pv %s "
        "(the directory stays)",
        location ? location : "on another server", volume->name);
    log_warn("released volume kept", "volume", volume->name, "path", volume->path);
}

static void count_kept(void *context, const char *key, void *object)
{
    (void)key;
    size_t *count = context;
    *count += volume_is_kept(object);
}

size_t kept_volume_count(struct store *volumes)
{
    size_t count = 0;
    store_each(volumes, count_kept, &count);
    return count;
}
