#!/usr/bin/env bats
# A StatefulSet is updated: every ordinal keeps its directory, and mooring only watches.

bats_require_minimum_version 1.5.0
load lib.bash

setup() {
    begin
    apply_set web 3 management=Parallel
    eventually pods_are_ready web 3
    fill web 3
    before=$(objects)
    traces_before=$(traces)
    writes_before=$(writes)
}

# The namespace's claims and volumes as they are stored: any write to one changes its version.
objects() {
    kubectl get pvc,pv --output \
        'jsonpath={range .items[*]}{.metadata.namespace}{.spec.claimRef.namespace} {.metadata.name} {.metadata.resourceVersion}{"\n"}{end}' |
        grep "^$NAMESPACE "
}

# What the API server was asked to make or change of claims and volumes, by anybody.
writes() {
    kubectl get --raw /metrics | awk '
        /^apiserver_request_total/ && /resource="persistentvolume(claim)?s"/ && /subresource=""/ && /verb="(POST|PATCH)"/ { sum += $NF }
        END { print sum + 0 }'
}

# mooring wrote nothing, neither to the API nor to the export, and everybody has what is theirs.
all_as_it_was() {
    has_its_files web 3
    [ "$(objects)" = "$before" ]
    [ "$(traces)" = "$traces_before" ]
    [ "$(writes)" = "$writes_before" ] || needs_own_machine "others write here too"
}

# images IMAGE...: of the Pods 0, 1, 2.
images() {
    [[ $(kubectl get pod web-0 web-1 web-2 --output 'jsonpath={.items[*].spec.containers[0].image}') == "$*" ]]
}

updated_to() {
    images "$@" && pods_are_ready web 3
}

update() {
    apply_set web 3 management=Parallel image="$UPDATE" "$@"
}

@test "a rolling update goes from the highest ordinal to the lowest, and each keeps its directory" {
    update
    kubectl rollout status statefulset web --timeout="${PATIENCE}s"
    updated_to "$UPDATE" "$UPDATE" "$UPDATE"
    # The events of a Pod's start are in the order in which the Pods were replaced.
    started=$(kubectl get pod --selector app=web --sort-by=.status.startTime --output 'jsonpath={.items[*].metadata.name}')
    [ "$started" = "web-2 web-1 web-0" ]
    all_as_it_was
}

@test "an update with a partition stops there, and each keeps its directory" {
    update strategy='{type: RollingUpdate, rollingUpdate: {partition: 2}}'
    eventually updated_to "$IMAGE" "$IMAGE" "$UPDATE"
    stays 2 updated_to "$IMAGE" "$IMAGE" "$UPDATE"
    all_as_it_was
}

@test "with OnDelete each Pod is updated when it is deleted, and keeps its directory" {
    update strategy='{type: OnDelete}'
    kubectl delete pod web-1
    eventually updated_to "$IMAGE" "$UPDATE" "$IMAGE"
    all_as_it_was
}

@test "an update that is rolled back leaves each its directory" {
    update
    eventually updated_to "$UPDATE" "$UPDATE" "$UPDATE"
    kubectl rollout undo statefulset web
    eventually updated_to "$IMAGE" "$IMAGE" "$IMAGE"
    all_as_it_was
}

@test "an update that is stuck on a broken image and then repaired leaves each its directory" {
    update image=registry.local/broken:1
    eventually images "$IMAGE" "$IMAGE" registry.local/broken:1
    update
    # Kubernetes does not replace a Pod that never became ready: its user does.
    kubectl delete pod web-2
    eventually updated_to "$UPDATE" "$UPDATE" "$UPDATE"
    all_as_it_was
}

@test "a claim that is deleted in the middle of a rollout is bound to the same directory before its Pod starts" {
    update strategy='{type: RollingUpdate, rollingUpdate: {partition: 2}}'
    eventually updated_to "$IMAGE" "$IMAGE" "$UPDATE"
    old=$(get pvc data-web-1 .metadata.uid)
    kubectl delete pvc data-web-1 --wait=false
    update
    another() {
        [[ $(kubectl get pvc data-web-1 --ignore-not-found --output 'jsonpath={.metadata.uid}') != "$old" ]]
    }
    eventually another
    within 5 is_bound data-web-1 || kubectl delete pod web-1
    eventually updated_to "$UPDATE" "$UPDATE" "$UPDATE"
    [ "$(directories | wc -l)" -eq 3 ]
    [ "$(volumes | wc -l)" -eq 3 ]
    has_its_files web 3
}
