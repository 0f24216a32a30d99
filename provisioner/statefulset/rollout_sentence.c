/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/rollout_sentence.h"

#include <string.h>

/* A Pod's label holds the set's name, a dash and the hash of its template in 63 characters. */
enum { NAME_LENGTH_MAX = 52 };

static bool has_pods(const struct rollout *rollout)
{
    for (size_t i = 0; i < rollout->count; i++) {
        if (rollout->steps[i].pod)
            return true;
    }
    return false;
}

/* The ordinal that is awaited has no Pod. */
static char *lacking_sentence(const struct rollout *rollout, const struct stateful_set *set)
{
    int ordinal = rollout->waits_for->ordinal;
    size_t length = strlen(set->name);
    autofree char *ask =
        memory_format("kubectl describe statefulset -n %s %s says why", set->namespace, set->name);
    autofree char *start =
        rollout->state == ROLLOUT_STUCK
            ? memory_format("stuck at ordinal %d: Kubernetes has made no Pod for it for a minute",
                            ordinal)
            : memory_format("under way: ordinal %d has no Pod yet", ordinal);
    if (length > NAME_LENGTH_MAX && !has_pods(rollout))
        return memory_format(
            "%s, most likely because the set's name has %zu characters: Kubernetes "
            "makes no Pods for more than %d; %s",
            start, length, NAME_LENGTH_MAX, ask);
    if (rollout->state == ROLLOUT_STUCK)
        return memory_format("%s: %s (such as a quota or an admission rule)", start, ask);
    return memory_format("%s; if it stays so, %s", start, ask);
}

/* What is to be done with the broken Pod once the template is right. */
static const char *deletion_advice(const struct stateful_set *set)
{
    if (set->strategy == UPDATE_RECREATE)
        return "";
    if (!set->is_parallel || set->strategy == UPDATE_ON_DELETE)
        return ", then delete this Pod by hand";
    return set->max_unavailable > 0 ? ", then delete this Pod by hand if Kubernetes does not" : "";
}

static char *stuck_sentence(const struct rollout_step *step, const struct stateful_set *set)
{
    const struct pod *pod = step->pod;
    if (step->revision == REVISION_NEW)
        return memory_format("stuck at ordinal %d: Pod %s of the new revision does not become "
                             "ready (%s): repair the template of StatefulSet %s%s",
                             step->ordinal, pod->name, pod->phase, set->name, deletion_advice(set));
    return memory_format("stuck at ordinal %d: Pod %s of an older revision does not become ready "
                         "(%s), and Kubernetes waits for it: kubectl delete pod -n %s %s",
                         step->ordinal, pod->name, pod->phase, pod->namespace, pod->name);
}

static char *progress_sentence(const struct rollout *rollout, const struct stateful_set *set)
{
    const struct rollout_step *step = rollout->waits_for;
    const struct pod *pod = step->pod;
    bool is_failing = pod->is_failing && !pod->is_ready;
    if (rollout->goes_on && is_failing)
        return memory_format("under way: ordinal %d, Pod %s, does not become ready (%s), and the "
                             "others are updated beside it",
                             step->ordinal, pod->name, pod->phase);
    autofree char *start =
        memory_format("under way: waits for ordinal %d, Pod %s (%s, %s revision)", step->ordinal,
                      pod->name, pod->phase, step->revision == REVISION_NEW ? "new" : "old");
    if (set->strategy == UPDATE_OTHER)
        return memory_format("%s; how the set's update strategy goes on is not known here", start);
    if (pod->is_ready && !pod->is_deleting && !step->is_available)
        return memory_format("%s, which must stay ready for %d s", start, set->min_ready_s);
    return steal(start);
}

static char *unobserved_sentence(const struct rollout *rollout, const struct stateful_set *set)
{
    if (rollout->state != ROLLOUT_STUCK)
        return memory_copy("under way: Kubernetes has not looked at the change yet");
    return memory_format("stuck: Kubernetes has not looked at the change for a minute: is "
                         "kube-controller-manager running? kubectl describe statefulset -n %s %s "
                         "shows what it tried",
                         set->namespace, set->name);
}

static char *over_sentence(const struct stateful_set *set)
{
    if (set->partition > 0 && set->partition < set->replicas)
        return memory_format("over: every ordinal from %d on has revision %s, the partition keeps "
                             "the others",
                             set->start + set->partition, set->update_revision);
    return memory_format("over: revision %s", set->update_revision);
}

static char *state_sentence(const struct rollout *rollout, const struct stateful_set *set)
{
    const struct rollout_step *step = rollout->waits_for;
    if (rollout->state == ROLLOUT_OVER)
        return over_sentence(set);
    if (!step)
        return unobserved_sentence(rollout, set);
    if (!step->pod)
        return lacking_sentence(rollout, set);
    if (rollout->state == ROLLOUT_STUCK)
        return stuck_sentence(step, set);
    if (rollout->state == ROLLOUT_WAITS_FOR_USER)
        return memory_format("OnDelete: waits until Pod %s of ordinal %d is deleted",
                             step->pod->name, step->ordinal);
    return progress_sentence(rollout, set);
}

char *rollout_sentence(const struct rollout *rollout, const struct stateful_set *set)
{
    char *sentence = state_sentence(rollout, set);
    if (set->replicas_written > set->replicas)
        memory_replace(&sentence,
                       memory_format("%s; only the first %d of %lld replicas are looked at",
                                     sentence, set->replicas, (long long)set->replicas_written));
    return sentence;
}
