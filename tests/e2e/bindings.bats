#!/usr/bin/env bats
# Volumes that Kubernetes, an administrator or a backup tool binds, unbinds, deletes and restores: the record follows, and
# the claim gets its own directory back and no other.

bats_require_minimum_version 1.5.0
load lib.bash

# A claim whose class gives back to every claim, with a file in its directory.
setup() {
    use_new_namespace
    class kept 'parameters: {rebind: all}'
    claim data class="$NAMESPACE-kept"
    eventually is_bound data
    use_volume "$(volume_of data)" "$(directory_of data)"
    put_file
}

use_volume() {
    volume=$1 directory=$2
}

# Of this volume alone.
put_file() {
    on_export sh -c "echo precious of $volume >$EXPORT/$directory/file"
}

# Let a volume go whose deletion a test has delayed.
undo() {
    remove_finalizers 2>/dev/null || true
}

remove_finalizers() {
    kubectl patch pv "$volume" --type=json --patch '[{"op": "remove", "path": "/metadata/finalizers"}]'
}

# has_its_directory [CLAIM]: it has this volume, with the file.
has_its_directory() {
    local claim=${1-data}
    eventually is_bound "$claim"
    [ "$(volume_of "$claim")" = "$volume" ]
    [ "$(directory_of "$claim")" = "$directory" ]
    [ "$(on_export cat "$EXPORT/$directory/file")" = "precious of $volume" ]
}

# record_is NAMESPACE CLAIM: the volume's record, and what is said of its directory, are of this claim.
record_is() {
    local owner
    owner=$(owner_of "$1" "$2") &&
        [[ $(record_of "$volume") == "$EXPORT/.mooring/claims/$owner/$volume.$(NAMESPACE=$1 get pvc "$2" .metadata.uid).in-use" &&
            $(on_export readlink "$EXPORT/.mooring/directories/$directory") == "$owner" ]]
}

# binds NAMESPACE CLAIM: bind the volume to this claim by hand, as an administrator does: the claim names the volume, then
# the volume gets the claim.
binds() {
    claim_yaml "$2" class="$class" more="volumeName: $volume" | kubectl --namespace "$1" apply -f -
    gives_to "$1" "$2"
    NAMESPACE=$1 eventually is_bound "$2"
}

# gives_to NAMESPACE CLAIM: the volume names this claim from now on.
gives_to() {
    kubectl patch pv "$volume" --type=merge --patch "{\"spec\": {\"claimRef\": {\"namespace\": \"$1\", \"name\": \"$2\",
        \"uid\": \"$(NAMESPACE=$1 get pvc "$2" .metadata.uid)\", \"resourceVersion\": null}}}"
}

# deleted_and_made_again CLAIM: it has the volume again.
deleted_and_made_again() {
    kubectl delete pvc "$1"
    claim "$1" class="$NAMESPACE-kept"
    eventually is_bound "$1"
    [ "$(volume_of "$1")" = "$volume" ]
    eventually record_is "$NAMESPACE" "$1"
}

@test "a claim whose old volume object is still being deleted waits, and gets its directory back when that is gone" {
    kubectl patch pv "$volume" --type=json --patch '[{"op": "add", "path": "/metadata/finalizers/-", "value": "mooring.example/test"}]'
    kubectl delete pvc data
    kubectl delete pv "$volume" --wait=false
    claim data class="$NAMESPACE-kept"
    eventually describe_shows pvc data ProvisioningFailed "$directory" "being deleted"
    stays 3 is_pending data
    [ "$(directories)" = "$directory" ]
    remove_finalizers
    has_its_directory
}

@test "the record follows a volume that was bound by hand to a new claim of the same name" {
    class=$NAMESPACE-kept
    kubectl delete pvc data
    binds "$NAMESPACE" data
    [[ $volume != *"$(get pvc data .metadata.uid)" ]]
    eventually record_is "$NAMESPACE" data
    deleted_and_made_again data
}

@test "the record follows a volume that was bound by hand to a claim of another name and namespace" {
    class=$NAMESPACE-kept
    new_namespace
    # shellcheck disable=SC2154 # new_namespace sets it
    there=$new_namespace
    kubectl delete pvc data
    binds "$there" other
    eventually record_is "$there" other

    # The first claim has nothing any more.
    claim data class="$NAMESPACE-kept"
    eventually is_bound data
    [ "$(directory_of data)" != "$directory" ]
    kubectl --namespace "$there" delete pvc other
    claim_yaml other class="$class" | kubectl --namespace "$there" apply -f -
    NAMESPACE=$there eventually is_bound other
    [ "$(NAMESPACE=$there volume_of other)" = "$volume" ]
    on_export grep -qx "precious of $volume" "$EXPORT/$directory/file"
}

# apply_claims COUNT: those of a set that fits no node, of a class that gives back to such claims alone.
apply_claims() {
    apply_set web "$1" class="$NAMESPACE-stateful" management=Parallel selector='{no: where}'
}

delete_set_and_claims() {
    delete_set web
    delete_claims web "$1"
}

use_namespace() {
    NAMESPACE=$1
}

is_lost() {
    [[ $(get pvc "$1" .status.phase) == Lost ]]
}

# A populator lets a claim of its own have a volume, fills it, and makes the volume name the claim that waits for it. Its own
# is Lost then, and is deleted. The class lets the claim wait in every Kubernetes.
@test "the record follows a volume that a populator filled and moved to a claim of a set" {
    class stateful 'volumeBindingMode: WaitForFirstConsumer'
    apply_claims 1
    eventually exists pvc data-web-0
    waiting=$NAMESPACE
    use_new_namespace
    claim prime class="$waiting-stateful" modes='[ReadWriteOnce]' annotations='{volume.kubernetes.io/selected-node: node}'
    eventually is_bound prime
    use_volume "$(volume_of prime)" "$(directory_of prime)"
    put_file
    gives_to "$waiting" data-web-0
    eventually is_lost prime
    populator=$NAMESPACE
    use_namespace "$waiting"
    eventually record_is "$NAMESPACE" data-web-0
    has_its_directory data-web-0
    kubectl --namespace "$populator" delete pvc prime

    delete_set_and_claims 1
    apply_set web 1 class="$NAMESPACE-stateful"
    has_its_directory data-web-0
    eventually record_is "$NAMESPACE" data-web-0
    [ "$(NAMESPACE=$populator directories)" = "$directory" ]
}

# has_other ORDINAL: data-web-ORDINAL has the volume that the other claim of the set had at first.
has_other() {
    use_volume "${volumes[1 - $1]}" "${directories[1 - $1]}"
    has_its_directory "data-web-$1"
    eventually record_is "$NAMESPACE" "data-web-$1"
}

@test "the records follow the volumes of two claims of a set that were bound crosswise" {
    local ordinal volumes=() directories=()
    class stateful
    apply_claims 2
    eventually is_bound data-web-0 data-web-1
    for ordinal in 0 1; do
        volumes+=("$(volume_of "data-web-$ordinal")") directories+=("$(directory_of "data-web-$ordinal")")
        use_volume "${volumes[ordinal]}" "${directories[ordinal]}"
        put_file
    done
    delete_set_and_claims 2
    for name in "${volumes[@]}"; do
        kubectl patch pv "$name" --type=json --patch '[{"op": "remove", "path": "/spec/claimRef"}]'
    done
    for ordinal in 0 1; do
        claim "data-web-$ordinal" class="$NAMESPACE-stateful" modes='[ReadWriteOnce]' more="volumeName: ${volumes[1 - ordinal]}"
    done
    has_other 0
    has_other 1

    delete_claims web 2
    apply_claims 2
    has_other 0
    has_other 1
}

@test "the record follows a volume and a claim that a backup tool restored with their namespace" {
    kubectl get pv "$volume" --output json | jq 'del(.metadata.uid, .metadata.resourceVersion, .metadata.creationTimestamp,
        .status, .spec.claimRef.uid, .spec.claimRef.resourceVersion)' >"$BATS_TEST_TMPDIR/volume"
    kubectl delete pvc data
    kubectl delete namespace "$NAMESPACE"
    kubectl delete pv "$volume"
    kubectl create namespace "$NAMESPACE"
    kubectl create -f - <"$BATS_TEST_TMPDIR/volume"
    claim data class="$NAMESPACE-kept" more="volumeName: $volume"
    has_its_directory
    eventually record_is "$NAMESPACE" data
    deleted_and_made_again data
}

@test "a volume whose claim Kubernetes took away is not reserved for the next claim of that name" {
    class plain
    claim plain class="$NAMESPACE-plain"
    eventually is_bound plain
    before=$(volume_of plain)
    kubectl delete pvc plain
    kubectl patch pv "$before" --type=json --patch '[{"op": "remove", "path": "/spec/claimRef/uid"}]'
    # Too large for Kubernetes to bind the volume by itself: it asks mooring, whose class gives plain claims new directories.
    claim plain class="$NAMESPACE-plain" request=5Mi
    eventually is_bound plain
    [ "$(volume_of plain)" != "$before" ]
}

@test "a bound claim whose volume and record are lost waits, and is restored when the record is back" {
    record=$(record_of "$volume")
    on_export mv "$record" "$EXPORT/.away-$NAMESPACE"
    kubectl delete pv "$volume" --wait=false
    remove_finalizers
    eventually describe_shows pvc data Lost ProvisioningFailed "volume $volume is gone" "no record of it"
    is_gone pv "$volume"
    on_export mv "$EXPORT/.away-$NAMESPACE" "$record"
    has_its_directory
}

@test "a bound claim whose volume and storage class are lost is restored from the record" {
    kubectl delete storageclass "$NAMESPACE-kept"
    kubectl delete pv "$volume" --wait=false
    remove_finalizers
    eventually describe_shows pvc data VolumeRestored "volume $volume, directory $directory, was made again"
    has_its_directory
    [ "$(get pv "$volume" .spec.storageClassName)" = "$NAMESPACE-kept" ]
}

@test "a volume that was taken over from another provisioner gets its record at once, also where its directory is nested" {
    needs_own_machine "needs a mooring with two names"
    use_volume "old-$NAMESPACE" "$NAMESPACE-deep/in/it"
    on_export mkdir -p "$EXPORT/$directory"
    kubectl apply -f - <<YAML
apiVersion: v1
kind: PersistentVolume
metadata: {name: $volume, annotations: {pv.kubernetes.io/provisioned-by: $OLD_NAME}}
spec:
  capacity: {storage: 1Mi}
  accessModes: [ReadWriteMany]
  storageClassName: $NAMESPACE-kept
  persistentVolumeReclaimPolicy: Retain
  claimRef: {namespace: $NAMESPACE, name: old}
  nfs: {server: $NFS_SERVER, path: $NFS_PATH/$directory}
YAML
    claim old class="$NAMESPACE-kept"
    eventually is_bound old
    eventually record_is "$NAMESPACE" old
    deleted_and_made_again old
    [ "$(get pv "$volume" .spec.nfs.path)" = "$NFS_PATH/$directory" ]
}
