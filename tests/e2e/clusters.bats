#!/usr/bin/env bats
# Two clusters on one export, and a cluster that is rebuilt on the export of the one before.

bats_require_minimum_version 1.5.0
load lib.bash

setup() {
    needs_own_machine "brings up a second cluster"
    export_can_be_shared || skip "the export's folder is in memory here, and cannot be shared with a second cluster"
    "$E2E/cluster" second 3>&-
    use_new_namespace
    in_second_cluster kubectl create namespace "$NAMESPACE"
}

undo() {
    in_second_cluster remove_what_was_made
}

@test "the same namespaces, sets and claims in two clusters on one export: neither touches what is the other's" {
    apply_set web 2 management=Parallel
    eventually pods_are_ready web 2
    fill web 2
    ours=$(directories)

    in_second_cluster apply_set web 2 management=Parallel
    in_second_cluster eventually pods_are_ready web 2
    [ "$(directories | wc -l)" -eq 4 ]
    run ! grep -xF "$(in_second_cluster directory_of data-web-0)" <<<"$ours"
    run ! grep -xF "$(in_second_cluster directory_of data-web-1)" <<<"$ours"
    [ -z "$(in_second_cluster kubectl exec web-0 -- ls -A /var/data)" ]

    # Each gets its own directories back.
    for cluster in "" in_second_cluster; do
        $cluster delete_set web
        $cluster delete_claims web 2
        $cluster apply_set web 2 management=Parallel
    done
    in_second_cluster eventually pods_are_ready web 2
    eventually pods_are_ready web 2
    has_its_files web 2
    [ "$(directories | wc -l)" -eq 4 ]
}

@test "a cluster rebuilt on the export starts afresh, and with adopt: always finds its data" {
    class adopting 'parameters: {adopt: always}'
    in_second_cluster class adopting 'parameters: {adopt: always}'
    apply_set web 2 management=Parallel class="$NAMESPACE-adopting"
    apply_set plain 1 selector='{no: where}'
    eventually pods_are_ready web 2
    eventually is_bound data-plain-0
    fill web 2
    before=$(directories)
    # The first cluster is lost. The second one has only the export and the manifests, and mooring begins there now.
    stop_writing
    in_second_cluster change_leader
    in_second_cluster apply_set web 2 management=Parallel class="$NAMESPACE-adopting"
    in_second_cluster apply_set plain 1 selector='{no: where}'
    in_second_cluster eventually pods_are_ready web 2
    in_second_cluster eventually is_bound data-plain-0
    in_second_cluster has_its_files web 2
    [ "$(directories | wc -l)" -eq 4 ]
    grep -qxF "$(in_second_cluster directory_of data-web-1)" <<<"$before"
    run ! grep -qxF "$(in_second_cluster directory_of data-plain-0)" <<<"$before"
}

stop_writing() {
    delete_set web
    delete_set plain
}

# Until its next leader begins, a cluster does not know what others record: README, Limits.
@test "a pathPattern that leads to what another cluster had recorded when the leader began is refused" {
    for cluster in "" in_second_cluster; do
        # shellcheck disable=SC2016 # mooring expands it
        $cluster class pattern 'parameters: {pathPattern: "${.PVC.namespace}-${.PVC.name}"}'
    done
    claim data class="$NAMESPACE-pattern"
    eventually is_bound data
    on_export sh -c "echo precious >$EXPORT/$NAMESPACE-data/file"
    in_second_cluster change_leader
    in_second_cluster claim data class="$NAMESPACE-pattern"
    in_second_cluster eventually describe_shows pvc data ProvisioningFailed "another c"
}
