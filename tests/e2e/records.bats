#!/usr/bin/env bats
# The records on the export, and what happens when one is wrong: the claim waits and says why, or gets a new directory;
# nothing on the export is changed.

bats_require_minimum_version 1.5.0
load lib.bash

# Make a set, and delete it and its claim: the volume, the directory and the record are left.
setup() {
    use_new_namespace
    apply_set web 1 selector='{no: where}'
    eventually is_bound data-web-0
    volume=$(volume_of data-web-0) directory=$(directory_of data-web-0) uid=$(get pvc data-web-0 .metadata.uid)
    record=$(record_of "$volume")
    on_export sh -c "echo precious >$EXPORT/$directory/file"
    delete_set web
    kubectl delete pvc data-web-0
}

# rewrite JQ-FILTER: change the record on the export.
rewrite() {
    local text
    text=$(on_export cat "$record" | jq "$1")
    on_export sh -c "cat >$record" <<<"$text"
}

come_back() {
    before=$(export_snapshot)
    apply_set web 1 selector='{no: where}'
}

# is_held TEXT...: the claim has no volume, an event says why, and nothing changed on the export.
is_held() {
    eventually describe_shows pvc data-web-0 ProvisioningFailed "nothing was changed" "$@"
    is_pending data-web-0
    [ "$(export_snapshot)" = "$before" ]
}

# The claim has a new directory, and the old one is unchanged.
starts_afresh() {
    eventually is_bound data-web-0
    [ "$(directory_of data-web-0)" != "$directory" ]
    [ "$(volume_of data-web-0)" != "$volume" ]
    [ "$(grep -F "$directory" <<<"$before")" = "$(export_snapshot | grep -F "$directory")" ]
}

comes_back_with_its_directory() {
    eventually is_bound data-web-0
    [ "$(directory_of data-web-0)" = "$directory" ]
    [ "$(volume_of data-web-0)" = "$volume" ]
    eventually record_names_the_claim
}

# By its name, as it was handed over.
record_names_the_claim() {
    [[ $(state_of "$volume") == "$(get pvc data-web-0 .metadata.uid).in-use" ]]
}

@test "a record and a symlink say whose the directory is" {
    owner=$(owner_of "$NAMESPACE" data-web-0)
    [ "$record" = "$EXPORT/.mooring/claims/$owner/$volume.$uid.in-use" ]
    [ "$(on_export readlink "$EXPORT/.mooring/directories/$directory")" = "$owner" ]
    [ "$(on_export cat "$record" | jq --compact-output --sort-keys 'del(.created, .nfsVersion, .nfsPort, .mountPort)')" = \
        "$(jq --null-input --compact-output --sort-keys --arg directory "$directory" --arg server "$NFS_SERVER" \
            --arg path "$NFS_PATH" '{format: 2, $directory, class: "nfs", provisioner: "mooring/nfs", policy: "Retain",
                $server, $path, capacity: "1Mi", accessModes: ["ReadWriteOnce"],
                statefulSet: {name: "web", template: "data", ordinal: 0}}')" ]
}

@test "what is on the export for mooring alone is not for others" {
    [ "$(on_export stat -c '%F %a' "$EXPORT/.mooring")" = "directory 700" ]
    [[ $(on_export readlink "$EXPORT/.mooring/export") =~ ^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\ 1$ ]]
    [ "$(get pv "$volume" '.metadata.annotations.mooring/export') 1" = "$(on_export readlink "$EXPORT/.mooring/export")" ]
}

@test "a record that is cut off holds its claim" {
    on_export sh -c "head -c 100 $record >$record.cut && mv $record.cut $record"
    come_back
    is_held "record $volume" "it is not whole"
}

@test "a record of a newer format holds its claim, and is not overwritten" {
    rewrite '.format = 3'
    come_back
    is_held "record $volume" "it has format 3, this mooring knows 2: a newer one wrote it"
}

@test "a record that is missing is written again from its volume, and the claim gets its directory back" {
    on_export rm "$record"
    come_back
    comes_back_with_its_directory
    [ "$(on_export cat "$(record_of "$volume")" | jq --raw-output .directory)" = "$directory" ]
}

@test "a record that is missing together with its directory holds its claim, and is not made up" {
    on_export rm "$record"
    on_export mv "$EXPORT/$directory" "$EXPORT/.away-$directory"
    come_back
    is_held "it has no record on the export"
    [ -z "$(record_of "$volume")" ]
}

@test "a record with a path that leads out of the export holds its claim" {
    rewrite '.directory = "../../etc"'
    come_back
    is_held "record $volume"
}

@test "a volume that lies elsewhere than its record says holds its claim" {
    rewrite ".directory = \"$directory-elsewhere\""
    come_back
    is_held "its record says $directory-elsewhere: one of them was changed by hand"
}

@test "a directory that is gone holds its claim, and it is given back when it is there again" {
    on_export mv "$EXPORT/$directory" "$EXPORT/.away-$directory"
    come_back
    is_held "the directory is gone from the export"
    on_export mv "$EXPORT/.away-$directory" "$EXPORT/$directory"
    comes_back_with_its_directory
}

@test "a symbolic link in a directory's place holds its claim" {
    on_export sh -c "cd $EXPORT && mv $directory .away-$directory && ln -s .away-$directory $directory"
    come_back
    is_held "a file or a symlink is in its place on the export"
}

# Another cluster has recorded it, and no volume here says otherwise.
@test "a record of another cluster is left alone, and the claim starts afresh" {
    becomes_of_another_cluster
    kubectl delete pv "$volume"
    come_back
    starts_afresh
    on_export test -f "$EXPORT/.mooring/claims/$theirs/$volume.$uid.in-use"
}

@test "a volume whose directory another cluster has recorded holds its claim" {
    becomes_of_another_cluster
    come_back
    is_held "its directory is another claim's"
    on_export test -f "$EXPORT/.mooring/claims/$theirs/$volume.$uid.in-use"
}

becomes_of_another_cluster() {
    cluster=11111111-2222-3333-4444-555555555555
    theirs=$cluster/$(owner_of "$NAMESPACE" data-web-0 | cut -d/ -f2-)
    on_export sh -c "cd $EXPORT/.mooring && mkdir -p claims/$theirs && mv $record claims/$theirs &&
        ln -sfn $theirs directories/$directory"
}

@test "files among the folders of records that are none are left alone, and do no harm" {
    folder=${record%/*}
    # shellcheck disable=SC2016 # expanded by the inner shell
    on_export sh -c 'cd "$1" && for _ in 1 2 3 4; do cd .. && echo hello >README; done' - "$folder"
    come_back
    comes_back_with_its_directory
    # shellcheck disable=SC2016 # expanded by the inner shell
    on_export sh -c 'cd "$1" && for _ in 1 2 3 4; do cd .. && grep -qx hello README && rm README || exit; done' - "$folder"
}

@test "a file in the folder of a claim that is no record holds the claim, until it is away" {
    on_export sh -c "echo hello >${record%/*}/README"
    come_back
    is_held "record README"
    on_export rm "${record%/*}/README"
    comes_back_with_its_directory
}

@test "several directories for one claim hold it, with an event that names them" {
    second=pvc-11111111-2222-3333-4444-$(printf %08x "$RANDOM")0000 other=$NAMESPACE-data-web-0-second
    second_uid=11111111-2222-3333-4444-555555555555
    on_export sh -c "mkdir $EXPORT/$other && cp -P $EXPORT/.mooring/directories/$directory $EXPORT/.mooring/directories/$other &&
        sed 's/$directory/$other/' $record >${record%/*}/$second.$second_uid.in-use"
    kubectl get pv "$volume" --output json | jq --arg name "$second" --arg directory "$other" --arg uid "$second_uid" '
        .metadata |= {name: $name, annotations: (.annotations | ."mooring/directory" = $directory), labels: .labels}
        | del(.status) | .spec.nfs.path |= sub("[^/]*$"; $directory) | .spec.claimRef.uid = $uid' | kubectl create -f -
    come_back
    eventually describe_shows pvc data-web-0 ProvisioningFailed "2 directories belong to this claim" \
        "$directory (volume $volume)" "$other (volume $second)" "None was chosen" mooring adopt
    is_pending data-web-0
    [ "$(export_snapshot)" = "$before" ]

    # The user decides, and removes the other volume and its record.
    kubectl delete pv "$second"
    on_export rm "$(record_of "$second")"
    comes_back_with_its_directory
    on_export test -d "$EXPORT/$other"
}
