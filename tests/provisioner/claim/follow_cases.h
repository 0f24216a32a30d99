/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "provisioner/claim/follow_decision.h"
#include "tests/provisioner/claim_fixtures.h"

/*
 * What can be read about the volume pvc-1 with the directory d-1, whose claimRef names the claim
 * default/data-web-0 in the cluster "here". A case is one word of each of these.
 */

/* The volume's claimRef. */
enum reference {
    NAMES_UID,
    NAMES_NO_UID,
    NAMES_NO_CLAIM,
    REFERENCES_END,
};

/* The claim of that name, as it is now. */
enum binding {
    MUTUAL,          /* it has this UID, and names the volume */
    PENDING,         /* it has this UID, and names no volume yet */
    BOUND_ELSEWHERE, /* it has this UID, and names another volume */
    SUCCEEDED,       /* another UID has the name */
    CLAIM_GONE,
    BINDINGS_END,
};

/* The volume's record. */
enum record_state_of_volume {
    RIGHT,       /* of that claim, with that UID, in use */
    EARLIER_UID, /* of that claim, with the UID before */
    RESERVED_FOR_IT,
    OTHER_NAME, /* of another claim of the namespace */
    EARLIER_NAMESPACE,
    OTHER_NAMESPACE, /* of a claim of another one */
    OTHER_CLUSTER,
    WAS_SUPERSEDED, /* of that claim, with that UID, superseded */
    WAS_MOVING,
    WAS_TAKING,
    WAS_MAKING,
    WAS_ARCHIVED,
    NO_RECORD,
    UNREADABLE, /* none is understood, but a file may be one */
    RECORD_STATES_END,
};

struct state {
    enum reference reference;
    enum binding binding;
    enum record_state_of_volume record;
    bool is_noted; /* the volume says that we gave it, and which claim the record named then */
    bool is_released;
    bool is_deleting;
    bool has_no_class;
    bool has_no_directory;
    bool is_used;
    bool is_namespace_gone;
    bool is_namespace_newer; /* than the volume, or of unknown age */
    enum directory_ownership ownership;
    bool is_owner_foreign; /* DIRECTORY_OF_OWNER: another cluster's */
    const char *path;      /* of the volume; NULL: /export/d-1 */
};

#define BEFORE_THE_VOLUME 1000000000000000 /* 2001 */
#define AFTER_THE_VOLUME 2000000000000000  /* 2033 */

struct follow_question {
    struct volume *volume;
    struct claim *claim;
    struct record *record;
    struct storage_class *storage_class;
    struct claim_owner found_owner;
    struct follow_input input;
};

UNUSED_IS_FINE static struct record *record_of(const struct state *state)
{
    static const char *const changes[] = {
        [RIGHT] = "{}",
        [EARLIER_UID] = "{'claim': {'uid': 'uid-0'}}",
        [RESERVED_FOR_IT] = "{'claim': {'uid': ''}}",
        [OTHER_NAME] = "{'claim': {'name': 'other', 'uid': 'uid-0'}}",
        [EARLIER_NAMESPACE] = "{'namespace': {'uid': 'ns-0'}, 'claim': {'uid': 'uid-0'}}",
        [OTHER_NAMESPACE] =
            "{'namespace': {'name': 'there', 'uid': 'ns-9'}, 'claim': {'uid': 'uid-0'}}",
        [OTHER_CLUSTER] = "{'cluster': 'there', 'claim': {'uid': 'uid-0'}}",
        [WAS_SUPERSEDED] = "{'state': 'superseded'}",
        [WAS_MOVING] = "{'state': 'moving', 'claim': {'uid': 'uid-0'}}",
        [WAS_TAKING] = "{'state': 'taking'}",
        [WAS_MAKING] = "{'state': 'making'}",
        [WAS_ARCHIVED] = "{'state': 'archived'}",
        [NO_RECORD] = NULL,
        [UNREADABLE] = NULL,
    };
    return changes[state->record] ? record_with(changes[state->record]) : NULL;
}

UNUSED_IS_FINE static struct volume *volume_of(const struct state *state,
                                               const struct record *record)
{
    const char *uid = state->reference == NAMES_UID ? "uid-1" : NULL;
    const char *before = !record ? NULL : *record->claim_uid ? record->claim_uid : "reserved";
    const char *deleted = state->is_deleting ? "2026-01-03T00:00:00Z" : NULL;
    json_auto_t *object =
        volume_object(state->is_released ? "{'status': {'phase': 'Released'}}" : "{}");
    json_auto_t *changes =
        json_pack("{s:{s:s*, s:{s:s*, s:s*}}, s:{s:{s:s}}}", "metadata", "deletionTimestamp",
                  deleted, "annotations", "mooring/claim", state->is_noted ? uid : NULL,
                  "mooring/previous-claim", state->is_noted ? before : NULL, "spec", "nfs", "path",
                  state->path ? state->path : "/export/d-1");
    struct error err;
    CU_ASSERT_EQUAL_FATAL(json_object_update_recursive(object, changes), 0);
    json_t *spec = json_object_get(object, "spec");
    if (state->reference == NAMES_NO_CLAIM)
        json_object_del(spec, "claimRef");
    else if (!uid)
        json_object_del(json_object_get(spec, "claimRef"), "uid");
    struct volume *volume = volume_parse(object, &err);
    require(volume);
    return volume;
}

UNUSED_IS_FINE static struct claim *claim_of(const struct state *state)
{
    static const char *const changes[] = {
        [MUTUAL] = "{}",
        [PENDING] = "{'spec': {'volumeName': null}}",
        [BOUND_ELSEWHERE] = "{'spec': {'volumeName': 'pvc-9'}}",
        [SUCCEEDED] = "{'metadata': {'uid': 'uid-2'}, 'spec': {'volumeName': null}}",
        [CLAIM_GONE] = NULL,
    };
    const char *text = changes[state->binding];
    return text && state->reference != NAMES_NO_CLAIM ? mooring_claim_with(text) : NULL;
}

/* What does not change the objects. */
UNUSED_IS_FINE static void follow_question_vary(struct follow_question *question,
                                                const struct state *state)
{
    const struct record *record = question->record;
    const char *cluster = state->is_owner_foreign ? "there" : "here";
    question->found_owner = record ? record_owner(record)
                                   : (struct claim_owner){cluster, "default", "ns-0", "data-web-0"};
    bool has_owner = state->ownership == DIRECTORY_OF_OWNER;
    question->input = (struct follow_input){
        .volume = question->volume,
        .claim = question->claim,
        .address = state->has_no_class ? NULL : question->storage_class->address,
        .namespace_uid = state->is_namespace_gone ? NULL : "ns-1",
        .namespace_created_us = state->is_namespace_newer ? AFTER_THE_VOLUME : BEFORE_THE_VOLUME,
        .owner = {"here", "default", state->is_namespace_gone ? "" : "ns-1", "data-web-0"},
        .has_directory = !state->has_no_directory,
        .ownership = state->ownership,
        .found_owner = has_owner ? &question->found_owner : NULL,
        .record = record,
        .is_used = state->is_used,
        .problem = state->record == UNREADABLE ? "it is not whole" : NULL,
    };
}

/* Ends with follow_question_end. */
UNUSED_IS_FINE static void follow_question_begin(struct follow_question *question,
                                                 const struct state *state)
{
    struct record *record = record_of(state);
    *question = (struct follow_question){.volume = volume_of(state, record),
                                         .claim = claim_of(state),
                                         .record = record,
                                         .storage_class = storage_class_with("{}")};
    follow_question_vary(question, state);
}

UNUSED_IS_FINE static void follow_question_end(struct follow_question *question)
{
    volume_release(question->volume);
    claim_release(question->claim);
    record_release(question->record);
    storage_class_release(question->storage_class);
}
