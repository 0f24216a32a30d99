#!/usr/bin/env bats
# The promise: each part of a StatefulSet that is deleted and comes back gets its own directory and files.
# shellcheck disable=SC2154 # a_set_with_files sets directories_before and volumes_before

bats_require_minimum_version 1.5.0
load lib.bash

@test "each ordinal has a directory, and its volume tells which set, ordinal and template it is of" {
    a_set_with_files 2
    for ordinal in 0 1; do
        volume=$(volume_of "data-web-$ordinal")
        grep -qx "$NAMESPACE-data-web-$ordinal-$volume" <<<"$directories_before"
        [ "$(get pv "$volume" '.metadata.labels.mooring/stateful-set')" = web ]
        [ "$(get pv "$volume" '.metadata.labels.mooring/ordinal')" = "$ordinal" ]
        [ "$(get pv "$volume" '.metadata.labels.mooring/claim-template')" = data ]
    done
}

@test "a Pod that is deleted comes back to its files" {
    a_set_with_files 2
    kubectl delete pod web-1
    eventually pods_are_ready web 2
    has_its_files web 2
    same_directories
}

@test "a set that is deleted and applied again comes back to its files, and the export shows nothing new" {
    a_set_with_files 2
    delete_set web
    apply_set web 2
    eventually pods_are_ready web 2
    has_its_files web 2
    same_directories
}

@test "a set that is scaled to nothing and back, down and up, keeps what each ordinal had" {
    a_set_with_files 3 management=Parallel
    kubectl scale statefulset web --replicas=0
    eventually pods_are_gone web
    kubectl scale statefulset web --replicas=3
    eventually pods_are_ready web 3
    has_its_files web 3
    kubectl scale statefulset web --replicas=1
    eventually pods_are_ready web 1
    kubectl scale statefulset web --replicas=3
    eventually pods_are_ready web 3
    has_its_files web 3
    same_directories
}

@test "claims that are deleted with their set and applied again get back the volumes they had" {
    a_set_with_files 3 management=Parallel
    delete_set web
    delete_claims web 3
    [ "$(directories)" = "$directories_before" ]
    apply_set web 3 management=Parallel
    eventually pods_are_ready web 3
    has_its_files web 3
    same_directories
    eventually describe_shows pvc data-web-2 VolumeRebound "directory $(directory_of data-web-2)"
    [ "$(get pv "$(volume_of data-web-2)" .spec.claimRef.uid)" = "$(get pvc data-web-2 .metadata.uid)" ]
}

# Operators do that, and manifests in the order of their names.
@test "claims that are made before their set, and again before it, get back the volumes they had" {
    for _ in 1 2; do
        claim data-web-0 modes='[ReadWriteOnce]'
        claim data-web-1 modes='[ReadWriteOnce]'
        eventually is_bound data-web-0 data-web-1
        [ "$(directories | wc -l)" -eq 2 ]
        apply_set web 2 selector='{no: where}'
        eventually says_its_set data-web-0
        eventually says_its_set data-web-1
        delete_set web
        delete_claims web 2
    done
}

says_its_set() {
    on_export grep -q '"statefulSet"' "$(record_of "$(volume_of "$1")")"
}

@test "a claim that was scaled away and deleted gets back its volume when the set grows again" {
    a_set_with_files 2
    kubectl scale statefulset web --replicas=1
    eventually is_gone pod web-1
    kubectl delete pvc data-web-1
    kubectl scale statefulset web --replicas=2
    eventually pods_are_ready web 2
    has_its_files web 2
    same_directories
}

@test "a claim that is deleted while its Pod runs goes with the Pod and comes back with it" {
    a_set_with_files 2
    old=$(get pvc data-web-1 .metadata.uid)
    kubectl delete pvc data-web-1 --wait=false
    [ -n "$(get pvc data-web-1 .metadata.deletionTimestamp)" ]
    has_its_files web 2
    comes_back_with_its_pod "$old"
    has_its_files web 2
    same_directories
}

# comes_back_with_its_pod UID: delete the Pod, and wait until the claim UID of web-1 is replaced. The set's controller may
# make the new Pod while the old claim exists. Then no claim is made for it until the Pod is deleted once more.
comes_back_with_its_pod() {
    kubectl delete pod web-1
    eventually is_another_than "$1"
    within 5 is_bound data-web-1 || kubectl delete pod web-1
    eventually pods_are_ready web 2
    is_another_than "$1"
}

is_another_than() {
    [[ $(kubectl get pvc data-web-1 --ignore-not-found --output 'jsonpath={.metadata.uid}') != "$1" ]]
}

@test "a claim that comes back larger and with another access mode gets the same volume, made to fit" {
    a_set_with_files 1
    volume=$(volume_of data-web-0)
    delete_set web
    kubectl delete pvc data-web-0
    apply_set web 1 request=7Mi modes='[ReadWriteMany, ReadOnlyMany]'
    eventually pods_are_ready web 1
    has_its_files web 1
    same_directories
    [ "$(get pv "$volume" .spec.capacity.storage)" = 7Mi ]
    [ "$(get pv "$volume" .spec.accessModes | tr -d '[]"' | tr , '\n' | sort)" = $'ReadOnlyMany\nReadWriteMany' ]
    [ "$(get pvc data-web-0 .status.capacity.storage)" = 7Mi ]
}

@test "a claim that comes back smaller keeps what its volume had" {
    a_set_with_files 1 request=5Mi
    delete_set web
    kubectl delete pvc data-web-0
    apply_set web 1 request=2Mi
    eventually pods_are_ready web 1
    same_directories
    [ "$(get pv "$(volume_of data-web-0)" .spec.capacity.storage)" = 5Mi ]
}

@test "claims and volume objects that are all deleted come back from the records on the export" {
    a_set_with_files 2 management=Parallel
    delete_set web
    delete_claims web 2
    # shellcheck disable=SC2046 # one word per volume
    kubectl delete pv $(awk '{ print $2 }' <<<"$volumes_before")
    [ "$(directories)" = "$directories_before" ]
    apply_set web 2 management=Parallel
    eventually pods_are_ready web 2
    has_its_files web 2
    same_directories
}

@test "a bound volume object that is lost is made again under the same name" {
    a_set_with_files 1
    volume=$(volume_of data-web-0)
    kubectl scale statefulset web --replicas=0
    eventually pods_are_gone web
    kubectl delete pv "$volume" --wait=false
    kubectl patch pv "$volume" --type=json --patch '[{"op": "remove", "path": "/metadata/finalizers"}]'
    eventually exists pv "$volume"
    eventually is_bound data-web-0
    eventually describe_shows pvc data-web-0 VolumeRestored
    kubectl scale statefulset web --replicas=1
    eventually pods_are_ready web 1
    has_its_files web 1
    same_directories
}

@test "claims that come back while mooring is away are served when it is back" {
    needs_own_mooring "stops mooring"
    undo() { # called below, and when the test fails
        start_mooring
    }
    a_set_with_files 2 management=Parallel
    stop_mooring
    delete_set web
    delete_claims web 2
    apply_set web 2 management=Parallel
    stays 2 is_pending data-web-0
    undo
    eventually pods_are_ready web 2
    has_its_files web 2
    same_directories
}

@test "claims that come back while only a standby is there are served when it leads" {
    needs_own_mooring "holds mooring's lease"
    a_set_with_files 2 management=Parallel
    kubectl --namespace mooring patch lease mooring-nfs --patch \
        "{\"spec\": {\"holderIdentity\": \"test_1\", \"renewTime\": \"$(date --utc +%Y-%m-%dT%H:%M:%S.000000Z)\", \"leaseDurationSeconds\": 15}}"
    delete_set web
    delete_claims web 2
    apply_set web 2 management=Parallel
    within 30 pods_are_ready web 2
    has_its_files web 2
    same_directories
}

@test "a set whose ordinals start at another number keeps the directory of each" {
    needs_kubernetes 1.27 "ordinals.start"
    apply_set web 2 more='ordinals: {start: 5}'
    eventually pods_are_ready web 2
    remember
    [ "$(awk '{ print $1 }' <<<"$volumes_before" | xargs)" = "data-web-5 data-web-6" ]
    [ "$(get pv "$(volume_of data-web-6)" '.metadata.labels.mooring/ordinal')" = 6 ]
    delete_set web
    kubectl delete pvc data-web-5 data-web-6
    # data-web-7 is new, and 5 is no ordinal of the set any more.
    apply_set web 2 more='ordinals: {start: 6}'
    eventually pods_are_ready web 2
    [ "$(volume_of data-web-6)" = "$(awk '$1 == "data-web-6" { print $2 }' <<<"$volumes_before")" ]
    [ "$(directories | wc -l)" -eq 3 ]
    apply_set web 3 more='ordinals: {start: 5}'
    eventually pods_are_ready web 3
    [ "$(volumes | head -n 2)" = "$volumes_before" ]
    [ "$(directories | wc -l)" -eq 3 ]
}

@test "a rollout and its way back are followed without a single write to a claim, a volume or the export" {
    needs_own_machine "others may write while requests are counted"
    a_set_with_files 2 management=Parallel
    requests=$(writes) export_before=$(export_snapshot)
    kubectl set image statefulset/web "main=$UPDATE"
    kubectl rollout status statefulset web --timeout="${TIMEOUT}s"
    kubectl rollout undo statefulset web
    kubectl rollout status statefulset web --timeout="${TIMEOUT}s"
    has_its_files web 2
    [ "$(writes)" = "$requests" ]
    [ "$(export_snapshot)" = "$export_before" ]
}

@test "with adopt: always a namespace that is deleted and made again finds its files" {
    class adopting 'parameters: {adopt: always}'
    a_set_with_files 1 class="$NAMESPACE-adopting"
    delete_set web
    kubectl delete pvc data-web-0
    kubectl delete namespace "$NAMESPACE"
    kubectl create namespace "$NAMESPACE"
    within 10 exists serviceaccount default
    apply_set web 1 class="$NAMESPACE-adopting"
    eventually pods_are_ready web 1
    has_its_files web 1
    same_directories
}

@test "on a node that does not answer, mooring deletes nothing and gives the directory to no other claim" {
    needs_own_machine "stops a kubelet"
    undo() {
        kubelet CONT
    }
    a_set_with_files 1
    kubelet STOP
    kubectl delete pod web-0 --wait=false
    stays 8 exists pod web-0
    undo
    eventually is_gone_or_new
    eventually pods_are_ready web 1
    has_its_files web 1
    same_directories
}

# kubelet SIGNAL
kubelet() {
    on_machine kill "-$1" "$(on_machine cat /run/mooring-cluster/kubelet.pid)"
}

is_gone_or_new() {
    [[ -z $(kubectl get pod web-0 --ignore-not-found --output 'jsonpath={.metadata.deletionTimestamp}') ]]
}
