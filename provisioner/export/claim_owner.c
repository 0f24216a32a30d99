/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/export/claim_owner.h"

#include "base/text.h"
#include "nfs/name.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

bool claim_owner_equals(const struct claim_owner *one, const struct claim_owner *other)
{
    return claim_owner_is_of_same_namespace(one, other) && text_is_same(one->claim, other->claim);
}

bool claim_owner_is_of_same_namespace(const struct claim_owner *one,
                                      const struct claim_owner *other)
{
    return text_equals(one->cluster, other->cluster) &&
           text_equals(one->namespace, other->namespace) &&
           text_equals(one->namespace_uid, other->namespace_uid);
}

bool claim_owner_is_namespace_of(const struct claim_owner *found, const struct claim_owner *other)
{
    return !found->claim && claim_owner_is_of_same_namespace(found, other);
}

struct claim_owner claim_owner_namespace(const struct claim_owner *owner)
{
    struct claim_owner namespace = *owner;
    namespace.claim = NULL;
    return namespace;
}

char *claim_owner_text(const struct claim_owner *owner)
{
    return memory_format("%s/%s/%s%s%s", owner->cluster, owner->namespace, owner->namespace_uid,
                         owner->claim ? "/" : "", owner->claim ? owner->claim : "");
}

char *claim_owner_folder(const struct claim_owner *owner)
{
    autofree char *text = claim_owner_text(owner);
    return memory_format(CLAIMS_DIRECTORY "/%s", text);
}

char *claim_owner_temporary_path(const struct claim_owner *owner, struct error *err)
{
    uint64_t random = 0;
    assert(owner->claim);
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        return error_null(err, ERROR_UNAVAILABLE, "the kernel has no random bytes: %m");
    autofree char *folder = claim_owner_folder(owner);
    return memory_format("%s/%016lx.tmp", folder, (unsigned long)random);
}

int claim_owner_parse(const char *text, struct parsed_owner *parsed, struct error *err)
{
    autofree char *texts = memory_copy(text);
    const char *parts[4] = {NULL};
    char *rest = texts;
    size_t count = 0;
    if (name_check_path(text, err) < 0)
        return -1;
    for (char *part = strsep(&rest, "/"); part; part = strsep(&rest, "/"), count++) {
        if (count < 4)
            parts[count] = part;
    }
    if (count != 3 && count != 4)
        return error_set(err, ERROR_INVALID,
                         "it does not name a cluster, a namespace, its UID and a claim there or "
                         "none");
    *parsed = (struct parsed_owner){.owner = {parts[0], parts[1], parts[2], parts[3]},
                                    .texts = steal(texts)};
    return 0;
}
