#!/usr/bin/env bats
# What mooring made, as the kernel's own NFS client shows it: names, modes and owners, and what applications do with a
# mounted directory. The client is in the virtual machine with Linux's own NFS server, which has mooring's export here.

bats_require_minimum_version 1.5.0
load lib.bash

setup() {
    [[ ${SERVER-} == knfsd ]] || skip "needs the virtual machine with Linux's own NFS server"
    use_new_namespace
    mounted=()
}

undo() {
    local folder
    for folder in "${mounted[@]}"; do
        on_export umount --force "$folder" || true
    done
}

# mount_volume CLAIM VERSION: mount the claim's volume by what its object says, as a node does. Its folder is in $folder.
mount_volume() {
    local volume
    volume=$(volume_of "$1")
    folder=/mnt/$NAMESPACE-$1-$2
    on_export mkdir -p "$folder"
    on_export mount -t nfs -o "vers=$2" \
        "$(get pv "$volume" .spec.nfs.server):$(get pv "$volume" .spec.nfs.path)" "$folder"
    mounted+=("$folder")
}

# as_user SCRIPT: as a user who owns nothing.
as_user() {
    on_export setpriv --reuid=1234 --regid=1234 --clear-groups sh -ec "$1"
}

@test "a claim's volume is mounted over NFSv3, 4.0, 4.1 and 4.2, and every user writes there" {
    claim data
    eventually is_bound data
    for version in 3 4.0 4.1 4.2; do
        mount_volume data "$version"
        [ "$(on_export stat --format='%F %a %u:%g' "$folder")" = "directory 777 0:0" ]
        as_user "echo by-$version >$folder/by-$version && mkdir $folder/folder-$version"
        [ "$(on_export stat --format='%u:%g' "$EXPORT/$(directory_of data)/by-$version")" = 1234:1234 ]
    done
    for version in 3 4.0 4.1 4.2; do
        [ "$(on_export cat "/mnt/$NAMESPACE-data-$version"/by-{3,4.0,4.1,4.2})" = $'by-3\nby-4.0\nby-4.1\nby-4.2' ]
    done
}

@test "the client sees the mode and the owner that the class asks for, and its users are held to them" {
    class owned 'parameters: {directoryPerms: "2750", uid: "1234", gid: "4321"}'
    claim data class="$NAMESPACE-owned"
    eventually is_bound data
    mount_volume data 4.2
    [ "$(on_export stat --format='%a %u:%g' "$folder")" = "2750 1234:4321" ]
    as_user "echo mine >$folder/mine"
    [ "$(on_export stat --format='%u:%g' "$folder/mine")" = 1234:4321 ] # the group is the directory's
    run ! on_export setpriv --reuid=99 --regid=99 --clear-groups ls "$folder"
    [[ $output == *"Permission denied"* ]]
}

@test "on an export with root squash the client's root is the user nobody, and mooring's directory is of use to users" {
    on_export mkdir -p -m 0777 "/exports/squashed/$NAMESPACE" # the user nobody, which root becomes there, has to write
    class squash "parameters: {path: /exports/squashed/$NAMESPACE}"
    claim data class="$NAMESPACE-squash"
    eventually is_bound data
    mount_volume data 4.2
    on_export sh -c "echo by-root >$folder/by-root"
    [ "$(on_export stat --format='%u:%g' "$folder/by-root")" = 65534:65534 ]
    as_user "cat $folder/by-root && echo by-user >$folder/by-user"
    [ "$(on_export stat --format='%u:%g' "$folder/by-user")" = 1234:1234 ]
}

@test "the longest names there are can be mounted" {
    name=$(printf 'c%.0s' {1..253})
    claim "$name"
    eventually is_bound "$name"
    volume=$(volume_of "$name")
    on_export mkdir -p "/mnt/$NAMESPACE"
    mounted+=("/mnt/$NAMESPACE")
    on_export mount -t nfs -o vers=4.2 "$NFS_SERVER:$(get pv "$volume" .spec.nfs.path)" "/mnt/$NAMESPACE"
    on_export touch "/mnt/$NAMESPACE/file"
    on_export test -e "$EXPORT/$(directory_of "$name")/file"
}

@test "a directory that is renamed under a client that has it mounted stays with that client" {
    claim data
    eventually is_bound data
    directory=$(directory_of data)
    for version in 3 4.2; do
        mount_volume data "$version"
        on_export sh -c "echo before >$folder/file-$version"
    done
    on_export mv "$EXPORT/$directory" "$EXPORT/$directory-moved"
    on_export mkdir "$EXPORT/$directory"
    for version in 3 4.2; do
        [ "$(on_export cat "/mnt/$NAMESPACE-data-$version/file-$version")" = before ]
        on_export sh -c "echo after >/mnt/$NAMESPACE-data-$version/file-$version"
        [ "$(on_export cat "$EXPORT/$directory-moved/file-$version")" = after ]
    done
    [ -z "$(on_export ls -A "$EXPORT/$directory")" ]
}

@test "a claim that is deleted and comes back has what the client wrote, while it is mounted" {
    class back 'parameters: {rebind: all}'
    claim data class="$NAMESPACE-back"
    eventually is_bound data
    mount_volume data 4.2
    as_user "echo precious >$folder/file"
    directory=$(directory_of data)
    kubectl delete pvc data
    claim data class="$NAMESPACE-back"
    eventually is_bound data
    [ "$(directory_of data)" = "$directory" ]
    [ "$(on_export cat "$folder/file")" = precious ]
    as_user "echo more >>$folder/file"
    [ "$(on_export cat "$EXPORT/$directory/file")" = $'precious\nmore' ]
}
