#!/usr/bin/env bats
# The commands of an administrator: mooring list shows the state, mooring adopt hands a directory to a claim.

bats_require_minimum_version 1.5.0
load lib.bash

# adopts DIRECTORY CLAIM [FLAG...]
adopts() {
    mooring adopt "$1" --to "$NAMESPACE/$2" --class nfs --yes "${@:3}"
}

# refuses TEXT DIRECTORY CLAIM [FLAG...]: mooring adopt fails with this message and changes nothing.
refuses() {
    local before
    before=$(export_snapshot)
    run -1 adopts "${@:2}"
    [[ $output == *"$1"* ]] || {
        printf '"%s" is not in:\n%s\n' "$1" "$output"
        return 1
    }
    [ "$(export_snapshot)" = "$before" ]
}

# A directory with a file in it that no record and no volume names. Its name is in $by_hand.
make_by_hand() {
    by_hand=$NAMESPACE-by-hand
    on_export sh -c "mkdir $EXPORT/$by_hand && chmod 777 $EXPORT/$by_hand && echo precious >$EXPORT/$by_hand/file"
}

# finding KIND: the findings of that kind in this test's namespace, one "VOLUME DIRECTORY" a line.
finding() {
    mooring list --output json | jq --raw-output --arg kind "$1" --arg namespace "$NAMESPACE" '.findings[]
        | select(.kind == $kind and ((.namespace == $namespace) or ((.directory // "") | startswith($namespace))))
        | "\(.volume) \(.directory)"'
}

@test "mooring list shows each claim of a set with its volume and its directory" {
    apply_set web 2 management=Parallel selector='{no: where}'
    eventually is_bound data-web-0 data-web-1
    run -0 mooring list --namespace "$NAMESPACE"
    [[ ${lines[0]} =~ ^SET\ +ORDINAL\ +CLAIM\ +VOLUME\ +DIRECTORY\ +PHASE\ +SIZE\ +CLASS\ +AGE\ +REBOUND$ ]]
    for ordinal in 0 1; do
        claim=data-web-$ordinal
        [[ ${lines[ordinal + 1]} =~ ^web\ +$ordinal\ +$NAMESPACE/$claim\ +$(volume_of $claim)\ +$(directory_of $claim)\ +Bound\ +1Mi\ +nfs\  ]]
    done
    [ "${#lines[@]}" -eq 3 ]
}

@test "mooring list says the same as one JSON document, and when a claim came back" {
    apply_set web 1 selector='{no: where}'
    eventually is_bound data-web-0
    volume=$(volume_of data-web-0)
    delete_set web
    kubectl delete pvc data-web-0
    [ "$(finding volume-without-claim)" = "$volume $NAMESPACE-data-web-0-$volume" ]

    apply_set web 1 selector='{no: where}'
    eventually is_bound data-web-0
    [ -z "$(finding volume-without-claim)" ]
    mooring list --namespace "$NAMESPACE" --output json | jq --exit-status --arg volume "$volume" '
        .cluster != null and (.claims | length) == 1 and (.claims[0]
        | .statefulSet == "web" and .ordinal == 0 and .volume == $volume and .phase == "Bound" and .size == "1Mi"
          and .class == "nfs" and (.directory | endswith($volume)) and (.lastRebind | fromdate) >= (.created | fromdate))'
}

@test "mooring list shows inconsistencies under a title each" {
    claim lost
    claim broken
    eventually is_bound lost broken
    lost=$(volume_of lost) broken=$(volume_of broken) directory=$(directory_of lost)
    make_by_hand
    broken_record=$(record_of "$broken")
    on_export sh -c "head -c 40 $(record_of "$lost") >$broken_record"
    kubectl delete pvc lost
    kubectl delete pv "$lost"
    run -0 mooring list
    [[ $output == *"Records without a volume:"*"$NAMESPACE/lost"*"$lost"*"$directory"*"the volume object is gone"* ]]
    [[ $output == *"the volume object is gone, and its class nfs gives back to claims of StatefulSets only"*"mooring adopt $directory --to $NAMESPACE/lost gives it back"* ]]
    [[ $output == *"Records that cannot be used:"*"$broken"*"it is not whole"* ]]
    [[ $output == *"Directories without a record:"*"$by_hand"* ]]

    on_export rm -r "$EXPORT/$directory"
    [ "$(finding record-without-directory)" = "$lost $directory" ]
    on_export rm "$broken_record" "$(record_of "$lost")"
    [ "$(finding volume-without-record)" = "$broken $(directory_of broken)" ]
}

@test "an export that cannot be read is said in a line, the rest is shown, and the exit status is 1" {
    needs_own_machine "names an export that does not exist"
    class elsewhere "parameters: {path: /no/such/export}"
    claim data
    eventually is_bound data
    run -1 mooring list
    [[ $output == *"$NAMESPACE/data"* ]]
    [[ $output == *"Not read:"*"/no/such/export"* ]]
}

@test "an export that two classes use over NFSv3 and v4 is listed once" {
    needs_own_machine "counts the exports"
    class v3 'parameters: {nfsVersion: "3"}'
    class v4 'parameters: {nfsVersion: "4"}'
    claim one class="$NAMESPACE-v3"
    claim two class="$NAMESPACE-v4"
    eventually is_bound one two
    make_by_hand
    [ "$(finding directory-without-record)" = "null $by_hand" ]
    mooring list --output json | jq --exit-status '.exports | map(select(.read)) | length == 1'
}

@test "a class whose provisioner is misspelt is named with the claim that waits for it" {
    class wrong "provisioner: mooring/nsf"
    claim data class="$NAMESPACE-wrong"
    run -0 mooring list
    [[ $output == *"Claims whose volume no provisioner makes:"*"$NAMESPACE/data"*"mooring/nsf"* ]]
    [[ $output == *"storage class $NAMESPACE-wrong names the provisioner mooring/nsf"* ]]
}

@test "a directory filled by hand is handed to a pending claim" {
    make_by_hand
    class late "volumeBindingMode: WaitForFirstConsumer"
    claim data class="$NAMESPACE-late"
    is_pending data
    run -0 mooring adopt "$by_hand" --to "$NAMESPACE/data" --yes
    [[ $output == *"$NAMESPACE/data is pending"* ]]
    eventually is_bound data
    [ "$(directory_of data)" = "$by_hand" ]
    [ "$(on_export cat "$EXPORT/$by_hand/file")" = precious ]
    [ "$(directories)" = "$by_hand" ]
}

@test "a directory is reserved for a claim that does not exist yet, also a larger one with another access mode" {
    make_by_hand
    run -0 adopts "$by_hand" data
    [[ $output == *"does not exist yet"* ]]
    record=$(on_export find "$EXPORT/.mooring/claims" -path "*/$NAMESPACE/*/data/*.reserved.in-use")
    volume=$(basename "$record" .reserved.in-use)
    [ "$(get pv "$volume" .spec.claimRef.uid)" = reserved ]

    # No other claim gets it.
    claim other
    eventually is_bound other
    [ "$(volume_of other)" != "$volume" ]

    claim data request=7Gi modes='[ReadWriteOnce]'
    eventually is_bound data
    [ "$(volume_of data)" = "$volume" ]
    [ "$(get pvc data .status.capacity.storage)" = 7Gi ]
    eventually record_names_the_claim data

    run -0 adopts "$by_hand" data
    [[ $output == *"Nothing to do"* ]]
}

record_names_the_claim() {
    [[ $(state_of "$(volume_of "$1")") == "$(get pvc "$1" .metadata.uid).in-use" ]]
}

@test "of two directories that were reserved for one claim it gets the last one, also when it comes back" {
    class all 'parameters: {rebind: all}'
    make_by_hand
    on_export mkdir "$EXPORT/$NAMESPACE-mistake"
    for directory in "$NAMESPACE-mistake" "$by_hand"; do
        mooring adopt "$directory" --to "$NAMESPACE/data" --class "$NAMESPACE-all" --yes
    done
    for _ in 1 2; do
        claim data class="$NAMESPACE-all"
        eventually is_bound data
        [ "$(directory_of data)" = "$by_hand" ]
        kubectl delete pvc data
    done
}

@test "an ordinal of a set gets what an administrator chose for it" {
    make_by_hand
    adopts "$by_hand" data-web-1
    apply_set web 2 management=Parallel selector='{no: where}'
    eventually is_bound data-web-0 data-web-1
    [ "$(directory_of data-web-1)" = "$by_hand" ]
    # A volume that Kubernetes bound by itself is given back as well.
    eventually record_names_the_claim data-web-1
    delete_set web
    delete_claims web 2
    apply_set web 2 management=Parallel selector='{no: where}'
    eventually is_bound data-web-0 data-web-1
    [ "$(directory_of data-web-1)" = "$by_hand" ]
}

@test "one of several directories of a claim is chosen, and the choice is final" {
    apply_set web 1 selector='{no: where}'
    eventually is_bound data-web-0
    first=$(volume_of data-web-0) first_directory=$(directory_of data-web-0)
    delete_set web
    kubectl delete pvc data-web-0
    make_by_hand
    adopts "$by_hand" data-web-0
    apply_set web 1 selector='{no: where}'
    eventually is_bound data-web-0
    [ "$(directory_of data-web-0)" = "$by_hand" ]
    [[ $(state_of "$first") == *.superseded ]]

    # And back.
    delete_set web
    kubectl delete pvc data-web-0
    adopts "$first_directory" data-web-0
    apply_set web 1 selector='{no: where}'
    eventually is_bound data-web-0
    [ "$(volume_of data-web-0)" = "$first" ]
    [ "$(finding volume-without-claim | wc -l)" -eq 1 ]
}

@test "a directory of a namespace that is gone is handed to another one's claim" {
    new_namespace
    # shellcheck disable=SC2154 # new_namespace sets it
    old=$new_namespace
    kubectl --namespace "$old" apply -f <(claim_yaml data)
    NAMESPACE=$old eventually is_bound data
    directory=$(NAMESPACE=$old directory_of data)
    volume=$(NAMESPACE=$old volume_of data)
    kubectl delete namespace "$old"
    adopts "$directory" data
    claim data
    eventually is_bound data
    [ "$(volume_of data)" = "$volume" ]
    [ "$(directory_of data)" = "$directory" ]
}

@test "what is in use, missing, no directory or badly named is refused" {
    claim used
    eventually is_bound used
    make_by_hand
    on_export sh -c "cd $EXPORT && ln -s $by_hand $NAMESPACE-link && echo >$NAMESPACE-file"
    refuses "claim $NAMESPACE/used uses it" "$(directory_of used)" data
    refuses "has volume $(volume_of used) already" "$by_hand" used
    refuses "is a symlink, not a directory" "$NAMESPACE-link" data
    refuses "is a file, not a directory" "$NAMESPACE-file" data
    refuses "there is no $NAMESPACE-nothing" "$NAMESPACE-nothing" data
    refuses "/etc is not below the export" /etc data
    run -1 mooring adopt "$by_hand" --to no-such-namespace/data --class nfs --yes
    for directory in .. . .mooring .mooring/claims ../etc a//b "$by_hand/" "$by_hand/../$NAMESPACE-file" ''; do
        run -2 adopts "$directory" data
    done
    for target in data / "$NAMESPACE/" /data "$NAMESPACE/a/b" "../$NAMESPACE/data"; do
        run -2 mooring adopt "$by_hand" --to "$target" --class nfs --yes
    done
    is_gone pvc data
}

@test "without a terminal and without --yes nothing is done" {
    make_by_hand
    before=$(export_snapshot)
    run -2 mooring adopt "$by_hand" --class nfs
    [[ $output == *"--to NAMESPACE/CLAIM is missing"* ]]
    run -0 mooring adopt "$NFS_PATH/$by_hand" --to "$NAMESPACE/data" --class nfs --dry-run
    [[ $output == *"  mode       0777, owner "*": stays so"* ]]
    [[ $output == *"Nothing was changed: this was a dry run."* ]]
    run -2 mooring adopt "$by_hand" --to "$NAMESPACE/data" --class nfs
    [[ $output == *"--yes"* ]]
    [ "$(export_snapshot)" = "$before" ]
}

@test "what another cluster has recorded is handed over only when it is said that this is meant" {
    make_by_hand
    claim data
    eventually is_bound data
    theirs=there/$NAMESPACE/there/data
    # shellcheck disable=SC2016 # expanded by the inner shell
    on_export sh -c 'mkdir -p "$1/claims/$2" && ln -s "$2" "$1/directories/$3" && cat >"$1/claims/$2/pvc-there.there.in-use"' \
        - "$EXPORT/.mooring" "$theirs" "$by_hand" < <(on_export cat "$(record_of "$(volume_of data)")" |
            jq --arg directory "$by_hand" '.directory = $directory')
    [ -z "$(finding directory-without-record)" ]
    refuses "another cluster (there) has recorded it" "$by_hand" other
    adopts "$by_hand" other --from-other-cluster
    claim other
    eventually is_bound other
    [ "$(directory_of other)" = "$by_hand" ]
}

@test "what a volume without a record has is written down by the next leader, and nothing is removed" {
    needs_own_mooring "makes mooring lead again"
    claim alive
    claim gone
    eventually is_bound alive gone
    alive=$(volume_of alive) gone=$(volume_of gone)
    make_by_hand
    kubectl delete pvc gone
    on_export rm "$(record_of "$alive")" "$(record_of "$gone")"
    directories=$(directories)

    kubectl --namespace mooring delete "pod/$(leader)" --wait=false
    has_record() {
        [[ -n $(record_of "$1") ]]
    }
    eventually has_record "$alive"
    eventually has_record "$gone"
    eventually has_leader
    [ "$(state_of "$alive")" = "$(get pvc alive .metadata.uid).in-use" ]
    [ "$(on_export cat "$(record_of "$alive")" | jq --raw-output .directory)" = "$(directory_of alive)" ]
    [ "$(directories)" = "$directories" ]
    export_label="{export=\"$NFS_SERVER:$NFS_PATH\"}"
    eventually at_least 1 "mooring_directories_without_record$export_label"
}

at_least() {
    (($(metric "$2") >= $1))
}

@test "mooring help shows the commands, and what one of them takes" {
    run -0 mooring help
    [[ $output == *"Commands:"* ]]
    run -0 mooring help adopt
    [[ $output == *"Usage: mooring adopt DIRECTORY"*"--to NAMESPACE/CLAIM"* ]]
    run -2 mooring help nothing
    [[ $output == *'"nothing" is not a command'* ]]
}
