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
    [[ -z ${is_stopped-} ]] || start_mooring
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

# The sign of life that a cluster gives every minute.
sign_of_this_cluster() {
    echo "$EXPORT/.mooring/clusters/$(get namespace kube-system .metadata.uid)"
}

@test "a cluster rebuilt on the export starts afresh, and with adopt: always finds its data when the old one is gone" {
    class adopting 'parameters: {adopt: always}'
    in_second_cluster class adopting 'parameters: {adopt: always}'
    apply_set web 2 management=Parallel class="$NAMESPACE-adopting"
    apply_set plain 1 selector='{no: where}'
    eventually pods_are_ready web 2
    eventually is_bound data-plain-0
    fill web 2
    before=$(directories)
    # The first cluster is lost. The second one has only the export and the manifests.
    delete_set web
    is_stopped=1
    stop_mooring
    in_second_cluster apply_set web 2 management=Parallel class="$NAMESPACE-adopting"
    in_second_cluster apply_set plain 1 selector='{no: where}'
    in_second_cluster eventually is_bound data-plain-0
    run ! grep -qxF "$(in_second_cluster directory_of data-plain-0)" <<<"$before"
    # It was alive a moment ago. After five minutes, or when the administrator removes its last sign of life, it is gone.
    in_second_cluster eventually describe_shows pvc data-web-0 ProvisioningFailed "still uses the export"
    in_second_cluster is_pending data-web-0
    on_export rm "$(sign_of_this_cluster)"
    in_second_cluster eventually pods_are_ready web 2
    in_second_cluster has_its_files web 2
    [ "$(directories | wc -l)" -eq 4 ]
    grep -qxF "$(in_second_cluster directory_of data-web-1)" <<<"$before"
}

@test "while two clusters run, adopt: always takes nothing from the other one, also when its claim is gone" {
    class adopting 'parameters: {adopt: always, rebind: all}'
    in_second_cluster class adopting 'parameters: {adopt: always, rebind: all}'
    claim data class="$NAMESPACE-adopting"
    eventually is_bound data
    directory=$(directory_of data)
    on_export test -e "$(sign_of_this_cluster)"
    in_second_cluster claim data class="$NAMESPACE-adopting"
    in_second_cluster eventually describe_shows pvc data ProvisioningFailed "$directory" "still uses the export"
    kubectl delete pvc data
    in_second_cluster stays 5 is_pending data
    claim data class="$NAMESPACE-adopting"
    eventually is_bound data
    [ "$(directory_of data)" = "$directory" ]
    [ "$(directories)" = "$directory" ]
}

@test "a pathPattern that leads to what another cluster has is refused, while both run" {
    for cluster in "" in_second_cluster; do
        # shellcheck disable=SC2016 # mooring expands it
        $cluster class pattern 'parameters: {pathPattern: "${.PVC.namespace}-${.PVC.name}"}'
    done
    claim data class="$NAMESPACE-pattern"
    eventually is_bound data
    on_export sh -c "echo precious >$EXPORT/$NAMESPACE-data/file"
    in_second_cluster claim data class="$NAMESPACE-pattern"
    in_second_cluster eventually describe_shows pvc data ProvisioningFailed "which this claim does not get"
    # Also when no claim and no volume of the first cluster has the directory any more.
    volume=$(volume_of data)
    kubectl delete pvc data
    kubectl delete pv "$volume"
    in_second_cluster stays 5 is_pending data
    [ "$(on_export cat "$EXPORT/$NAMESPACE-data/file")" = precious ]
}

@test "of two clusters that ask for the same directories at once, each gets those that the other one is refused" {
    for cluster in "" in_second_cluster; do
        # shellcheck disable=SC2016 # mooring expands it
        $cluster class pattern 'parameters: {pathPattern: "${.PVC.namespace}-${.PVC.name}"}'
    done
    local number
    for number in {1..10}; do
        claim_yaml "data-$number" class="$NAMESPACE-pattern"
    done >"$BATS_TEST_TMPDIR/claims"
    kubectl apply -f - <"$BATS_TEST_TMPDIR/claims" >/dev/null &
    in_second_cluster kubectl apply -f - <"$BATS_TEST_TMPDIR/claims" >/dev/null
    wait $!
    for number in {1..10}; do
        eventually one_is_bound_and_one_refused "data-$number"
    done
    stays 3 each_directory_has_one_volume
}

one_is_bound_and_one_refused() {
    if is_bound "$1"; then
        in_second_cluster is_pending "$1" &&
            in_second_cluster describe_shows pvc "$1" ProvisioningFailed "which this claim does not get"
    else
        in_second_cluster is_bound "$1" && describe_shows pvc "$1" ProvisioningFailed "which this claim does not get"
    fi
}

each_directory_has_one_volume() {
    [[ $({ volumes && in_second_cluster volumes; } | awk '{ print $3 }' | sort) == "$(directories | sort)" ]]
}
