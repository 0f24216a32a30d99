/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/claim/scenario.h"

#include "base/text.h"
#include "tests/provisioner/claim/acceptance.h"
#include "tests/provisioner/claim/adoption.h"
#include "tests/provisioner/claim/scenario_prepare.h"

void scenario_use_claim(struct shop *shop, const char *claim)
{
    struct entry ignored;
    json_auto_t *object = shop_claim(shop, claim);
    if (!object || !text_equals(shop_text(object, "status.phase"), "Bound"))
        return;
    json_auto_t *volume = shop_volume(shop, shop_text(object, "spec.volumeName"));
    const char *directory = shop_directory(shop_text(volume, "spec.nfs.path"));
    require(directory);
    autofree char *file =
        memory_format("%s/precious-%s", directory, shop_text(object, "metadata.uid"));
    if (!shop_export_look(file, &ignored))
        shop_export_put_file(file, "precious");
}

/* --- the job --- */

static int act_on_claim(struct leader *leader, const struct scenario *scenario, struct error *err)
{
    return leader_sync_claim(leader, scenario->claim, err);
}

static int act_on_volume(struct leader *leader, const struct scenario *scenario, struct error *err)
{
    (void)scenario;
    return leader_sync_volume(leader, "pvc-uid-2", err);
}

static int act_by_signing(struct leader *leader, const struct scenario *scenario, struct error *err)
{
    (void)scenario;
    return leader_sign(leader, err);
}

static int act_by_auditing(struct leader *leader, const struct scenario *scenario,
                           struct error *err)
{
    (void)scenario;
    return leader_audit(leader, err);
}

/* The claim does not get the directory, and is told so. */
static int act_on_used_pattern(struct leader *leader, const struct scenario *scenario,
                               struct error *err)
{
    int result = leader_sync_claim(leader, scenario->claim, err);
    return result < 0 && err->kind == ERROR_INVALID ? 0 : -1;
}

static int adopt(struct shop *shop, const struct scenario *scenario, struct error *err)
{
    const struct adoption what = {.directory = scenario->directory,
                                  .claim = scenario->claim,
                                  .from_other_cluster =
                                      scenario->prepare == prepare_rebuilt ||
                                      scenario->prepare == prepare_rebuilt_for_waiting};
    return adoption_run(shop, &what, err);
}

/* The command fails, and puts back what it has done. */
static int act_in_vain(struct leader *leader, const struct scenario *scenario, struct error *err)
{
    return adopt(leader->shop, scenario, err) < 0 && strstr(err->message, "nothing was done") ? 0
                                                                                              : -1;
}

static int act_by_adopting(struct leader *leader, const struct scenario *scenario,
                           struct error *err)
{
    return adopt(leader->shop, scenario, err);
}

/* The administrator repeats the command, and then the claim comes. */
static int adopt_again(struct shop *shop, const struct scenario *scenario, struct error *err)
{
    if (adopt(shop, scenario, err) < 0)
        return -1;
    json_auto_t *claim = shop_claim(shop, scenario->claim);
    if (!claim)
        shop_put_claim(shop, scenario->claim, scenario->claim_changes);
    shop_run_kubernetes(shop);
    return 0;
}

static int adopt_when_allowed(struct shop *shop, const struct scenario *scenario, struct error *err)
{
    request_log_clear(memory_cluster_log(shop->cluster));
    return adopt_again(shop, scenario, err);
}

/* A leader gives the directory up at once, and leaves nothing; then the administrator decides. */
static int give_up_and_adopt(struct shop *shop, const struct scenario *scenario, struct error *err)
{
    CU_ASSERT_EQUAL(leader_lead_once(shop, err), -1);
    CU_ASSERT_EQUAL(err->kind, ERROR_INVALID);
    autofree char *records = shop_lines("/" WEB "/pvc-");
    autofree char *owners = shop_lines(".mooring/directories/" PATTERN_DIRECTORY " ");
    CU_ASSERT_STRING_EQUAL(records, "");
    CU_ASSERT_STRING_EQUAL(owners, "");
    return adopt_again(shop, scenario, err);
}

static int act_by_accepting(struct leader *leader, const struct scenario *scenario,
                            struct error *err)
{
    (void)scenario;
    return acceptance_run(leader->shop, err);
}

static int accept_again(struct shop *shop, const struct scenario *scenario, struct error *err)
{
    (void)scenario;
    return acceptance_run(shop, err);
}

/* --- together --- */

#define PATTERN "{'parameters': {'pathPattern': '${.PVC.namespace}-${.PVC.name}'}}"
#define SHARED "{'parameters': {'pathPattern': '${.PVC.annotations.dir}', 'shared': 'true'}}"
#define TEAM "{'metadata': {'annotations': {'dir': 'team/data'}}}"
#define ADOPT "{'parameters': {'adopt': 'always'}}"
/* The set that owns the claim is newer than the one that the leader knows. */
#define SET_OWNED                                                                                  \
    "{'metadata': {'ownerReferences': [{'apiVersion': 'apps/v1', 'kind': 'StatefulSet', 'uid': "   \
    "'set-2'}]}}"

#define SCENARIO(variable, ...) const struct scenario variable = {.name = #variable, __VA_ARGS__}
#define OF_WEB .claim = WEB, .claim_changes = "{}"
#define OF_TAKER .claim = "data-web-5", .claim_changes = "{}"

SCENARIO(new_claim, OF_WEB, .class_changes = "{}", .prepare = prepare_new, .act = act_on_claim);
SCENARIO(new_claim_of_a_pattern, OF_WEB, .class_changes = PATTERN, .prepare = prepare_new,
         .act = act_on_claim);
SCENARIO(new_claim_of_a_nested_pattern, OF_WEB,
         .class_changes = "{'parameters': {'pathPattern': '${.PVC.name}/data'}}",
         .prepare = prepare_new, .act = act_on_claim);
SCENARIO(new_claim_of_a_reserved_pattern, .class_changes = "{}", .claim = WEB,
         .claim_changes = "{'metadata': {'annotations': {'dir': 'wanted'}}}",
         .prepare = prepare_reserved_before, .act = act_on_claim);
SCENARIO(first_shared_claim, .claim = WEB, .class_changes = SHARED, .claim_changes = TEAM,
         .prepare = prepare_new, .act = act_on_claim);
SCENARIO(shared_and_bound_by_hand, .claim = "data-web-5", .class_changes = SHARED,
         .claim_changes = TEAM, .prepare = prepare_shared_bound_by_hand, .act = act_on_volume,
         .is_shared = true, .may_be_held = true);
SCENARIO(shared_claim, .claim = WEB, .class_changes = SHARED, .claim_changes = TEAM,
         .prepare = prepare_shared, .act = act_on_claim, .is_shared = true);
SCENARIO(new_claim_with_a_setgid_bit, OF_WEB,
         .class_changes = "{'parameters': {'directoryPerms': '2770'}}", .prepare = prepare_new,
         .act = act_on_claim);
SCENARIO(new_claim_after_a_kill, OF_WEB, .class_changes = "{}", .prepare = prepare_after_kill,
         .act = act_on_claim);
SCENARIO(returned_claim, OF_WEB, .class_changes = "{}", .prepare = prepare_return,
         .act = act_on_claim);
SCENARIO(returned_claim_without_its_volume, OF_WEB, .class_changes = "{}",
         .prepare = prepare_return_without_volume, .act = act_on_claim);
SCENARIO(fresh_data, .class_changes = "{}", .claim = WEB, .claim_changes = SET_OWNED,
         .prepare = prepare_return, .act = act_on_claim, .wants_fresh_data = true);
SCENARIO(earlier_namespace, OF_WEB, .class_changes = ADOPT, .prepare = prepare_earlier_namespace,
         .act = act_on_claim);
SCENARIO(earlier_namespace_without_its_volume, OF_WEB, .class_changes = ADOPT,
         .prepare = prepare_earlier_namespace_without_volume, .act = act_on_claim);
SCENARIO(other_cluster, OF_WEB, .class_changes = ADOPT, .prepare = prepare_other_cluster,
         .act = act_on_claim);
SCENARIO(other_cluster_with_its_volume, OF_WEB, .class_changes = ADOPT,
         .prepare = prepare_other_cluster_with_volume, .act = act_on_claim);
SCENARIO(lost_claim, OF_WEB, .class_changes = "{}", .prepare = prepare_lost, .act = act_on_claim);
SCENARIO(bound_by_hand, OF_WEB, .class_changes = "{}", .prepare = prepare_bound_by_hand,
         .act = act_on_volume, .may_be_held = true);
SCENARIO(bound_by_hand_to_another_name, .class_changes = "{}", OF_TAKER,
         .prepare = prepare_bound_by_hand, .act = act_on_volume, .may_be_held = true);
SCENARIO(bound_by_hand_in_a_class_that_adopts, OF_TAKER, .class_changes = ADOPT,
         .prepare = prepare_bound_by_hand, .act = act_on_volume, .may_be_held = true);
SCENARIO(missing_record, OF_WEB, .class_changes = "{}", .prepare = prepare_without_record,
         .act = act_on_volume);
SCENARIO(changed_volume, OF_WEB, .class_changes = "{}", .prepare = prepare_changed_volume,
         .act = act_on_volume, .may_leave_file = true);
SCENARIO(sign_of_life, OF_WEB, .class_changes = "{}", .prepare = prepare_bound,
         .act = act_by_signing);
SCENARIO(pattern_given_up, .directory = PATTERN_DIRECTORY, OF_WEB, .class_changes = PATTERN,
         .prepare = prepare_used_pattern, .act = act_on_used_pattern, .repeat = give_up_and_adopt);
SCENARIO(left_over, OF_WEB, .class_changes = "{}", .prepare = prepare_left_over,
         .act = act_on_claim);
SCENARIO(pattern_left_over, OF_WEB, .class_changes = PATTERN, .prepare = prepare_pattern_left_over,
         .act = act_on_claim);
SCENARIO(pattern_left_over_with_file, .directory = PATTERN_DIRECTORY, OF_WEB,
         .class_changes = PATTERN, .prepare = prepare_pattern_left_over_with_file,
         .act = act_on_used_pattern, .repeat = give_up_and_adopt);
SCENARIO(taken_over_volume, OF_WEB, .class_changes = "{}", .prepare = prepare_taken_over,
         .act = act_on_volume);
SCENARIO(duplicate_record, OF_WEB, .class_changes = "{}", .prepare = prepare_duplicate,
         .act = act_on_volume);
SCENARIO(missing_owner, OF_WEB, .class_changes = "{}", .prepare = prepare_without_owner,
         .act = act_by_auditing);
SCENARIO(acceptance, OF_WEB, .class_changes = "{}", .prepare = prepare_without_identity,
         .act = act_by_accepting, .repeat = accept_again);
SCENARIO(adoption_where_a_folder_is_left, .class_changes = "{}", OF_TAKER, .directory = "old",
         .prepare = prepare_unrecorded_with_folder, .act = act_by_adopting, .repeat = adopt_again);
SCENARIO(refused_adoption, .directory = DIRECTORY, .class_changes = "{}", OF_TAKER,
         .prepare = prepare_refused_adoption, .act = act_in_vain, .repeat = adopt_when_allowed);
SCENARIO(refused_adoption_of_what_nobody_recorded, .directory = "old", .class_changes = "{}",
         OF_TAKER, .prepare = prepare_refused_unrecorded, .act = act_in_vain,
         .repeat = adopt_when_allowed);
SCENARIO(adoption, .directory = DIRECTORY, .class_changes = "{}", OF_TAKER,
         .prepare = prepare_adoption, .act = act_by_adopting, .repeat = adopt_again);
SCENARIO(adoption_of_what_nobody_recorded, .directory = "old", .class_changes = "{}", OF_TAKER,
         .prepare = prepare_unrecorded, .act = act_by_adopting, .repeat = adopt_again);
SCENARIO(adoption_from_another_cluster, .directory = DIRECTORY, .class_changes = "{}", OF_TAKER,
         .prepare = prepare_rebuilt, .act = act_by_adopting, .repeat = adopt_again);

SCENARIO(adoption_for_a_waiting_claim, .directory = DIRECTORY, OF_TAKER, .class_changes = "{}",
         .has_waiting_claim = true, .prepare = prepare_adoption_for_waiting, .act = act_by_adopting,
         .repeat = adopt_again);
SCENARIO(adoption_from_another_cluster_for_a_waiting_claim, .directory = DIRECTORY, OF_TAKER,
         .class_changes = "{}", .has_waiting_claim = true, .prepare = prepare_rebuilt_for_waiting,
         .act = act_by_adopting, .repeat = adopt_again);

SCENARIO(adoption_that_chooses, .directory = DIRECTORY, OF_WEB, .class_changes = "{}",
         .prepare = prepare_choice, .act = act_by_adopting, .repeat = adopt_again,
         .has_several = true);

void scenario_begin(const struct scenario *scenario, struct shop *shop)
{
    shop_open(shop, scenario->class_changes);
    prepare_bystander(shop);
    scenario->prepare(shop, scenario);
}

int scenario_act(const struct scenario *scenario, struct leader *leader, struct error *err)
{
    return scenario->act(leader, scenario, err);
}

int scenario_repeat(const struct scenario *scenario, struct shop *shop, struct error *err)
{
    shop_run_kubernetes(shop);
    return scenario->repeat ? scenario->repeat(shop, scenario, err) : 0;
}

void scenario_replace_claim(const struct scenario *scenario, struct shop *shop)
{
    shop_replace_claim(shop, scenario->claim, scenario->claim_changes);
}
