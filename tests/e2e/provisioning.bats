#!/usr/bin/env bats
# What every provisioner must do: make one directory and one volume for a claim.

bats_require_minimum_version 1.5.0
load lib.bash

@test "a claim becomes a directory of mode 0777 and a volume that points at it" {
    claim data request=3Mi modes='[ReadWriteOnce, ReadOnlyMany]'
    eventually is_bound data
    uid=$(get pvc data .metadata.uid)
    [ "$(volume_of data)" = "pvc-$uid" ]
    [ "$(directories)" = "$NAMESPACE-data-pvc-$uid" ]
    [ "$(on_export stat -c '%F %a' "$EXPORT/$NAMESPACE-data-pvc-$uid")" = "directory 777" ]
    [ -z "$(on_export ls -A "$EXPORT/$NAMESPACE-data-pvc-$uid")" ]

    volume() {
        get pv "pvc-$uid" "$1"
    }
    [ "$(volume .spec.nfs.server):$(volume .spec.nfs.path)" = "$NFS_SERVER:$NFS_PATH/$NAMESPACE-data-pvc-$uid" ]
    [ "$(volume .spec.claimRef.kind) $(volume .spec.claimRef.apiVersion)" = "PersistentVolumeClaim v1" ]
    [ "$(volume .spec.claimRef.namespace)/$(volume .spec.claimRef.name)" = "$NAMESPACE/data" ]
    [ "$(volume .spec.claimRef.uid)" = "$uid" ]
    [ "$(volume '.metadata.annotations.pv\.kubernetes\.io/provisioned-by')" = mooring/nfs ]
    [ -z "$(volume '.metadata.annotations.pv\.kubernetes\.io/bound-by-controller')" ]
    [ "$(volume .spec.storageClassName) $(volume .spec.persistentVolumeReclaimPolicy)" = "nfs Retain" ]
    [ "$(volume .spec.accessModes)" = '["ReadWriteOnce","ReadOnlyMany"]' ]
    [ "$(volume .spec.capacity.storage)" = 3Mi ]
    eventually describe_shows pvc data Provisioning ProvisioningSucceeded "volume pvc-$uid is directory $NAMESPACE-data-pvc-$uid"
}

@test "a Pod writes through its claim into the directory on the export" {
    claim data
    kubectl apply -f - <<YAML
apiVersion: v1
kind: Pod
metadata: {name: writer}
spec:
  terminationGracePeriodSeconds: 0
  securityContext: {runAsUser: 1234}
  containers:
  - name: main
    image: $IMAGE
    imagePullPolicy: IfNotPresent
    command: [sh, -c, "echo hello >/var/data/greeting; sleep 100000"]
    volumeMounts: [{name: data, mountPath: /var/data}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
YAML
    kubectl wait --for=condition=Ready pod/writer --timeout="${TIMEOUT}s"
    within "$CACHE_SECONDS" on_export grep -x hello "$EXPORT/$(directory_of data)/greeting"
}

@test "a class decides on the mode, the owner, the mount options and the reclaim policy" {
    class special 'reclaimPolicy: Delete' 'mountOptions: [hard, nfsvers=3]' \
        'parameters: {directoryPerms: "2750", uid: "1234", gid: "4321"}'
    claim data class="$NAMESPACE-special"
    eventually is_bound data
    [ "$(on_export stat -c '%a %u:%g' "$EXPORT/$(directory_of data)")" = "2750 1234:4321" ]
    [ "$(get pv "$(volume_of data)" .spec.mountOptions)" = '["hard","nfsvers=3"]' ]
    [ "$(get pv "$(volume_of data)" .spec.persistentVolumeReclaimPolicy)" = Delete ]
}

@test "a class may name another server and another path" {
    needs_own_machine "needs a second NFS server"
    class path "parameters: {path: /exports/second}"
    class server "parameters: {server: $FRAGILE_SERVER, path: $FRAGILE_PATH}"
    claim one class="$NAMESPACE-path"
    claim two class="$NAMESPACE-server"
    eventually is_bound one two
    [ "$(get pv "$(volume_of one)" .spec.nfs.server)" = "$NFS_SERVER" ]
    on_export test -d "/exports/second/$(directory_of one)"
    [ "$(get pv "$(volume_of two)" .spec.nfs.server)" = "$FRAGILE_SERVER" ]
    on_export test -d "$FRAGILE_PATH/$(directory_of two)"
    [ -z "$(directories)" ]
}

@test "a class may ask for NFSv4" {
    class v4 'parameters: {nfsVersion: "4"}'
    claim data class="$NAMESPACE-v4"
    eventually is_bound data
    [ "$(on_export stat -c '%F %a' "$EXPORT/$(directory_of data)")" = "directory 777" ]
}

@test "on an export that makes every user the user nobody, directories belong to that user" {
    needs_own_machine "needs an export with all_squash"
    class squash 'parameters: {path: /exports/allsquash}'
    claim data class="$NAMESPACE-squash"
    eventually is_bound data
    [ "$(on_export stat -c '%a %u:%g' "/exports/allsquash/$(directory_of data)")" = "777 65534:65534" ]
}

@test "a claim for a single Pod gets a volume for a single Pod" {
    needs_kubernetes 1.27 "ReadWriteOncePod"
    claim single modes='[ReadWriteOncePod]'
    eventually is_bound single
    [ "$(get pv "$(volume_of single)" '.spec.accessModes[*]')" = ReadWriteOncePod ]
}

@test "WaitForFirstConsumer waits for a Pod" {
    class later 'volumeBindingMode: WaitForFirstConsumer'
    # Kubernetes asks a provisioner only when there is a Pod. This annotation is the one that it writes.
    claim data class="$NAMESPACE-later" annotations='{volume.beta.kubernetes.io/storage-provisioner: mooring/nfs}'
    stays 2 nothing_was_made data
    kubectl apply -f - <<YAML
apiVersion: v1
kind: Pod
metadata: {name: consumer}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: main
    image: $IMAGE
    imagePullPolicy: IfNotPresent
    command: [sleep, "100000"]
    volumeMounts: [{name: data, mountPath: /var/data}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
YAML
    eventually is_bound data
    [ "$(directories)" = "$NAMESPACE-data-$(volume_of data)" ]
    kubectl wait --for=condition=Ready pod/consumer --timeout="${TIMEOUT}s"
}

@test "a claim by the annotations of old manifests is provisioned" {
    kubectl apply -f - <<'YAML'
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, annotations: {volume.beta.kubernetes.io/storage-class: nfs}}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Mi}}
YAML
    eventually is_bound data
    [ "$(directories)" = "$NAMESPACE-data-$(volume_of data)" ]
}

@test "claims of another provisioner are left alone" {
    class foreign 'provisioner: somebody.else/nfs'
    claim data class="$NAMESPACE-foreign"
    stays 2 nothing_was_made data
    run ! describe_shows pvc data ProvisioningFailed
    run ! describe_shows pvc data mooring/nfs
}

@test "a second name takes over the claims and volumes of an earlier provisioner" {
    needs_own_machine "needs a mooring with two names"
    class old "provisioner: $OLD_NAME" 'reclaimPolicy: Delete'
    claim data class="$NAMESPACE-old"
    eventually is_bound data
    volume=$(volume_of data)
    [ "$(get pv "$volume" '.metadata.annotations.pv\.kubernetes\.io/provisioned-by')" = "$OLD_NAME" ]
    kubectl delete pvc data
    eventually describe_shows pv "$volume" VolumeFailedDelete
}

@test "a released volume whose policy is Delete is kept, and an event on it says so" {
    class delete 'reclaimPolicy: Delete'
    claim data class="$NAMESPACE-delete"
    eventually is_bound data
    volume=$(volume_of data) directory=$(directory_of data)
    on_export sh -c "echo precious >$EXPORT/$directory/file"
    kubectl delete pvc data
    eventually describe_shows pv "$volume" "Status:          Released" VolumeFailedDelete \
        "volume and its directory $NFS_SERVER:$NFS_PATH/$directory are kept"
    [ "$(on_export cat "$EXPORT/$directory/file")" = precious ]
}

@test "ten claims at once get ten directories, and each its own volume" {
    for i in {1..10}; do
        claim_yaml "data-$i"
    done | kubectl apply -f - >/dev/null
    eventually is_bound data-{1..10}
    [ "$(directories | wc -l)" -eq 10 ]
    [ "$(volumes | wc -l)" -eq 10 ]
    while read -r claim volume directory; do
        [ "$directory" = "$NAMESPACE-$claim-$volume" ]
        [ "$(volume_of "$claim")" = "$volume" ]
    done < <(volumes)
}

@test "the longest names there are fit into a directory's name" {
    name=$(printf 'c%.0s' {1..253})
    claim "$name"
    eventually is_bound "$name"
    directory=$(directory_of "$name")
    [ "${#directory}" -eq 255 ]
    [[ $directory == "$NAMESPACE"-ccc*-"$(volume_of "$name")" ]]
    [ "$(directories)" = "$directory" ]
}

@test "both replicas answer requests for metrics and readiness" {
    needs_own_mooring "asks the metrics of its leader"
    claim good
    eventually is_bound good
    claim bad class="$NAMESPACE-none"
    made=$(metric 'controller_persistentvolumeclaim_provision_total{class="nfs",source=""}')
    [ "$made" -ge 1 ]
    claim another
    eventually is_bound another
    [ "$(metric 'controller_persistentvolumeclaim_provision_total{class="nfs",source=""}')" -eq $((made + 1)) ]
    [ "$(metric mooring_leading)" = 1 ]
    [ "$(page "$(leader)" /readyz)" = "ok: leading" ]
    [ "$(page "$(standby)" /readyz)" = "ok: standing by" ]
    [ "$(page "$(standby)" /healthz)" = ok ]
    page "$(standby)" /metrics | grep -x 'mooring_leading 0'
}

@test "connections that a Pod keeps open silence no probe" {
    needs_own_mooring "holds connections to its leader"
    pod=$(leader)
    address=$(kubectl --namespace mooring get pod "$pod" --output 'jsonpath={.status.podIP}')
    kubectl apply -f - <<YAML
apiVersion: v1
kind: Pod
metadata: {name: neighbour}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: main
    image: $IMAGE
    imagePullPolicy: IfNotPresent
    command: [sh, -c, "for i in \$(seq 40); do (while sleep 2; do echo -n G; done) | nc $address 8080 & done; sleep 100000"]
YAML
    kubectl wait --for=condition=Ready pod/neighbour --timeout="${TIMEOUT}s"
    is_healthy() {
        [ "$(page "$pod" /healthz)" = ok ]
    }
    stays 10 is_healthy
}
