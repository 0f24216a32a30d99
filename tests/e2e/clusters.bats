#!/usr/bin/env bats
# Two clusters on one export, and a cluster that is rebuilt on the export of the one before.

bats_require_minimum_version 1.5.0
load lib.bash

setup() {
    needs_own_machine "brings up a second cluster"
    export_can_be_shared || skip "the export's folder is in memory here, and cannot be shared with a second cluster"
    "$E2E/cluster" another 3>&-
    begin
    in_another kubectl create namespace "$NAMESPACE"
}

put_right() {
    in_another remove_what_was_made
}

@test "the same namespaces, sets and claims in two clusters on one export: neither touches what is the other's" {
    apply_set web 2 management=Parallel
    eventually pods_are_ready web 2
    fill web 2
    ours=$(directories)

    in_another apply_set web 2 management=Parallel
    in_another eventually pods_are_ready web 2
    [ "$(directories | wc -l)" -eq 4 ]
    run ! grep -xF "$(in_another directory_of data-web-0)" <<<"$ours"
    run ! grep -xF "$(in_another directory_of data-web-1)" <<<"$ours"
    [ -z "$(in_another kubectl exec web-0 -- ls -A /var/data)" ]

    # Each comes back to its own.
    for cluster in "" in_another; do
        $cluster delete_set web
        $cluster delete_claims web 2
        $cluster apply_set web 2 management=Parallel
    done
    in_another eventually pods_are_ready web 2
    eventually pods_are_ready web 2
    has_its_files web 2
    [ "$(directories | wc -l)" -eq 4 ]
}

@test "a cluster rebuilt on the export starts afresh, and with adopt: always finds its data" {
    class adopting 'parameters: {adopt: always}'
    in_another class adopting 'parameters: {adopt: always}'
    apply_set web 2 management=Parallel class="$NAMESPACE-adopting"
    apply_set plain 1 selector='{no: where}'
    eventually pods_are_ready web 2
    eventually is_bound data-plain-0
    fill web 2
    before=$(directories)
    # The first cluster is lost; the second one knows nothing but the export and the manifests.
    stop_writing
    in_another change_leader
    in_another apply_set web 2 management=Parallel class="$NAMESPACE-adopting"
    in_another apply_set plain 1 selector='{no: where}'
    in_another eventually pods_are_ready web 2
    in_another eventually is_bound data-plain-0
    in_another has_its_files web 2
    [ "$(directories | wc -l)" -eq 4 ]
    grep -qxF "$(in_another directory_of data-web-1)" <<<"$before"
    run ! grep -qxF "$(in_another directory_of data-plain-0)" <<<"$before"
}

stop_writing() {
    delete_set web
    delete_set plain
}

@test "a pathPattern that gives two clusters one directory is refused by the second" {
    for cluster in "" in_another; do
        # shellcheck disable=SC2016 # mooring expands it
        $cluster class pattern 'parameters: {pathPattern: "${.PVC.namespace}-${.PVC.name}"}'
    done
    claim data class="$NAMESPACE-pattern"
    eventually is_bound data
    on_export sh -c "echo precious >$EXPORT/$NAMESPACE-data/file"
    in_another change_leader
    in_another claim data class="$NAMESPACE-pattern"
    in_another eventually says pvc data ProvisioningFailed "another c"
}
