#!/usr/bin/env bats
# What is said while a set is rolled, and that every ordinal keeps its directory. Two Pods of one identity.

bats_require_minimum_version 1.5.0
load lib.bash

# An applied set of REPLICAS with files in each.
a_set_with_files() {
    apply_set web "$@"
    eventually pods_are_ready web "$1"
    fill web "$1"
    remember
}

remember() {
    directories_before=$(directories)
    volumes_before=$(volumes)
    versions_before=$(versions)
    traces_before=$(traces)
}

same_directories() {
    [ "$(directories)" = "$directories_before" ]
    [ "$(volumes)" = "$volumes_before" ]
}

# Neither a claim, nor a volume, nor anything on the export was written to.
nothing_was_written() {
    same_directories
    [ "$(versions)" = "$versions_before" ]
    [ "$(traces)" = "$traces_before" ]
}

versions() {
    kubectl get pvc --output 'jsonpath={range .items[*]}{.metadata.name}{" "}{.metadata.resourceVersion}{"\n"}{end}'
    for volume in $(volumes | cut -d' ' -f2); do
        get pv "$volume" .metadata.resourceVersion
    done
}

update_to() {
    kubectl set image statefulset/web "main=$1"
}

# is_rolled IMAGE COUNT ORDINAL...: that many Pods are ready, and those of the ordinals have that image.
is_rolled() {
    local image=$1 count=$2 ordinal
    for ordinal in "${@:3}"; do
        [[ $(get pod "web-$ordinal" '.spec.containers[0].image') == "$image" ]] || return 1
    done
    pods_are_ready web "$count"
}

# The ordinals that were said to keep their directory, in the order in which it was said first.
kept() {
    kubectl get events --field-selector involvedObject.kind=StatefulSet,reason=DirectoryKept --output \
        'jsonpath={range .items[*]}{.metadata.creationTimestamp}{" "}{.metadata.name}{" "}{.message}{"\n"}{end}' |
        sort | sed 's/.* ordinal \([0-9]*\):.*/\1/'
}

# kept_are ORDINAL...: these and no others, in this order.
kept_are() {
    [[ $(kept) == "$(printf '%s\n' "$@")" ]]
}

nothing_changed_hands() {
    [ -z "$(kubectl get events --field-selector reason=DirectoryChanged --output name)" ]
    [ -z "$(kubectl get events --field-selector reason=TwoPossibleWriters --output name)" ]
}

@test "a rolling update goes from the highest ordinal to the lowest, and each keeps its directory" {
    a_set_with_files 3
    update_to "$UPDATE"
    eventually is_rolled "$UPDATE" 3 0 1 2
    eventually kept_are 2 1 0
    revision=$(get statefulset web .status.updateRevision)
    says statefulset web "ordinal 1: Pod web-1 (revision $revision) has directory" "$(directory_of data-web-1) as before"
    has_its_files web 3
    nothing_was_written
    nothing_changed_hands
}

@test "with a partition only the ordinals from there on are replaced, and only of them it is said" {
    a_set_with_files 3 strategy='{type: RollingUpdate, rollingUpdate: {partition: 2}}'
    update_to "$UPDATE"
    eventually is_rolled "$UPDATE" 3 2
    eventually kept_are 2
    # shellcheck disable=SC2153 # lib.bash has it
    stays 3 is_rolled "$IMAGE" 3 0 1
    kept_are 2
    has_its_files web 3
    nothing_was_written
}

@test "with OnDelete it is said of each Pod that its user deletes" {
    a_set_with_files 2 strategy='{type: OnDelete}'
    update_to "$UPDATE"
    stays 2 is_rolled "$IMAGE" 2 0 1
    kubectl delete pod web-0
    eventually is_rolled "$UPDATE" 2 0
    eventually kept_are 0
    is_rolled "$IMAGE" 2 1
    has_its_files web 2
    nothing_was_written
}

@test "an update that is taken back leaves every directory where it was" {
    a_set_with_files 2
    update_to "$UPDATE"
    eventually is_rolled "$UPDATE" 2 0 1
    eventually kept_are 1 0
    kubectl rollout undo statefulset/web
    eventually is_rolled "$IMAGE" 2 0 1
    eventually is_said_again
    has_its_files web 2
    nothing_was_written
    nothing_changed_hands
}

is_said_again() {
    local counts
    counts=$(kubectl get events --field-selector reason=DirectoryKept --output 'jsonpath={.items[*].count}')
    [[ $counts == "2 2" ]]
}

@test "a set that is managed in parallel keeps its directories as well" {
    a_set_with_files 3 management=Parallel
    update_to "$UPDATE"
    eventually is_rolled "$UPDATE" 3 0 1 2
    eventually kept_are 2 1 0
    has_its_files web 3
    nothing_was_written
    nothing_changed_hands
}

@test "a rollout that is stuck on a broken image and then repaired keeps every directory" {
    a_set_with_files 2
    update_to registry.local/no-such-image:1
    eventually is_failing web-1
    stays 2 is_rolled "$IMAGE" 1 0
    update_to "$UPDATE"
    stays 2 is_failing web-1 # Kubernetes waits for it, and will for ever
    kubectl delete pod web-1
    eventually is_rolled "$UPDATE" 2 0 1
    eventually kept_are 1 0
    has_its_files web 2
    nothing_was_written
    nothing_changed_hands
}

is_failing() {
    [[ $(get pod "$1" '.status.containerStatuses[0].state.waiting.reason') == *ImagePull* ]]
}

@test "a claim that is deleted in the middle of a rollout comes back with the new Pod to the same directory" {
    a_set_with_files 2
    old=$(get pvc data-web-1 .metadata.uid)
    kubectl delete pvc data-web-1 --wait=false
    update_to "$UPDATE"
    within "$PATIENCE" is_new_or_gone data-web-1 "$old"
    # Kubernetes before v1.27 may make the Pod before the claim is gone, and then nothing makes the claim again.
    exists pvc data-web-1 || kubectl delete pod web-1
    eventually is_rolled "$UPDATE" 2 0 1
    [ "$(get pvc data-web-1 .metadata.uid)" != "$old" ]
    eventually kept_are 1 0
    has_its_files web 2
    same_directories
    nothing_changed_hands
}

is_new_or_gone() {
    local uid
    uid=$(kubectl get pvc "$1" --ignore-not-found --output 'jsonpath={.metadata.uid}') && [[ $uid != "$2" ]]
}

# --- nodes ---

# a_node NAME True|Unknown: one that nothing runs on, made by hand, and what it says of itself.
a_node() {
    local status=$2
    exists node "$1" 2>/dev/null || kubectl apply -f - <<YAML
{apiVersion: v1, kind: Node, metadata: {name: $1, labels: {e2e: "$NAMESPACE"}}}
YAML
    kubectl replace --raw "/api/v1/nodes/$1/status" -f - <<JSON
{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "$1", "labels": {"e2e": "$NAMESPACE"}},
 "status": {"allocatable": {"cpu": "4", "memory": "4Gi", "pods": "10"},
            "capacity": {"cpu": "4", "memory": "4Gi", "pods": "10"},
            "conditions": [{"type": "Ready", "status": "$status", "reason": "ByHand", "message": "",
                            "lastHeartbeatTime": "$(date -u +%FT%TZ)", "lastTransitionTime": "$(date -u +%FT%TZ)"}]}}
JSON
}

real_node() {
    kubectl get node --selector '!e2e' --output 'jsonpath={.items[0].metadata.name}'
}

# runs_on POD NODE
runs_on() {
    [[ $(get pod "$1" .spec.nodeName) == "$2" ]]
}

# A set whose only Pod is on a node of our own, and mooring has seen it there.
a_pod_on() {
    # shellcheck disable=SC2317 # teardown calls it
    put_right() {
        kubectl uncordon "$(real_node)"
        kubectl delete node --selector "e2e=$NAMESPACE"
    }
    a_node "$1" True
    kubectl cordon "$(real_node)"
    apply_set web 1
    eventually runs_on web-0 "$1"
    sleep 3
    kubectl cordon "$1"
    kubectl uncordon "$(real_node)"
}

warnings() {
    kubectl get events --field-selector reason=TwoPossibleWriters \
        --output 'jsonpath={range .items[*]}{.involvedObject.kind} {.count}{"\n"}{end}' | sort
}

warned_once_each() {
    [[ $(warnings) == "$(printf '%s\n' 'PersistentVolumeClaim 1' 'Pod 1')" ]]
}

@test "a Pod that is removed by force from a lost node: Pod and claim are told once that two may write" {
    needs_own_machine "makes nodes"
    before=$(metric mooring_possible_double_writers_total)
    lost=lost-$NAMESPACE
    a_pod_on "$lost"
    a_node "$lost" Unknown
    kubectl delete pod web-0 --grace-period=0 --force
    eventually pods_are_ready web 1
    runs_on web-0 "$(real_node)"
    eventually warned_once_each
    says pod web-0 "node $lost, which is not Ready" "power that node off or fence it"
    says pvc data-web-0 "node $lost, which is not Ready"
    [ "$(metric mooring_possible_double_writers_total)" -eq $((before + 1)) ]
    stays 3 warned_once_each
}

@test "a Pod whose node is deleted leaves the same warning" {
    needs_own_machine "makes nodes"
    gone=gone-$NAMESPACE
    a_pod_on "$gone"
    kubectl delete node "$gone"
    kubectl delete pod web-0 --grace-period=0 --force --ignore-not-found
    eventually pods_are_ready web 1
    eventually warned_once_each
    says pod web-0 "node $gone, which is gone from the API"
}

@test "a Pod that ends in the ordinary way and comes up on another node is no reason for a warning" {
    needs_own_machine "makes nodes"
    put_right() {
        kubectl delete node --selector "e2e=$NAMESPACE"
        kubectl uncordon "$(real_node)"
    }
    set_yaml web 1 | sed 's/terminationGracePeriodSeconds: 0/terminationGracePeriodSeconds: 1/' | kubectl apply -f -
    eventually pods_are_ready web 1
    sleep 2
    other=other-$NAMESPACE
    a_node "$other" True
    kubectl cordon "$(real_node)"
    kubectl delete pod web-0
    eventually runs_on web-0 "$other"
    sleep 3
    [ -z "$(warnings)" ]
}
