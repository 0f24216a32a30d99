#!/usr/bin/env bats
# The folder .mooring of an export is away, unreadable, another's or another export's: nothing is made there meanwhile, and
# once it is right again everything goes on without a restart. Each test has an export of its own.

bats_require_minimum_version 1.5.0
load lib.bash

setup() {
    needs_own_machine "exports folders of its own"
    use_new_namespace
    use_folder "/exports/second/$NAMESPACE"
}

use_folder() {
    folder=$1
}

# make_class [FIELD: VALUE...]: a class for the folder, which gives back to every claim. Further parameters may follow.
make_class() {
    on_export sh -c "mkdir -p $folder && chmod 777 $folder"
    class own 'parameters:' "  path: $folder" '  rebind: all' "${@/#/  }"
}

# a_claim_with_a_file [FIELD: VALUE...]: a claim that had its directory on the folder, and is gone.
a_claim_with_a_file() {
    make_class "$@"
    claim data class="$NAMESPACE-own"
    eventually is_bound data
    volume=$(volume_of data) directory=$(directory_of data) restarts=$(restarts)
    on_export sh -c "echo precious >$folder/$directory/file"
    kubectl delete pvc data
}

come() {
    { claim_yaml data class="$NAMESPACE-own" && claim_yaml new class="$NAMESPACE-own"; } | kubectl apply -f -
}

# are_held TEXT...: an event on each claim says why, and nothing is made.
are_held() {
    eventually describe_shows pvc data ProvisioningFailed "$@"
    eventually describe_shows pvc new ProvisioningFailed "$@"
    is_pending data
    is_pending new
    is_gone pv "pvc-$(get pvc new .metadata.uid)"
}

# Both claims have a directory, and the first one that which it had.
go_on() {
    eventually is_bound data new
    [ "$(directory_of data)" = "$directory" ]
    [ "$(on_export cat "$folder/$directory/file")" = precious ]
    [ "$(on_export ls "$folder" | wc -l)" -eq 2 ]
    [ "$(restarts)" = "$restarts" ]
}

@test "while .mooring is away nothing is made, and everything goes on when it is back" {
    a_claim_with_a_file
    on_export mv "$folder/.mooring" "$folder/.away"
    come
    are_held "no identity" "is its disk mounted?"
    [ "$(on_export ls "$folder")" = "$directory" ]
    on_export sh -c "rm -rf $folder/.mooring && mv $folder/.away $folder/.mooring"
    go_on
}

# with_the_disk on|off: restart the server with a file system mounted on the class's folder, or without.
with_the_disk() {
    fragile_server stop
    if [[ $1 == on ]]; then
        on_export mount --bind "$disk" "$folder"
    else
        on_export umount "$folder"
    fi
    fragile_server start
}

# The second server has the folder then. It is started again, whatever the test has done.
undo() {
    fragile_server start
}

@test "while the disk of an export is not mounted nothing is made, and everything goes on when it is" {
    use_folder "$FRAGILE_PATH/$NAMESPACE"
    disk=/run/disk-$NAMESPACE
    on_export sh -c "mkdir $folder $disk && mount -t tmpfs -o mode=777 disk $disk"
    with_the_disk on
    a_claim_with_a_file "server: $FRAGILE_SERVER"
    with_the_disk off
    come
    are_held "no identity" "is its disk mounted?"
    [ -z "$(on_export ls -A "$folder")" ]
    with_the_disk on
    go_on
}

@test "while an export has the identity of another one nothing is made, and everything goes on when it has its own" {
    a_claim_with_a_file
    identity=$(on_export readlink "$folder/.mooring/export")
    on_export ln -sfn "11111111-2222-3333-4444-555555555555 1" "$folder/.mooring/export"
    come
    are_held "has the identity 11111111-2222-3333-4444-555555555555" "is its disk mounted?"
    [ "$(on_export ls "$folder")" = "$directory" ]
    on_export ln -sfn "$identity" "$folder/.mooring/export"
    go_on
}

# lets_a_person_decide COMMAND TEXT: after this command on the server, with which the identity is another one or is missing,
# the claims are held, and the event has the command with which a person says that this is the right export.
lets_a_person_decide() {
    a_claim_with_a_file
    on_export sh -c "cd $folder/.mooring && $1"
    come
    are_held "$2" "is its disk mounted?" "mooring check --accept-export $NFS_SERVER:$folder"
    said=$(accept || true) # it may find something wrong elsewhere
    grep -E "^ok +$NFS_SERVER:$folder is accepted: its 1 volume is on the export " <<<"$said"
    go_on
    for claim in data new; do
        [ "$(get pv "$(volume_of "$claim")" '.metadata.annotations.mooring/export') 1" = \
            "$(on_export readlink "$folder/.mooring/export")" ]
    done
}

# As the event says, in the Pod.
accept() {
    local command
    command=$(kubectl get events --output 'jsonpath={..message}' | grep -o -m 1 "mooring check --accept-export [^ ;]*")
    # shellcheck disable=SC2086 # the words of the command
    kubectl --namespace mooring exec deployment/mooring -- /${command%%$'\n'*}
}

@test "an export with the identity of another one is used again when a person says that it is the right one" {
    lets_a_person_decide "ln -sfn '11111111-2222-3333-4444-555555555555 1' export" \
        "has the identity 11111111-2222-3333-4444-555555555555"
    [ "$(on_export readlink "$folder/.mooring/export")" = "11111111-2222-3333-4444-555555555555 1" ]
}

@test "an export without an identity is used again, with a new one, when a person says that it is the right one" {
    lets_a_person_decide "rm export" "has no identity"
}

@test "what is no identity of an export is not accepted, and holds claims until the right one is back" {
    a_claim_with_a_file
    identity=$(on_export readlink "$folder/.mooring/export")
    on_export ln -sfn "../../etc 1" "$folder/.mooring/export"
    come
    are_held "the identity of $NFS_SERVER:$folder" "its text is not <UUID> <format>"
    run kubectl --namespace mooring exec deployment/mooring -- /mooring check --accept-export "$NFS_SERVER:$folder"
    grep -E "^FAILED +.*the identity of $NFS_SERVER:$folder.* its text is not <UUID> <format>" <<<"$output"
    [ "$(get pv "$volume" '.metadata.annotations.mooring/export') 1" = "$identity" ]
    [ "$(on_export ls "$folder")" = "$directory" ]
    on_export ln -sfn "$identity" "$folder/.mooring/export"
    go_on
}

# Also where the volume object is gone, so that only the records know.
finds_a_copy() {
    a_claim_with_a_file "$@"
    kubectl delete pv "$volume"
    on_export sh -c "cd $folder && mv .mooring .lost && cp -a .lost .mooring"
    come
    go_on
}

@test "an .mooring that is restored from a copy is found at once" {
    finds_a_copy
}

@test "an .mooring that is restored from a copy is found at once over NFSv4" {
    finds_a_copy 'nfsVersion: "4"'
}

@test "a record that mooring may not read holds its claim, and the claim gets its directory back when it may" {
    use_folder "/exports/allsquash/$NAMESPACE"
    a_claim_with_a_file
    kubectl delete pv "$volume"
    record=$(record_of "$volume" "$folder")
    on_export sh -c "chown 0 $record && chmod 600 $record"
    claim data class="$NAMESPACE-own"
    eventually describe_shows pvc data ProvisioningFailed "permission denied"
    stays 3 is_pending data
    [ "$(on_export ls "$folder")" = "$directory" ]
    claim new class="$NAMESPACE-own"
    eventually is_bound new
    on_export chown 65534 "$record"
    go_on
}

@test "a record of a newer format holds its claim, also when its volume is gone" {
    a_claim_with_a_file
    kubectl delete pv "$volume"
    record=$(record_of "$volume" "$folder")
    on_export sed -i 's/"format": 2/"format": 3/' "$record"
    claim data class="$NAMESPACE-own"
    eventually describe_shows pvc data ProvisioningFailed "a newer one wrote it"
    stays 3 is_pending data
    [ "$(on_export ls "$folder")" = "$directory" ]
    claim new class="$NAMESPACE-own"
    eventually is_bound new
    on_export sed -i 's/"format": 3/"format": 2/' "$record"
    go_on
}

# is_refused_with COMMAND TEXT: what the command did to a .mooring that was there before holds claims.
is_refused_with() {
    on_export sh -c "mkdir -p $folder/.mooring && chmod 700 $folder/.mooring && $1"
    make_class
    claim data class="$NAMESPACE-own"
    eventually describe_shows pvc data ProvisioningFailed "$folder" "$2"
    [ -z "$(on_export ls "$folder")" ]
    is_gone pv "pvc-$(get pvc data .metadata.uid)"
}

@test "an .mooring in which others can write is refused, until its mode is mended" {
    is_refused_with "chmod 777 $folder/.mooring" "mode 0777"
    on_export chmod 700 "$folder/.mooring"
    eventually is_bound data
}

@test "an .mooring of another owner is refused, until it has the right one" {
    is_refused_with "chown 1234 $folder/.mooring" "belongs to uid 1234"
    on_export chown 0 "$folder/.mooring"
    eventually is_bound data
}

@test "an .mooring that others can read is closed to them" {
    on_export sh -c "mkdir -p $folder/.mooring && chmod 755 $folder/.mooring"
    make_class
    claim data class="$NAMESPACE-own"
    eventually is_bound data
    [ "$(on_export stat -c %a "$folder/.mooring")" = 700 ]
}
