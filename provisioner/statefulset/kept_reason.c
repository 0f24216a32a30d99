/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/statefulset/kept_reason.h"

#include "provisioner/statefulset/rebind_decision.h"
#include "provisioner/statefulset/rebind_rank.h"

const char *kept_reason_class(const struct candidate *candidate)
{
    return candidate->record ? candidate->record->class_name : candidate->volume->class_name;
}

/* If nothing else were in the way, would it come back to a class that gives back everything? */
static bool would_come_back(const struct rebind_request *request, bool may_adopt,
                            const struct candidate *candidate)
{
    struct rebind_request generous = *request;
    generous.policy = REBIND_ALL;
    generous.may_adopt = may_adopt;
    return is_candidate(&generous, candidate);
}

static enum kept_reason why_not_of_claim(const struct rebind_request *request,
                                         const struct candidate *candidate)
{
    const struct record *record = candidate->record;
    if (candidate_is_unfinished(candidate))
        return KEPT_UNUSED;
    if (record && record->state == RECORD_SUPERSEDED)
        return KEPT_SUPERSEDED;
    if (would_come_back(request, true, candidate))
        return candidate_is_foreign(request, candidate) ? KEPT_CLUSTER : KEPT_NAMESPACE;
    return text_equals(kept_reason_class(candidate), request->claim->class_name) ? KEPT_OTHER
                                                                                 : KEPT_CLASS;
}

static enum kept_reason why_not(const struct rebind_request *request,
                                const struct candidate *candidate)
{
    if (!would_come_back(request, request->may_adopt, candidate))
        return why_not_of_claim(request, candidate);
    if (!is_candidate(request, candidate))
        return request->policy == REBIND_NONE ? KEPT_NONE : KEPT_PLAIN;
    return candidate_is_discarded(request, candidate) ? KEPT_DISCARDED : KEPT_BEHIND;
}

enum kept_reason kept_reason_of(const struct rebind_request *request,
                                const struct candidate *candidates, size_t count, size_t index)
{
    const struct candidate *candidate = &candidates[index];
    struct rebind_answer answer;
    struct error err;
    enum rebind_decision decision = rebind_decide(request, candidates, count, &answer, &err);
    free(answer.others);
    if (answer.chosen == candidate)
        return KEPT_COMES_BACK;
    if (decision == REBIND_HOLD && is_candidate(request, candidate))
        return KEPT_HELD;
    return why_not(request, candidate);
}

/* Why it is another's, or was. Caller frees. */
static char *words_of_other(enum kept_reason reason, const struct candidate *candidate)
{
    const struct record *record = candidate->record;
    const char *class_name = kept_reason_class(candidate);
    switch (reason) {
    case KEPT_CLASS:
        return memory_format("it is of class %s", class_name ? class_name : "none");
    case KEPT_NAMESPACE:
        return record ? memory_format("it is of an earlier namespace %s, with UID %s",
                                      record->namespace, record->namespace_uid)
                      : memory_format("it is of an earlier namespace %s",
                                      candidate->volume->claim_namespace);
    case KEPT_CLUSTER:
        return memory_format("it is of another cluster, with UID %s", record->cluster);
    case KEPT_OTHER:
        return memory_copy("it is another claim's");
    default:
        return NULL;
    }
}

char *kept_reason_words(enum kept_reason reason, const struct rebind_request *request,
                        const struct candidate *candidate)
{
    const char *class_name = request->claim->class_name;
    switch (reason) {
    case KEPT_HELD:
        return memory_copy("it cannot be given back as it is: an event at the claim will say why");
    case KEPT_BEHIND:
        return memory_copy("its claim has another directory that comes first");
    case KEPT_SUPERSEDED:
        return memory_copy("it is superseded: its claim got another directory since");
    case KEPT_DISCARDED:
        return memory_copy("its StatefulSet asks for fresh data by its "
                           "persistentVolumeClaimRetentionPolicy");
    case KEPT_NONE:
        return memory_format("its class %s gives nothing back (rebind: none)", class_name);
    case KEPT_PLAIN:
        return memory_format("its class %s gives back to claims of StatefulSets only (rebind: "
                             "stateful)",
                             class_name);
    default:
        return words_of_other(reason, candidate);
    }
}
