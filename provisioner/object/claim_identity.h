/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/stateful_set.h"

/*
 * Which StatefulSet, template and ordinal a claim belongs to. The name of such a claim,
 * "<template>-<set>-<ordinal>", cannot be split: "a-b-c-0" may be template "a" of set "b-c" or
 * "a-b" of "c". It is matched against the sets that exist instead.
 */
enum claim_identity_kind {
    IDENTITY_NONE,      /* it belongs to no set */
    IDENTITY_SET,       /* exactly one set */
    IDENTITY_AMBIGUOUS, /* more than one set would use this claim */
};

struct claim_identity {
    enum claim_identity_kind kind;
    const struct stateful_set *set;   /* borrowed; the first found when ambiguous */
    const struct stateful_set *other; /* the second one found when ambiguous */
    const char *template;             /* borrowed from the set */
    int ordinal;
};

/* What a volume and a record say of it. Borrowed. */
struct set_member {
    const char *set; /* NULL: it belongs to no set, or to more than one */
    const char *template;
    int ordinal;
    const char *set_uid; /* NULL: not known, as in a record */
};

struct set_member claim_identity_member(const struct claim_identity *identity);

/* `sets` are those of the claim's namespace. One that has a Pod of the claim's ordinal comes before
 * others: a set that was scaled down has the claim only if no other one uses it. */
struct claim_identity claim_identity_find(const char *claim_name, struct stateful_set *const *sets,
                                          size_t count);

/* Does one set use the claim, and has that set a Pod of the claim's ordinal? */
bool claim_identity_has_pod(const struct claim_identity *identity);

/* Does one set use the claim, with a retention policy that says Delete for when it is scaled down?
 */
bool claim_identity_discards_when_scaled(const struct claim_identity *identity);
/* Does the retention policy of its set say Delete, in whichever case? Where two sets use it, that
 * of both must. */
bool claim_identity_discards(const struct claim_identity *identity);

/* The ordinal in "<prefix>-<ordinal>", such as the name of a Pod of the set `prefix`; -1 when
 * `name` is not of that form. */
int claim_identity_ordinal(const char *name, const char *prefix);
