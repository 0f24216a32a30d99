/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/object/provisioner_names.h"
#include "provisioner/statefulset/rebind_decision.h"
#include "tests/provisioner/claim_fixtures.h"

/*
 * What can be read when the claim default/data-web-0 comes back: the claim before had UID uid-1, it
 * has uid-2 now. Its volume is pvc-1 with the directory d-1. A case is one word of each of these.
 */

enum records {
    NO_RECORD,
    ONE,              /* in use, of this claim here */
    OWN,              /* the same, and it names the claim that asks: we were cut off after it */
    TWO,              /* in use, both of this claim here */
    EARLIER,          /* in use, of an earlier namespace of that name */
    CLUSTER_GONE,     /* in use, of another cluster, without a sign of life */
    CLUSTER_ALIVE,    /* the same, with one */
    OTHER_CLASS,      /* in use here, by a claim of this name and another class */
    SUPERSEDED,       /* the user chose other data before */
    RESERVED,         /* `mooring adopt` chose it for a claim to come */
    RESERVED_OF_TWO,  /* the same, beside one that is in use */
    MAKING,           /* cut off before its directory was known to be there */
    MAKING_ELSEWHERE, /* the same, of an earlier namespace */
    TAKING,           /* a claim had taken it over from another one when it was cut off */
    MOVING,           /* `mooring adopt` was cut off */
    ARCHIVING,        /* its directory is, or was, on its way to where no claim has it */
    ARCHIVED,
    RESTORING,
    REMOVING,
    CLONING,        /* the copy that it will be is not whole */
    NOT_UNDERSTOOD, /* a file in the folder is none that this mooring understands */
    RECORDS_END,
};

enum object {
    GONE,        /* no such volume object */
    RELEASED,    /* ours, last bound to the claim before */
    TERMINATING, /* the same, and being deleted */
    GIVEN,       /* we gave it to this claim, and the record is one step behind */
    BY_HAND,     /* it names this claim, and mooring did not write that */
    OTHER_CLAIM, /* it is for another claim now */
    OTHER_UID,   /* it was last bound to a claim of this name that no record knows */
    NO_UID,      /* Kubernetes, or a person, took the UID away */
    NO_CLAIM,    /* a person took its claimRef away */
    ELSEWHERE,   /* its path is another directory's */
    MOVED, /* its path ends with the directory, and names the server as it was called before */
    CONTRADICTED, /* the export says that its directory is another claim's */
    NOT_OURS,     /* another provisioner made it, under the name of ours */
    OBJECTS_END,
};

enum place {
    THERE,
    MISSING,
    REPLACED, /* by a symlink or a file */
    USED,     /* another volume has it, one in it or one around it */
    PLACES_END,
};

enum set {
    SET,          /* a StatefulSet uses the claim */
    SET_RECORDED, /* none does yet, but one did: the record says so */
    SET_LABELLED, /* the same: only the labels of the volume say so */
    PLAIN,        /* none does or did */
    PLAIN_SO_FAR, /* the same, but there may be one by now */
    FRESH,        /* one does, whose user asked for fresh data whenever it was scaled down */
    FRESH_LIVING, /* or when it was deleted, and it is the one that the volume was of */
    FRESH_AGAIN,  /* the same, and it was made again since */
    SETS_END,
};

enum pattern {
    NO_PATTERN,
    LEADS_THERE,     /* the class' pathPattern, to the directory that the claim had */
    LEADS_ELSEWHERE, /* the same, to another one */
    PATTERNS_END,
};

struct situation {
    enum records records;
    enum object object;
    enum place place;
    enum set set;
    enum rebind_policy policy;
    bool adopts;
    enum pattern pattern;
};

static const char *const records_words[] = {
    "no record",           "one",           "its own",          "two",        "earlier namespace",
    "cluster gone",        "cluster alive", "other class",      "superseded", "reserved",
    "reserved beside one", "making",        "making elsewhere", "taking",     "moving",
    "archiving",           "archived",      "restoring",        "removing",   "cloning",
    "not understood"};
static const char *const object_words[] = {
    "gone",        "released",     "terminating", "given",         "by hand",
    "other claim", "other UID",    "without UID", "without claim", "elsewhere",
    "moved",       "contradicted", "not ours"};
static const char *const place_words[] = {"there", "missing", "replaced", "used"};
static const char *const set_words[] = {"set",
                                        "recorded set",
                                        "labelled set",
                                        "plain",
                                        "plain so far",
                                        "fresh",
                                        "fresh after the living set",
                                        "fresh after the set that was made again"};
static const char *const policy_words[] = {
    [REBIND_STATEFUL] = "stateful", [REBIND_ALL] = "all", [REBIND_NONE] = "none"};
static const char *const pattern_words[] = {"", ", pattern to it", ", pattern to another"};

/* Caller frees. */
UNUSED_IS_FINE static char *situation_words(const struct situation *situation)
{
    return memory_format("record: %s, volume: %s, directory: %s, %s, rebind %s%s%s",
                         records_words[situation->records], object_words[situation->object],
                         place_words[situation->place], set_words[situation->set],
                         policy_words[situation->policy], situation->adopts ? ", adopts" : "",
                         pattern_words[situation->pattern]);
}

/* The set's own labels and UID are noted at the volume. */
UNUSED_IS_FINE static bool situation_is_noted(const struct situation *situation)
{
    return situation->set == SET_LABELLED || situation->set == FRESH_LIVING ||
           situation->set == FRESH_AGAIN;
}

UNUSED_IS_FINE static bool situation_is_reserved(const struct situation *situation)
{
    return situation->records == RESERVED || situation->records == RESERVED_OF_TWO;
}

/* --- the objects --- */

static struct record *record_of_set(const struct situation *situation, const char *changes)
{
    json_auto_t *object = object_from(changes);
    if (situation->set == PLAIN || situation->set == PLAIN_SO_FAR || situation->set == SET_LABELLED)
        json_object_set_new(object, "statefulSet", json_null());
    autofree char *text = json_dumps(object, 0);
    return record_with(text);
}

static struct record *situation_record(const struct situation *situation)
{
    static const char *const changes[] = {
        [EARLIER] = "{'namespace': {'uid': 'ns-0'}}",
        [CLUSTER_GONE] = "{'cluster': 'there'}",
        [CLUSTER_ALIVE] = "{'cluster': 'there'}",
        [OTHER_CLASS] = "{'class': 'fast'}",
        [OWN] = "{'claim': {'uid': 'uid-2'}}",
        [SUPERSEDED] = "{'state': 'superseded'}",
        [RESERVED] = "{'claim': {'uid': ''}}",
        [RESERVED_OF_TWO] = "{'claim': {'uid': ''}}",
        [MAKING] = "{'state': 'making'}",
        [MAKING_ELSEWHERE] = "{'state': 'making', 'namespace': {'uid': 'ns-0'}}",
        [TAKING] = "{'state': 'taking'}",
        [MOVING] = "{'state': 'moving'}",
        [ARCHIVING] = "{'state': 'archiving'}",
        [ARCHIVED] = "{'state': 'archived'}",
        [RESTORING] = "{'state': 'restoring'}",
        [REMOVING] = "{'state': 'removing'}",
        [CLONING] = "{'state': 'cloning'}",
    };
    if (situation->records == NO_RECORD || situation->records == NOT_UNDERSTOOD)
        return NULL;
    const char *change = changes[situation->records];
    return record_of_set(situation, change ? change : "{}");
}

static struct volume *volume_of_set(const struct situation *situation, const char *changes)
{
    static const char labels[] = "{'mooring/stateful-set': 'web', 'mooring/ordinal': '0',"
                                 " 'mooring/claim-template': 'data'}";
    json_auto_t *object = object_with("{'metadata': {}}", changes ? changes : "{}");
    json_t *metadata = json_object_get(object, "metadata");
    if (situation_is_noted(situation))
        json_object_set_new(metadata, "labels", object_from(labels));
    if (situation_is_noted(situation) && !json_object_get(metadata, "annotations"))
        json_object_set_new(metadata, "annotations", json_object());
    json_object_set_new(json_object_get(metadata, "annotations"), "mooring/stateful-set-uid",
                        json_string("s-1"));
    autofree char *text = json_dumps(object, 0);
    return volume_with(text);
}

static struct volume *situation_volume(const struct situation *situation)
{
    static const char *const changes[] = {
        [RELEASED] = "{'status': {'phase': 'Released'}}",
        [TERMINATING] = "{'metadata': {'deletionTimestamp': '2026-01-03T00:00:00Z'}}",
        [BY_HAND] = "{'spec': {'claimRef': {'uid': 'uid-2'}}}",
        [OTHER_CLAIM] = "{'spec': {'claimRef': {'name': 'other', 'uid': 'uid-9'}}}",
        [OTHER_UID] = "{'spec': {'claimRef': {'uid': 'uid-7'}}}",
        [NO_UID] = "{'spec': {'claimRef': {'uid': null}}}",
        [NO_CLAIM] = "{'spec': {'claimRef': null}}",
        [ELSEWHERE] = "{'spec': {'nfs': {'path': '/export/d-9'}}}",
        [MOVED] = "{'spec': {'nfs': {'server': 'old.example', 'path': '/old/d-1'}}}",
        [CONTRADICTED] = "{'status': {'phase': 'Released'}}",
        [NOT_OURS] = "{'metadata': {'annotations': {'pv.kubernetes.io/provisioned-by': 'x/nfs'}}}",
    };
    const char *before = situation_is_reserved(situation) ? "reserved" : "uid-1";
    if (situation->object == GONE)
        return NULL;
    if (situation->object != GIVEN)
        return volume_of_set(situation, changes[situation->object]);
    autofree char *given = memory_format(
        "{'metadata': {'annotations': {'mooring/claim': 'uid-2', 'mooring/previous-claim': '%s'}},"
        " 'spec': {'claimRef': {'uid': 'uid-2'}}}",
        before);
    return volume_of_set(situation, given);
}

/* --- the question --- */

enum { CANDIDATES_MAX = 2 };

struct question {
    struct claim *claim;
    struct address *address;
    struct candidate candidates[CANDIDATES_MAX];
    size_t count;
    struct rebind_request request;
};

static void question_add(struct question *question, struct record *take_record,
                         struct volume *take_volume)
{
    question->candidates[question->count++] =
        (struct candidate){.record = take_record, .volume = take_volume};
}

/* End with question_end. What does not change the objects is set by question_vary. */
UNUSED_IS_FINE static void question_begin(struct question *question,
                                          const struct situation *situation)
{
    struct error err;
    struct record *record = situation_record(situation);
    struct volume *volume = situation_volume(situation);
    *question = (struct question){
        .claim = mooring_claim_with("{'metadata': {'uid': 'uid-2'}, 'spec': {'volumeName': null}}"),
        .address = address_new("server.example", "/export", 3, 0, 0, &err),
    };
    require(question->address);
    if (record || volume)
        question_add(question, record, volume);
    if (situation->records == TWO || situation->records == RESERVED_OF_TWO)
        question_add(question, record_of_set(situation, "{'volume': 'pvc-2', 'directory': 'd-2'}"),
                     NULL);
}

UNUSED_IS_FINE static void question_vary(struct question *question,
                                         const struct situation *situation)
{
    static char *our_name[] = {"mooring/nfs"};
    static const struct provisioner_names our_names = {our_name, 1};
    if (question->count) {
        struct candidate *first = &question->candidates[0];
        first->directory = situation->place == MISSING    ? DIRECTORY_MISSING
                           : situation->place == REPLACED ? DIRECTORY_REPLACED
                                                          : DIRECTORY_THERE;
        first->user = situation->place == USED ? "pvc-8" : NULL;
        first->is_elsewhere = situation->object == CONTRADICTED;
        first->is_cluster_alive = situation->records == CLUSTER_ALIVE;
    }
    question->request = (struct rebind_request){
        .names = &our_names,
        .claim = question->claim,
        .cluster = "here",
        .namespace_uid = "ns-1",
        .address = question->address,
        .has_own_export = true,
        .policy = situation->policy,
        .may_adopt = situation->adopts,
        .is_stateful = situation->set == SET || situation->set >= FRESH,
        .may_be_stateful = situation->set == PLAIN_SO_FAR,
        .discards_when_scaled = situation->set == FRESH,
        .discards_when_deleted = situation->set >= FRESH,
        .set_uid = situation->set == FRESH_AGAIN ? "s-2" : "s-1",
        .has_pattern = situation->pattern != NO_PATTERN,
        .directory = situation->pattern == LEADS_THERE       ? "d-1"
                     : situation->pattern == LEADS_ELSEWHERE ? "d-7"
                                                             : NULL,
        .problem = situation->records == NOT_UNDERSTOOD ? "a newer one wrote it" : NULL,
    };
}

UNUSED_IS_FINE static void question_end(struct question *question)
{
    for (size_t i = 0; i < question->count; i++) {
        volume_release(question->candidates[i].volume);
        record_release(question->candidates[i].record);
    }
    address_free(question->address);
    claim_release(question->claim);
}

/* --- the answer --- */

struct answer {
    enum rebind_decision decision;
    bool is_first; /* the first candidate is the chosen one */
    char *others;  /* what is left to the log; NULL: nothing */
    struct error err;
};

UNUSED_IS_FINE static void answer_clear(struct answer *answer)
{
    free(answer->others);
}

/* Clear with answer_clear. */
UNUSED_IS_FINE static struct answer question_ask(const struct question *question)
{
    struct answer answer = {0};
    struct rebind_answer given;
    answer.decision = rebind_decide(&question->request, question->candidates, question->count,
                                    &given, &answer.err);
    answer.is_first = given.chosen && given.chosen == &question->candidates[0];
    answer.others = given.others;
    return answer;
}

#define DECISION_WORD(decision)                                                                    \
    ((decision) == REBIND_NEW_DIRECTORY   ? "a new directory"                                      \
     : (decision) == REBIND_GIVE_BACK     ? "given back"                                           \
     : (decision) == REBIND_FINISH_MAKING ? "finished"                                             \
     : (decision) == REBIND_READ_SETS     ? "sets are read"                                        \
                                          : "held")
