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
    volume=$(volume_of data-web-0) directory=$(directory_of data-web-0) record=$(record_of "$(volume_of data-web-0)")
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

# For what a leader does with all records when it begins.
come_back_to_a_new_leader() {
    change_leader
    come_back
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

@test "a record says whose the directory is" {
    [ "$(on_export cat "$record" | jq --raw-output '
        "\(.format) \(.volume) \(.directory) \(.namespace.name)/\(.claim.name) \(.class) \(.statefulSet | .name, .template, .ordinal)"' |
        tr '\n' ';')" = "$(printf "1 $volume $directory $NAMESPACE/data-web-0 nfs %s;" web data 0)" ]
    [ "$(on_export cat "$record" | jq --raw-output .cluster)" = "$(get namespace kube-system .metadata.uid)" ]
    [ "$(on_export cat "$record" | jq --raw-output .namespace.uid)" = "$(get namespace "$NAMESPACE" .metadata.uid)" ]
}

@test "a record that is cut off holds its claim" {
    on_export sh -c "head -c 100 $record >$record.cut && mv $record.cut $record"
    come_back
    is_held "record $volume.json" "it is not whole"
}

@test "a record of a newer format holds its claim, and is not overwritten" {
    needs_own_mooring "changes the leader"
    rewrite '.format = 2'
    come_back_to_a_new_leader
    is_held "record $volume.json" "it has format 2, this mooring knows 1: a newer one wrote it"
}

@test "a record that is missing is written again from its volume, and the claim gets its directory back" {
    needs_own_mooring "changes the leader"
    on_export rm "$record"
    come_back_to_a_new_leader
    eventually is_bound data-web-0
    [ "$(directory_of data-web-0)" = "$directory" ]
    [ "$(on_export cat "$record" | jq --raw-output '"\(.directory) \(.namespace.name)/\(.claim.name) \(.claim.uid)"')" = \
        "$directory $NAMESPACE/data-web-0 $(get pvc data-web-0 .metadata.uid)" ]
}

@test "a record that is missing together with its directory holds its claim, and is not made up" {
    needs_own_mooring "changes the leader"
    on_export rm "$record"
    on_export mv "$EXPORT/$directory" "$EXPORT/.away-$directory"
    come_back_to_a_new_leader
    is_held "it has no record .mooring/volumes/$volume.json on the export"
    run ! on_export test -e "$record"
}

@test "a record with a path that leads out of the export holds its claim" {
    rewrite '.directory = "../../etc"'
    come_back
    is_held "record $volume.json"
}

@test "a volume that lies elsewhere than its record says holds its claim" {
    rewrite ".directory = \"$directory-elsewhere\""
    come_back
    is_held "its record and class say $NFS_SERVER:$NFS_PATH/$directory-elsewhere"
}

@test "a directory that is gone holds its claim, and it is given back when it is there again" {
    on_export mv "$EXPORT/$directory" "$EXPORT/.away-$directory"
    come_back
    is_held "the directory is gone from the export"
    on_export mv "$EXPORT/.away-$directory" "$EXPORT/$directory"
    eventually is_bound data-web-0
    [ "$(directory_of data-web-0)" = "$directory" ]
}

@test "a symbolic link in a directory's place holds its claim" {
    on_export sh -c "cd $EXPORT && mv $directory .away-$directory && ln -s .away-$directory $directory"
    come_back
    is_held "its name on the export is not a directory"
}

@test "a record of another cluster is left alone, and the claim starts afresh" {
    rewrite '.cluster = "11111111-2222-3333-4444-555555555555"'
    come_back
    starts_afresh
    [ "$(on_export cat "$record" | jq --raw-output .cluster)" = 11111111-2222-3333-4444-555555555555 ]
}

@test "a file among the records that is none is left alone, and does no harm" {
    needs_own_mooring "changes the leader"
    on_export sh -c "cd $EXPORT/.mooring/volumes && echo hello >README && mkdir -p $NAMESPACE.json && : >pvc-$NAMESPACE.json"
    come_back_to_a_new_leader
    eventually is_bound data-web-0
    [ "$(directory_of data-web-0)" = "$directory" ]
    on_export grep -qx hello "$EXPORT/.mooring/volumes/README"
    on_export test -f "$EXPORT/.mooring/volumes/pvc-$NAMESPACE.json"
    on_export rm -r "$EXPORT/.mooring/volumes/README" "$EXPORT/.mooring/volumes/$NAMESPACE.json" \
        "$EXPORT/.mooring/volumes/pvc-$NAMESPACE.json"
}

@test "several directories for one claim hold it, with an event that names them" {
    second=pvc-11111111-2222-3333-4444-$(printf %08x "$RANDOM")0000
    on_export sh -c "cd $EXPORT && mkdir $NAMESPACE-data-web-0-$second &&
        sed 's/$volume/$second/g' .mooring/volumes/$volume.json >.mooring/volumes/$second.json"
    kubectl get pv "$volume" --output json | jq --arg name "$second" '
        .metadata |= {name: $name, annotations: .annotations, labels: .labels} | del(.status)
        | .spec.nfs.path |= sub("pvc-.*"; $name)
        | .spec.claimRef.uid = "11111111-2222-3333-4444-555555555555"' | kubectl create -f -
    come_back
    eventually describe_shows pvc data-web-0 ProvisioningFailed "2 directories belong to this claim" \
        "$directory (volume $volume)" "$NAMESPACE-data-web-0-$second (volume $second)" "None was chosen" mooring adopt
    is_pending data-web-0
    [ "$(export_snapshot)" = "$before" ]

    # The user decides, and removes the other volume and its record.
    kubectl delete pv "$second"
    on_export rm "$(record_of "$second")"
    eventually is_bound data-web-0
    [ "$(volume_of data-web-0)" = "$volume" ]
    on_export test -d "$EXPORT/$NAMESPACE-data-web-0-$second"
}
