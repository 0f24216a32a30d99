#!/usr/bin/env bats
# Claims that come back to fresh data: their set or class says so, no set has them, or their namespace is new. The old is kept.
# shellcheck disable=SC2154 # a_set_with_files sets directories_before

bats_require_minimum_version 1.5.0
load lib.bash

# sees_no_files POD. Without a grace period a Pod is deleted before its container has ended, and for a moment the kubelet
# takes this container for the one of the next Pod of that name.
sees_no_files() {
    local files
    files=$(kubectl exec "$1" -- ls -A /var/data) && [[ -z $files ]]
}

@test "a set that Kubernetes deletes claims with gets fresh data, and the old directory is kept" {
    a_set_with_files 1
    delete_set web
    kubectl delete pvc data-web-0
    # With persistentVolumeClaimRetentionPolicy Delete, the set becomes the owner of its claims.
    apply_set web 0
    kubectl apply -f - <<YAML
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data-web-0
  ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: web, uid: "$(get statefulset web .metadata.uid)"}]
spec:
  storageClassName: nfs
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Mi}}
YAML
    kubectl scale statefulset web --replicas=1
    eventually pods_are_ready web 1
    [ "$(directories | wc -l)" -eq 2 ]
    eventually sees_no_files web-0
    on_export test -e "$EXPORT/$directories_before/from-pod"
}

@test "a set whose retention policy deletes claims gets fresh data, and the old directories are kept" {
    needs_kubernetes 1.27 "persistentVolumeClaimRetentionPolicy"
    a_set_with_files 2 more='persistentVolumeClaimRetentionPolicy: {whenScaled: Delete, whenDeleted: Retain}'
    volume=$(volume_of data-web-1) old=$(directory_of data-web-1)
    kubectl scale statefulset web --replicas=1
    eventually is_gone pvc data-web-1
    [ "$(directories)" = "$directories_before" ]
    kubectl scale statefulset web --replicas=2
    eventually pods_are_ready web 2
    [ "$(directories | wc -l)" -eq 3 ]
    [ "$(directory_of data-web-1)" != "$old" ]
    eventually sees_no_files web-1
    has_its_files web 1
    on_export test -e "$EXPORT/$old/from-pod"
    [[ $(state_of "$volume") == *.superseded ]]
}

@test "a claim deleted by hand under a set with whenDeleted: Delete keeps its directory, and the set made again gets fresh data" {
    needs_kubernetes 1.27 "persistentVolumeClaimRetentionPolicy"
    a_set_with_files 2 more='persistentVolumeClaimRetentionPolicy: {whenScaled: Retain, whenDeleted: Delete}'
    old=$(directory_of data-web-1)
    kubectl delete --wait=false pvc data-web-1
    kubectl delete pod web-1
    eventually pods_are_ready web 2
    [ "$(directories)" = "$directories_before" ]
    has_its_files web 2
    delete_set web
    eventually is_gone pvc data-web-0
    eventually is_gone pvc data-web-1
    apply_set web 2 more='persistentVolumeClaimRetentionPolicy: {whenScaled: Retain, whenDeleted: Delete}'
    eventually pods_are_ready web 2
    [ "$(directories | wc -l)" -eq 4 ]
    [ "$(directory_of data-web-1)" != "$old" ]
}

@test "with rebind: none every claim starts afresh" {
    class none 'parameters: {rebind: none}'
    apply_set web 1 class="$NAMESPACE-none"
    eventually is_bound data-web-0
    old=$(directory_of data-web-0)
    delete_set web
    kubectl delete pvc data-web-0
    apply_set web 1 class="$NAMESPACE-none"
    eventually is_bound data-web-0
    [ "$(directory_of data-web-0)" != "$old" ]
    on_export test -d "$EXPORT/$old"
}

@test "a plain claim that is deleted and applied again gets a new directory, and with rebind: all its old one" {
    class all 'parameters: {rebind: all}'
    { claim_yaml plain && claim_yaml kept class="$NAMESPACE-all"; } | kubectl apply -f -
    eventually is_bound plain kept
    plain=$(directory_of plain) kept=$(directory_of kept)
    kubectl delete pvc plain kept
    { claim_yaml plain && claim_yaml kept class="$NAMESPACE-all"; } | kubectl apply -f -
    eventually is_bound plain kept
    [ "$(directory_of plain)" != "$plain" ]
    eventually describe_shows pvc plain "mooring adopt $plain --to $NAMESPACE/plain"
    [ "$(directory_of kept)" = "$kept" ]
    on_export test -d "$EXPORT/$plain"
}

@test "a namespace that is deleted and made again gets fresh directories, and the old ones are kept" {
    a_set_with_files 1
    delete_set web
    kubectl delete pvc data-web-0
    kubectl delete namespace "$NAMESPACE"
    kubectl create namespace "$NAMESPACE"
    within 10 exists serviceaccount default
    apply_set web 1
    eventually pods_are_ready web 1
    [ "$(directories | wc -l)" -eq 2 ]
    [ "$(directory_of data-web-0)" != "$directories_before" ]
    eventually sees_no_files web-0
    on_export test -e "$EXPORT/$directories_before/from-pod"
}
