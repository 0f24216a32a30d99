/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/announce_return.h"

#include "base/clock.h"
#include "nfs/address.h"
#include "provisioner/export/record.h"
#include "provisioner/report/event_messages.h"

void announce_return(struct context *context, const struct claim *claim,
                     const struct record *record, const struct address *address)
{
    char since[CLOCK_TEXT_SIZE];
    clock_format_time(since, record->created_us);
    announce(context->recorder, event_about_claim(claim, EVENT_NORMAL, "VolumeRebound"),
             "back on volume %s, directory %s on %s:%s, which was made %s", record->volume,
             record->directory, address->host, address->path, since);
}
