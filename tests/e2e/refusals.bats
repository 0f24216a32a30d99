#!/usr/bin/env bats
# Claims that cannot be served: an event says why and what to do, nothing is made, and other claims are served.

bats_require_minimum_version 1.5.0
load lib.bash

# ask [FIELD=VALUE...]: apply a claim "data" that cannot be served, and a claim "other" that can.
ask() {
    { claim_yaml data "$@" && claim_yaml other; } | kubectl apply -f -
}

# is_refused TEXT...: kubectl describe shows why, and when the next try is; nothing was made for the claim, and the other
# one has its volume.
is_refused() {
    eventually describe_shows pvc data ProvisioningFailed "next try in" "$@"
    eventually is_bound other
    nothing_was_made data other
}

# nothing_was_made REFUSED SERVED: the first claim has no directory, volume or record; the second one has them.
nothing_was_made() {
    local refused given
    is_pending "$1"
    refused=pvc-$(get pvc "$1" .metadata.uid) given=$(volume_of "$2")
    is_gone pv "$refused"
    [ "$(directories)" = "$NAMESPACE-$2-$given" ]
    [ -n "$(record_of "$given")" ]
    [ -z "$(record_of "$refused")" ]
}

@test "volumeMode Block is refused" {
    ask more='volumeMode: Block'
    is_refused "volumeMode Block is not possible on NFS: use Filesystem"
}

@test "a selector is refused" {
    ask more='selector: {matchLabels: {disk: fast}}'
    is_refused "spec.selector cannot be honoured"
}

@test "a dataSource is refused" {
    ask more='dataSource: {kind: PersistentVolumeClaim, name: other}'
    is_refused "spec.dataSource is not supported"
}

@test "a volumeAttributesClassName is refused" {
    needs_kubernetes 1.34 "volumeAttributesClassName"
    ask more='volumeAttributesClassName: fast'
    is_refused "make the claim again without spec.volumeAttributesClassName"
}

@test "a class with allowedTopologies is refused" {
    class zones 'allowedTopologies: [{matchLabelExpressions: [{key: topology.kubernetes.io/zone, values: [a]}]}]'
    ask class="$NAMESPACE-zones"
    is_refused "make the class again without allowedTopologies"
}

@test "a claim of a populator is left alone, without a word" {
    needs_kubernetes 1.24 "the source of a populator"
    ask more='dataSourceRef: {apiGroup: forge.example, kind: Image, name: x}'
    eventually is_bound other
    stays 3 nothing_was_made data other
    [ -z "$(kubectl get events --field-selector involvedObject.name=data,reason=ProvisioningFailed --output name)" ]
}

@test "a class that vanished is named, and the claim is served when it is there again" {
    class soon
    kubectl delete storageclass "$NAMESPACE-soon"
    # Without a class Kubernetes does not ask a provisioner. This annotation is the one that it writes.
    ask class="$NAMESPACE-soon" annotations='{volume.beta.kubernetes.io/storage-provisioner: mooring/nfs}'
    is_refused "storage class $NAMESPACE-soon does not exist"
    class soon
    eventually is_bound data
}

@test "a class without a server, where mooring has none either, says which of both to set" {
    needs_own_machine "needs a mooring without NFS_SERVER"
    class bare
    run -1 on_machine env --unset=NFS_SERVER --unset=NFS_PATH "${PROGRAM_ENVIRONMENT[@]}" \
        "$BUILD/provisioner/mooring" check
    [[ $output == *"storage class $NAMESPACE-bare: it has no parameter server and the provisioner runs without NFS_SERVER"* ]]
}

@test "a class with a parameter that mooring does not know is refused" {
    class typo 'parameters: {sever: example.com}'
    ask class="$NAMESPACE-typo"
    is_refused "storage class $NAMESPACE-typo: parameter sever is not known"
}

@test "a server whose name does not resolve is named" {
    class nowhere 'parameters: {server: nfs.nowhere.invalid}'
    ask class="$NAMESPACE-nowhere"
    is_refused "the name nfs.nowhere.invalid does not resolve"
}

@test "a server that refuses the connection is named" {
    class refused 'parameters: {nfsPort: "4", mountPort: "4"}'
    ask class="$NAMESPACE-refused"
    is_refused "$NFS_SERVER refuses the connection"
}

@test "an export that is not there is named, over NFSv3 and NFSv4" {
    class missing 'parameters: {path: /exports/missing}'
    class missing-v4 'parameters: {path: /exports/missing, nfsVersion: "4"}'
    ask class="$NAMESPACE-missing"
    claim data-v4 class="$NAMESPACE-missing-v4"
    eventually describe_shows pvc data-v4 ProvisioningFailed /exports/missing
    is_refused "$NFS_SERVER" /exports/missing
}

@test "a read-only export is called read-only" {
    needs_own_machine "needs a read-only export"
    class readonly 'parameters: {path: /exports/readonly}'
    ask class="$NAMESPACE-readonly"
    is_refused "$NFS_SERVER:/exports/readonly" "is read-only for this client: export it rw"
    [ -z "$(on_export ls -A /exports/readonly)" ]
}

@test "root squash is recognised" {
    needs_own_machine "needs an export with root squash"
    class squashed 'parameters: {path: /exports/squashed}'
    ask class="$NAMESPACE-squashed"
    is_refused "permission denied" "most likely $NFS_SERVER exports" "/exports/squashed with root squash: use no_root_squash"
    [ -z "$(on_export ls -A /exports/squashed)" ]
}

@test "an export that this client may not mount says so" {
    needs_own_machine "needs an export that denies everyone"
    class denied 'parameters: {path: /exports/denied}'
    ask class="$NAMESPACE-denied"
    is_refused "/exports/denied" "the network of mooring's Pods" "which comes from"
}

# mooring's Pods ask from high ports.
@test "an export that insists on ports below 1024 says that this can be the reason, and what to do" {
    needs_own_machine "needs an export that insists on low ports"
    class secure 'parameters: {path: /exports/secure}'
    ask class="$NAMESPACE-secure"
    is_refused "$NFS_SERVER" /exports/secure insecure patch-privileged-port.yaml
    [ -z "$(on_export ls -A /exports/secure)" ]
}

@test "a full export says so, and serves the claim when there is room" {
    needs_own_machine "needs an export to fill"
    undo() { # called below, and when the test fails
        on_export rm -f /exports/full/ballast
    }
    class full 'parameters: {path: /exports/full}'
    on_export sh -c 'dd if=/dev/zero of=/exports/full/ballast bs=4k 2>/dev/null; true'
    ask class="$NAMESPACE-full"
    is_refused "no space is left on $NFS_SERVER:/exports/full"
    undo
    eventually is_bound data
    on_export test -d "/exports/full/$(directory_of data)"
}

@test "a full export gives back what is there" {
    needs_own_machine "needs an export to fill"
    undo() {
        on_export rm -f /exports/full/ballast
    }
    class full 'parameters: {path: /exports/full, rebind: all}'
    claim data class="$NAMESPACE-full"
    eventually is_bound data
    volume=$(volume_of data) directory=$(directory_of data)
    on_export sh -c "echo precious >/exports/full/$directory/file"
    kubectl delete pvc data
    on_export sh -c 'dd if=/dev/zero of=/exports/full/ballast bs=4k 2>/dev/null; true'
    claim data class="$NAMESPACE-full"
    eventually is_bound data
    [ "$(volume_of data) $(directory_of data)" = "$volume $directory" ]
    [ "$(on_export cat "/exports/full/$directory/file")" = precious ]
    eventually describe_shows pvc data VolumeRebound "$volume"
}

# On a full export the record may be the only thing that cannot be changed. The full one of these tests is in memory, where a
# rename needs no room. So here the folder of the record takes no change: all users are squashed to its owner, for whom modes
# count.
@test "a claim is bound although its record cannot be changed, and the record is right once it can be" {
    needs_own_machine "needs an export that squashes all users"
    local folder=/exports/allsquash/$NAMESPACE
    on_export sh -c "mkdir $folder && chmod 777 $folder"
    class squashed "parameters: {path: $folder, rebind: all}"
    claim data class="$NAMESPACE-squashed"
    eventually is_bound data
    volume=$(volume_of data) directory=$(directory_of data) record=$(record_of "$(volume_of data)" "$folder")
    on_export sh -c "echo precious >$folder/$directory/file"
    kubectl delete pvc data
    on_export chmod 500 "${record%/*}"
    claim data class="$NAMESPACE-squashed"
    eventually is_bound data
    [ "$(volume_of data) $(directory_of data)" = "$volume $directory" ]
    [ "$(on_export cat "$folder/$directory/file")" = precious ]
    eventually describe_shows pvc data RecordBehind "its record on the export still names the claim before" "permission denied"
    [ "$(record_of "$volume" "$folder")" = "$record" ]
    on_export chmod 700 "${record%/*}"
    eventually record_names_the_claim "$volume" "$folder"
}

# record_names_the_claim VOLUME EXPORT
record_names_the_claim() {
    [[ $(record_of "$1" "$2") == */"$1.$(get pvc data .metadata.uid).in-use" ]]
}

@test "a failure that repeats is one event that counts" {
    ask more='volumeMode: Block'
    counted() {
        (($(kubectl get events --field-selector reason=ProvisioningFailed --output 'jsonpath={.items[0].count}') >= 3))
    }
    eventually counted
    [ "$(kubectl get events --field-selector reason=ProvisioningFailed --output name | wc -l)" -eq 1 ]
}
