/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "provisioner/object/provisioner_names.h"

#include <stdbool.h>

struct claim;
struct storage_class;
struct volume;

/*
 * Is the claim ours, or will it be? While no provisioner has been asked for it, its class decides.
 * None is ever asked for a claim that a person or a backup tool has bound: one that has lost its
 * volume may be ours where its class is, or is gone. `storage_class` is the class that the claim
 * names, NULL when it does not exist.
 */
bool is_our_claim(const struct claim *claim, const struct storage_class *storage_class,
                  const struct provisioner_names *ours);

/* Does the claim wait for a volume that no provisioner makes? Its class does not exist (NULL), or
 * the name of its provisioner only resembles ours. */
bool is_unserved_claim(const struct claim *claim, const struct storage_class *storage_class,
                       const struct provisioner_names *ours);

/* Has the provisioner of that name made one of these volumes? Then it works, and a name that
 * resembles ours is no mistake. */
bool has_made_volume(const char *provisioner, struct volume *const *volumes, size_t count);

/* Does the claim wait for a class, in a cluster without a default class? A claim with a
 * selector, or with the class "", is for a volume made by hand. */
bool is_classless_claim(const struct claim *claim);

enum provision_decision {
    PROVISION_IGNORE, /* not for us, or not yet: a change of the claim will queue it again */
    PROVISION_NOW,    /* provision its volume */
    PROVISION_REFUSE, /* for us, but not possible as it is: the error says why */
};

/* `storage_class` is the class that the claim names, NULL when it does not exist. */
enum provision_decision provision_decide(const struct claim *claim,
                                         const struct storage_class *storage_class,
                                         const struct provisioner_names *ours, struct error *err);
