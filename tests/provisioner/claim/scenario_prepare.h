/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/provisioner/claim/scenario.h"

/* What comes before the jobs of the scenarios: what people have done, and what is on the export. */
#define WEB "data-web-0"
#define BYSTANDER "data-web-1"
#define DIRECTORY "shop-" WEB "-pvc-uid-2"
#define PATTERN_DIRECTORY "shop-" WEB

/* Another claim, which has its directory, and of which nothing may change. */
void prepare_bystander(struct shop *shop);
void prepare_new(struct shop *shop, const struct scenario *scenario);
void prepare_after_kill(struct shop *shop, const struct scenario *scenario);
void prepare_return(struct shop *shop, const struct scenario *scenario);
void prepare_return_without_volume(struct shop *shop, const struct scenario *scenario);
void prepare_earlier_namespace(struct shop *shop, const struct scenario *scenario);
void prepare_earlier_namespace_without_volume(struct shop *shop, const struct scenario *scenario);
void prepare_rebuilt(struct shop *shop, const struct scenario *scenario);
void prepare_other_cluster(struct shop *shop, const struct scenario *scenario);
void prepare_other_cluster_with_volume(struct shop *shop, const struct scenario *scenario);
void prepare_lost(struct shop *shop, const struct scenario *scenario);
void prepare_bound_by_hand(struct shop *shop, const struct scenario *scenario);
void prepare_adoption(struct shop *shop, const struct scenario *scenario);
void prepare_adoption_for_waiting(struct shop *shop, const struct scenario *scenario);
void prepare_rebuilt_for_waiting(struct shop *shop, const struct scenario *scenario);
void prepare_choice(struct shop *shop, const struct scenario *scenario);
void prepare_unrecorded(struct shop *shop, const struct scenario *scenario);
void prepare_bound(struct shop *shop, const struct scenario *scenario);
void prepare_without_record(struct shop *shop, const struct scenario *scenario);
void prepare_without_owner(struct shop *shop, const struct scenario *scenario);
void prepare_without_identity(struct shop *shop, const struct scenario *scenario);
void prepare_changed_volume(struct shop *shop, const struct scenario *scenario);
void prepare_unrecorded_with_folder(struct shop *shop, const struct scenario *scenario);
void prepare_used_pattern(struct shop *shop, const struct scenario *scenario);
void prepare_reserved_before(struct shop *shop, const struct scenario *scenario);
void prepare_shared_bound_by_hand(struct shop *shop, const struct scenario *scenario);
void prepare_shared(struct shop *shop, const struct scenario *scenario);
void prepare_left_over(struct shop *shop, const struct scenario *scenario);
void prepare_pattern_left_over(struct shop *shop, const struct scenario *scenario);
void prepare_pattern_left_over_with_file(struct shop *shop, const struct scenario *scenario);
void prepare_taken_over(struct shop *shop, const struct scenario *scenario);
void prepare_duplicate(struct shop *shop, const struct scenario *scenario);
void prepare_refused_adoption(struct shop *shop, const struct scenario *scenario);
void prepare_refused_unrecorded(struct shop *shop, const struct scenario *scenario);
