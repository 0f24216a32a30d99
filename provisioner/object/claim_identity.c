/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/claim_identity.h"

#include <stdlib.h>
#include <string.h>

/* What follows "<prefix>-" in `text`, or NULL. */
static const char *after(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(text, prefix, length) == 0 && text[length] == '-' ? text + length + 1 : NULL;
}

int claim_identity_ordinal(const char *name, const char *prefix)
{
    enum { DIGITS_MAX = 9 }; /* up to STATEFUL_SET_START_MAX and the replicas after it */

    const char *text = after(name, prefix);
    size_t digits = text ? strspn(text, "0123456789") : 0;
    /* Kubernetes writes an ordinal without leading zeros. */
    if (digits == 0 || digits > DIGITS_MAX || text[digits] || (digits > 1 && *text == '0'))
        return -1;
    return (int)strtol(text, NULL, 10);
}

static bool match(const char *claim_name, const struct stateful_set *set,
                  struct claim_identity *found)
{
    for (size_t i = 0; i < set->template_count; i++) {
        const char *rest = after(claim_name, set->templates[i]);
        int ordinal = rest ? claim_identity_ordinal(rest, set->name) : -1;
        /* Claims outlive a scale-down: the ordinal may exceed the number of replicas. */
        if (ordinal < set->start || ordinal < 0)
            continue;
        *found = (struct claim_identity){IDENTITY_SET, set, NULL, set->templates[i], ordinal};
        return true;
    }
    return false;
}

/* Does the set have a Pod of that ordinal? */
static bool is_current(const struct claim_identity *identity)
{
    return identity->ordinal - identity->set->start < identity->set->replicas;
}

static struct claim_identity find(const char *claim_name, struct stateful_set *const *sets,
                                  size_t count, bool must_be_current)
{
    struct claim_identity first = {.kind = IDENTITY_NONE};
    for (size_t i = 0; i < count; i++) {
        struct claim_identity found;
        if (!match(claim_name, sets[i], &found) || (must_be_current && !is_current(&found)))
            continue;
        if (first.kind != IDENTITY_NONE) {
            first.kind = IDENTITY_AMBIGUOUS;
            first.other = sets[i];
            return first;
        }
        first = found;
    }
    return first;
}

struct claim_identity claim_identity_find(const char *claim_name, struct stateful_set *const *sets,
                                          size_t count)
{
    const struct claim_identity current = find(claim_name, sets, count, true);
    return current.kind != IDENTITY_NONE ? current : find(claim_name, sets, count, false);
}

struct set_member claim_identity_member(const struct claim_identity *identity)
{
    return identity->kind == IDENTITY_SET
               ? (struct set_member){identity->set->name, identity->template, identity->ordinal,
                                     identity->set->uid}
               : (struct set_member){0};
}

bool claim_identity_has_pod(const struct claim_identity *identity)
{
    return identity->kind == IDENTITY_SET && is_current(identity);
}

bool claim_identity_discards_when_scaled(const struct claim_identity *identity)
{
    return identity->kind == IDENTITY_SET && identity->set->discards_when_scaled;
}

static bool discards_claims(const struct stateful_set *set)
{
    return set->discards_when_deleted || set->discards_when_scaled;
}

bool claim_identity_discards(const struct claim_identity *identity)
{
    return identity->set && discards_claims(identity->set) &&
           (!identity->other || discards_claims(identity->other));
}
