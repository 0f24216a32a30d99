/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/claim/announce_return.h"

#include "base/clock.h"
#include "nfs/address.h"
#include "provisioner/export/record.h"
#include "provisioner/report/event_messages.h"

void announce_return(struct context *context, const struct claim *claim,
                     const struct record *before, const struct address *address)
{
    char since[CLOCK_TEXT_SIZE];
    bool was_reserved = !*before->claim_uid;
    autofree char *export = memory_format("%s:%s", address->host, address->path);
    clock_format_time(since, before->created_us);
    if (was_reserved)
        announce(context->recorder, event_about_claim(claim, EVENT_NORMAL, "VolumeRebound"),
                 "has volume %s, directory %s on %s, which mooring adopt has handed to it",
                 before->volume, before->directory, export);
    else
        announce(context->recorder, event_about_claim(claim, EVENT_NORMAL, "VolumeRebound"),
                 "back on volume %s, directory %s on %s, recorded since %s", before->volume,
                 before->directory, export, since);
}
