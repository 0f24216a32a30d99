/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/provisioner/claim/leader.h"

/*
 * One job of the program, which tests interrupt, repeat and disturb. Another claim, "data-web-1",
 * stands by: nothing of it may change.
 */
struct scenario {
    const char *name;
    const char *class_changes;
    const char *claim; /* that has the directory in the end */
    const char *claim_changes;
    const char *directory; /* that is adopted */
    /* Everything that comes before the job. */
    void (*prepare)(struct shop *shop, const struct scenario *scenario);
    /* The job, in a process that has read the cluster. */
    int (*act)(struct leader *leader, const struct scenario *scenario, struct error *err);
    /* What people do after it was interrupted; NULL: nothing. */
    int (*repeat)(struct shop *shop, const struct scenario *scenario, struct error *err);
    bool has_waiting_claim; /* a command is about a claim that exists */
    bool has_several;       /* directories, of which one is chosen and the others are kept */
    bool wants_fresh_data;  /* the claim must not get what it had */
    bool is_shared;         /* another claim has the directory, too */
    bool may_leave_file;    /* a temporary one, until its claim comes back */
    /* When the claim is replaced after the interruption, it may be held with words. */
    bool may_be_held;
};

extern const struct scenario new_claim;
extern const struct scenario new_claim_of_a_pattern;
extern const struct scenario new_claim_of_a_nested_pattern;
extern const struct scenario new_claim_of_a_reserved_pattern; /* by a claim that is gone */
extern const struct scenario first_shared_claim;              /* which others may come to share */
extern const struct scenario shared_claim;                    /* the second one of a directory */
extern const struct scenario shared_and_bound_by_hand;
extern const struct scenario new_claim_with_a_setgid_bit;
extern const struct scenario new_claim_after_a_kill; /* something is left in its folder */
extern const struct scenario returned_claim;
extern const struct scenario returned_claim_without_its_volume;
extern const struct scenario fresh_data;
extern const struct scenario earlier_namespace;
extern const struct scenario earlier_namespace_without_its_volume;
extern const struct scenario other_cluster;
extern const struct scenario other_cluster_with_its_volume;
extern const struct scenario lost_claim;
extern const struct scenario bound_by_hand;
extern const struct scenario bound_by_hand_to_another_name;
extern const struct scenario bound_by_hand_in_a_class_that_adopts;
extern const struct scenario missing_record;    /* of a volume */
extern const struct scenario changed_volume;    /* its record follows */
extern const struct scenario sign_of_life;      /* is given while the claim is in use */
extern const struct scenario pattern_given_up;  /* its directory is there, without a record */
extern const struct scenario left_over;         /* its directory was made just before a kill */
extern const struct scenario pattern_left_over; /* its directory was made just before a kill */
extern const struct scenario pattern_left_over_with_file;
extern const struct scenario taken_over_volume; /* of another provisioner */
extern const struct scenario duplicate_record;
extern const struct scenario missing_owner; /* of a directory whose volume is gone */
extern const struct scenario acceptance;    /* of an export that has lost its identity */
extern const struct scenario adoption_where_a_folder_is_left; /* in .mooring/directories */
extern const struct scenario refused_adoption;                /* by the API server */
extern const struct scenario refused_adoption_of_what_nobody_recorded;
extern const struct scenario adoption;
extern const struct scenario adoption_of_what_nobody_recorded;
extern const struct scenario adoption_from_another_cluster;
extern const struct scenario adoption_for_a_waiting_claim;
extern const struct scenario adoption_from_another_cluster_for_a_waiting_claim;
extern const struct scenario adoption_that_chooses; /* one of two directories of the claim */

/* A shop in which the job is due. */
void scenario_begin(const struct scenario *scenario, struct shop *shop);
/* Read the cluster, and do the job. */
MUST_CHECK int scenario_act(const struct scenario *scenario, struct leader *leader,
                            struct error *err);
/* What people do after the job was interrupted. */
MUST_CHECK int scenario_repeat(const struct scenario *scenario, struct shop *shop,
                               struct error *err);
/* The claim is deleted and made again. */
void scenario_replace_claim(const struct scenario *scenario, struct shop *shop);
/* When a claim is bound, its Pod writes a file there that is found again: "precious-<UID>". */
void scenario_use_claim(struct shop *shop, const char *claim);
