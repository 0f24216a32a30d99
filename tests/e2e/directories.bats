#!/usr/bin/env bats
# One directory has one user, whatever leads to it: classes that name the export in different ways, claims of several
# namespaces, volumes that mooring did not make, data that was there before. clusters.bats has the same for two clusters.

bats_require_minimum_version 1.5.0
load lib.bash

setup() {
    use_new_namespace
    CLASSES=$NAMESPACE
}

# pattern_class NAME [FIELD: VALUE...]: a class whose claims choose their directory by an annotation. Each further
# argument is a line of its parameters.
pattern_class() {
    # shellcheck disable=SC2016 # mooring expands it
    class "$1" 'parameters:' '  pathPattern: "${.PVC.annotations.dir}"' "${@:2}"
}

# asks CLASS CLAIM DIRECTORY
asks() {
    claim "$2" class="$CLASSES-$1" annotations="{dir: $3}"
}

in_namespace() {
    NAMESPACE=$1 "${@:2}"
}

# is_refused CLAIM TEXT...: an event says why, and it stays without a volume.
is_refused() {
    eventually describe_shows pvc "$1" ProvisioningFailed "${@:2}"
    is_pending "$1"
    is_gone pv "pvc-$(get pvc "$1" .metadata.uid)"
}

# A directory with a file in it, and without a record. Its name is in $by_hand.
make_by_hand() {
    by_hand=$NAMESPACE-by-hand
    on_export sh -c "mkdir $EXPORT/$by_hand && echo precious >$EXPORT/$by_hand/file"
}

is_unchanged() {
    [ "$(on_export ls -A "$EXPORT/$by_hand")" = file ]
    [ "$(on_export cat "$EXPORT/$by_hand/file")" = precious ]
}

# static_volume NAME SOURCE: a volume that no provisioner made.
static_volume() {
    kubectl apply -f - <<YAML
apiVersion: v1
kind: PersistentVolume
metadata: {name: $NAMESPACE-$1}
spec:
  capacity: {storage: 1Mi}
  accessModes: [ReadWriteMany]
  persistentVolumeReclaimPolicy: Retain
  claimRef: {namespace: $NAMESPACE, name: of-$1}
  $2
YAML
}

undo() {
    kubectl get pv --output name | grep "/$NAMESPACE-" | xargs -r "$SOURCE/tests/cluster/kubectl" delete --wait=false
}

readonly ANOTHERS="which this claim does not get"

# Three ways to name one export: over NFSv3, over NFSv4, and the server's address as some write it.
three_classes() {
    needs_own_machine "knows another spelling of the server's address"
    pattern_class v3 '  nfsVersion: "3"'
    pattern_class v4 '  nfsVersion: "4"'
    pattern_class spelled "  server: ${NFS_SERVER/.0./.}"
    new_namespace
    # shellcheck disable=SC2154 # new_namespace sets it
    other=$new_namespace
}

@test "a directory that one class has given is refused by other classes of the export, whatever they call it" {
    three_classes
    asks v3 one "$NAMESPACE-dir"
    eventually is_bound one
    on_export touch "$EXPORT/$NAMESPACE-dir/file"
    asks v4 two "$NAMESPACE-dir"
    in_namespace "$other" asks spelled three "$NAMESPACE-dir"
    is_refused two "$ANOTHERS"
    in_namespace "$other" is_refused three "$ANOTHERS"

    # The other way around.
    in_namespace "$other" asks spelled four "$NAMESPACE-other"
    in_namespace "$other" eventually is_bound four
    asks v3 five "$NAMESPACE-other"
    is_refused five "$ANOTHERS"

    # A claim that is gone still has its directory.
    kubectl delete pvc one
    in_namespace "$other" stays 3 is_pending three
    is_pending two
    [ "$(on_export ls -A "$EXPORT/$NAMESPACE-dir")" = file ]
}

@test "of three classes of one export that are asked for a directory at once, one gives it" {
    three_classes
    local number class
    for number in {1..5}; do
        for class in v3 v4 spelled; do
            claim_yaml "$class-$number" class="$CLASSES-$class" annotations="{dir: $NAMESPACE-dir-$number}"
        done
    done | kubectl apply -f - >/dev/null
    eventually all_but_some_are_refused 10
    [ "$(volumes | awk '{ print $3 }' | sort)" = "$(printf "$NAMESPACE-dir-%s\n" {1..5})" ]
}

all_but_some_are_refused() {
    (($(kubectl get events --field-selector reason=ProvisioningFailed --output 'jsonpath={range .items[*]}{.message}{"\n"}{end}' |
        grep -c "$ANOTHERS") == $1))
}

@test "a directory inside another class's, or around it, is refused" {
    three_classes
    # shellcheck disable=SC2016 # mooring expands it
    class nested 'parameters: {nfsVersion: "4", pathPattern: "${.PVC.annotations.dir}/${.PVC.name}"}'
    asks v3 whole "$NAMESPACE-dir"
    asks nested part "$NAMESPACE-other"
    eventually is_bound whole part
    in_namespace "$other" asks nested inside "$NAMESPACE-dir"
    in_namespace "$other" asks v3 around "$NAMESPACE-other"
    in_namespace "$other" asks nested beside "$NAMESPACE-other"
    in_namespace "$other" is_refused inside "$ANOTHERS"
    in_namespace "$other" is_refused around "$ANOTHERS"
    in_namespace "$other" eventually is_bound beside
    [ -z "$(on_export ls -A "$EXPORT/$NAMESPACE-dir")" ]
    [ "$(on_export ls -A "$EXPORT/$NAMESPACE-other")" = $'beside\npart' ]
}

@test "a pathPattern that leads to a directory without a record is refused, until it is adopted" {
    make_by_hand
    pattern_class pattern
    asks pattern data "$by_hand"
    is_refused data "$ANOTHERS" "mooring adopt $by_hand --to $NAMESPACE/data"
    is_unchanged
    kubectl --namespace mooring exec deployment/mooring -- /mooring adopt "$by_hand" --to "$NAMESPACE/data" --yes
    eventually is_bound data
    [ "$(directory_of data)" = "$by_hand" ]
    is_unchanged
}

@test "with adopt: always a pathPattern takes a directory without a record" {
    make_by_hand
    pattern_class pattern '  adopt: always'
    asks pattern data "$by_hand"
    eventually is_bound data
    [ "$(directory_of data)" = "$by_hand" ]
    is_unchanged
}

@test "a pathPattern never leads to the directory of a volume that mooring did not make" {
    pattern_class pattern '  adopt: always'
    on_export mkdir -p "$EXPORT/$NAMESPACE-static/in" "$EXPORT/$NAMESPACE-driver" "$EXPORT/$NAMESPACE-around/inside"
    static_volume static "nfs: {server: $NFS_SERVER, path: $NFS_PATH/$NAMESPACE-static}"
    static_volume driver "csi: {driver: nfs.csi.k8s.io, volumeHandle: $NAMESPACE,
        volumeAttributes: {server: $NFS_SERVER, share: $NFS_PATH, subdir: $NAMESPACE-driver}}"
    static_volume around "nfs: {server: $NFS_SERVER, path: $NFS_PATH/$NAMESPACE-around/inside}"
    for name in static driver around; do
        asks pattern "$name" "$NAMESPACE-$name"
    done
    for name in static driver around; do
        is_refused "$name" "$ANOTHERS"
    done
    kubectl delete pv "$NAMESPACE-static"
    eventually is_bound static
    is_pending driver
    is_pending around
}

@test "a plain claim whose pathPattern leads to the directory that it had gets it back, whatever rebind says" {
    # shellcheck disable=SC2016 # mooring expands it
    class pattern 'parameters: {rebind: none, pathPattern: "${.PVC.namespace}-${.PVC.name}"}'
    claim data class="$NAMESPACE-pattern"
    eventually is_bound data
    on_export touch "$EXPORT/$NAMESPACE-data/file"
    volume=$(volume_of data)
    kubectl delete pvc data
    finds_its_directory
    kubectl delete pvc data
    kubectl delete pv "$volume"
    finds_its_directory
    [ "$(on_export ls -A "$EXPORT/$NAMESPACE-data")" = file ]
}

@test "claims of one namespace share a directory where their class says so, and get it back" {
    pattern_class shared '  shared: "true"'
    new_namespace
    # shellcheck disable=SC2154 # new_namespace sets it
    other=$new_namespace
    local number owner volumes_before
    for number in {1..3}; do
        claim_yaml "data-$number" class="$CLASSES-shared" annotations="{dir: $NAMESPACE-dir}"
    done | kubectl apply -f - >/dev/null
    eventually is_bound data-1 data-2 data-3
    [ "$(volumes | awk '{ print $3 }')" = "$(printf "$NAMESPACE-dir\n%.0s" {1..3})" ]
    on_export touch "$EXPORT/$NAMESPACE-dir/file"
    owner=$(owner_of "$NAMESPACE" data-1)
    [ "$(on_export readlink "$EXPORT/.mooring/directories/$NAMESPACE-dir")" = "${owner%/*}" ]
    [ -z "$(mooring list --namespace "$NAMESPACE" --output json | jq --raw-output '.findings[].kind')" ]
    eventually describe_shows pvc data-2 ProvisioningSucceeded "which claims of this namespace share"
    in_namespace "$other" asks shared data "$NAMESPACE-dir"
    in_namespace "$other" is_refused data "$ANOTHERS"

    volumes_before=$(volumes)
    kubectl delete pvc data-1 data-2
    kubectl delete pv "$(awk '$1 == "data-2" { print $2 }' <<<"$volumes_before")"
    for number in 1 2; do
        asks shared "data-$number" "$NAMESPACE-dir"
    done
    eventually is_bound data-1 data-2
    [ "$(volumes)" = "$volumes_before" ]
    [ "$(on_export ls -A "$EXPORT/$NAMESPACE-dir")" = file ]
    run -1 mooring adopt "$NAMESPACE-dir" --to "$NAMESPACE/another" --class "$CLASSES-shared" --yes
    [[ $output == *"claims of one namespace share it"* ]]
    [ "$(volumes)" = "$volumes_before" ]
}

@test "a class with every parameter empty, and a pattern with slashes at both ends, are as nfs-subdir takes them" {
    class empty 'mountOptions: ["vers=3.0"]' 'parameters: {server: "", path: "", pathPattern: "", onDelete: "",' \
        '  archiveOnDelete: "", nfsVersion: "", nfsPort: "", mountPort: "", directoryPerms: "", uid: "", gid: ""}'
    # shellcheck disable=SC2016 # mooring expands it
    class slashes 'parameters: {pathPattern: "/${.PVC.namespace}/${.PVC.annotations.none}/${.PVC.annotations.dir}/"}'
    claim standard class="$NAMESPACE-empty"
    claim nested class="$NAMESPACE-slashes" annotations='{dir: team/a}'
    claim around class="$NAMESPACE-slashes" annotations='{dir: team/..}'
    eventually is_bound standard nested
    [ "$(directory_of standard)" = "$NAMESPACE-standard-$(volume_of standard)" ]
    [ "$(get pv "$(volume_of nested)" .spec.nfs.path)" = "$NFS_PATH/$NAMESPACE/team/a" ]
    is_refused around "gives no safe path for this claim"
}

finds_its_directory() {
    claim data class="$NAMESPACE-pattern"
    eventually is_bound data
    [ "$(directory_of data)" = "$NAMESPACE-data" ]
    [ "$(volumes | wc -l)" -eq 1 ]
}

@test "a set that discards its data is not given it by a pathPattern" {
    # shellcheck disable=SC2016 # mooring expands it
    class pattern 'parameters: {pathPattern: "${.PVC.namespace}-${.PVC.name}"}'
    apply_set web 1 class="$NAMESPACE-pattern" selector='{no: where}'
    eventually is_bound data-web-0
    volume=$(volume_of data-web-0)
    on_export touch "$EXPORT/$NAMESPACE-data-web-0/file"
    delete_set web
    kubectl delete pvc data-web-0
    # With persistentVolumeClaimRetentionPolicy Delete, the set becomes the owner of its claims.
    apply_set web 0 class="$NAMESPACE-pattern" selector='{no: where}'
    kubectl apply -f - <<YAML
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data-web-0
  ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: web, uid: "$(get statefulset web .metadata.uid)"}]
spec:
  storageClassName: $NAMESPACE-pattern
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Mi}}
YAML
    eventually describe_shows pvc data-web-0 ProvisioningFailed "asks for fresh data" "delete volume $volume"
    stays 3 is_pending data-web-0
    [ "$(on_export ls -A "$EXPORT/$NAMESPACE-data-web-0")" = file ]
    # What the event says to do.
    on_export mv "$EXPORT/$NAMESPACE-data-web-0" "$EXPORT/$NAMESPACE-kept"
    on_export mv "$(record_of "$volume")" "$EXPORT/$NAMESPACE-kept/record"
    kubectl delete pv "$volume"
    eventually is_bound data-web-0
    [ -z "$(on_export ls -A "$EXPORT/$NAMESPACE-data-web-0")" ]
}

# As backup tools do it: under other names, for claims of other names.
@test "a directory of which there are volumes for other claims is given to no claim, until one is left" {
    apply_set web 1 selector='{no: where}'
    eventually is_bound data-web-0
    volume=$(volume_of data-web-0) directory=$(directory_of data-web-0)
    kubectl get pv "$volume" --output json | jq --arg name "$NAMESPACE-copy" '
        .metadata |= {name: $name, annotations: .annotations, labels: .labels} | del(.status)
        | .spec.claimRef |= {namespace: .namespace, name: "other", uid: "11111111-2222-3333-4444-000000000001"}' |
        kubectl create -f -
    delete_set web
    kubectl delete pvc data-web-0
    apply_set web 1 selector='{no: where}'
    eventually describe_shows pvc data-web-0 ProvisioningFailed "another volume has the same directory"
    mooring list | grep "has the same directory" |
        grep --fixed-strings "$NAMESPACE-copy" | grep --quiet --fixed-strings "$volume"
    stays 3 is_pending data-web-0
    [ "$(directories)" = "$directory" ]
    kubectl delete pv "$NAMESPACE-copy"
    eventually is_bound data-web-0
    [ "$(volume_of data-web-0)" = "$volume" ]
}

@test "a directory that three volumes have is given to no claim, until one of them is left" {
    apply_set web 1 selector='{no: where}'
    eventually is_bound data-web-0
    volume=$(volume_of data-web-0) directory=$(directory_of data-web-0)
    for number in 1 2; do
        kubectl get pv "$volume" --output json | jq --arg name "$NAMESPACE-copy-$number" --arg number "$number" '
            .metadata |= {name: $name, annotations: .annotations, labels: .labels} | del(.status)
            | .spec.claimRef |= {namespace: .namespace, name: .name, uid: ("11111111-2222-3333-4444-00000000000" + $number)}' |
            kubectl create -f -
    done
    delete_set web
    kubectl delete pvc data-web-0
    apply_set web 1 selector='{no: where}'
    eventually describe_shows pvc data-web-0 ProvisioningFailed "3 directories belong to this claim" "$directory" "None was chosen"
    stays 3 is_pending data-web-0
    [ "$(directories)" = "$directory" ]
    kubectl delete pv "$NAMESPACE-copy-1" "$NAMESPACE-copy-2"
    eventually is_bound data-web-0
    [ "$(volume_of data-web-0)" = "$volume" ]
}
