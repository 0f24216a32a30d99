#!/usr/bin/env bats
# NFS servers that stop, die and come back: their claims wait, all other claims are served.

bats_require_minimum_version 1.5.0
load lib.bash

# One server can fail while another one lives.
setup() {
    needs_own_machine "needs NFS servers that it can break"
    use_new_namespace
    class fragile "parameters: {server: $FRAGILE_SERVER, path: $FRAGILE_PATH}"
    class fragile-v4 "parameters: {server: $FRAGILE_SERVER, path: $FRAGILE_PATH}" 'mountOptions: [nfsvers=4]'
    class sturdy "parameters: {server: $STURDY_SERVER, path: $STURDY_PATH}"
}

undo() {
    fragile_server continue || true # where it was killed
    fragile_server start
    fragile_server join
}

several() {
    local number
    for number in {1..10}; do
        claim_yaml "data-$number" class="$NAMESPACE-fragile"
    done
    claim_yaml over-v4 class="$NAMESPACE-fragile-v4"
}

# A server that is restarted has a grace period only when an NFSv4 client had state on it. Here that is mooring, which has just
# written a record; the state lasts a few seconds.
give_grace_after_restart() {
    claim leaves-state class="$NAMESPACE-fragile-v4"
    eventually is_bound leaves-state
}

# was_refused_in_grace CLAIM: it is over NFSv4, and its record could not be written at once.
was_refused_in_grace() {
    describe_shows pvc "$1" ProvisioningFailed "asks to try again later"
}

# serves_others_during FAULT REPAIR: claims of the broken server wait and say why, and others are served at once. After the
# repair, all that waited are served within seconds, although a claim may wait a minute between two tries.
serves_others_during() {
    fragile_server "$1"
    several | kubectl apply -f - >/dev/null
    eventually describe_shows pvc data-1 ProvisioningFailed "$FRAGILE_SERVER" "next try in"
    for name in one two three; do
        claim_yaml "$name" class="$NAMESPACE-sturdy"
    done | kubectl apply -f - >/dev/null
    within 5 is_bound one two three
    sleep 8 # until the next tries are many seconds away
    is_pending data-10
    fragile_server "$2"
    within 10 is_bound data-{1..10}
    eventually is_bound over-v4 # it may have to wait for the end of a grace period, and then for its next try
    [ "$(on_export ls "$FRAGILE_PATH" | grep -c "^$NAMESPACE-data-")" -eq 10 ]
    [ "$(restarts)" = "$restarts" ]
}

@test "a server that is paused stops only its own claims, and they are all served when it goes on" {
    restarts=$(restarts)
    serves_others_during pause continue
}

@test "a server that is killed stops only its own claims, and they are all served when it is back" {
    restarts=$(restarts)
    give_grace_after_restart
    serves_others_during kill start
    was_refused_in_grace over-v4
}

@test "a server cut off from the network stops only its own claims, and they are all served when it is joined again" {
    restarts=$(restarts)
    serves_others_during cut join
}

@test "a server that is restarted between two claims is no trouble" {
    claim before class="$NAMESPACE-fragile"
    eventually is_bound before
    give_grace_after_restart
    fragile_server stop
    fragile_server start
    claim over-v4 class="$NAMESPACE-fragile-v4"
    claim after class="$NAMESPACE-fragile"
    within 10 is_bound after
    eventually is_bound over-v4
    was_refused_in_grace over-v4
}

# The claims of a set that fits no node, of the class over NFSv4, which a server refuses more to in its grace period.
apply_claims_over_v4() {
    apply_set web 2 class="$NAMESPACE-fragile-v4" management=Parallel selector='{no: where}'
}

directories_of_the_set() {
    on_export ls "$FRAGILE_PATH" | grep "^$NAMESPACE-data-web-"
}

# comes_back_in_grace [COMMAND]: nothing but the records on the server knows what the claims had.
comes_back_in_grace() {
    apply_claims_over_v4
    eventually is_bound data-web-0 data-web-1
    before=$(directories_of_the_set)
    volumes=("$(volume_of data-web-0)" "$(volume_of data-web-1)")
    kubectl delete statefulset web
    delete_claims web 2
    kubectl delete pv "${volumes[@]}"
    give_grace_after_restart
    fragile_server stop
    fragile_server start
    "$@"
    apply_claims_over_v4
    eventually is_bound data-web-0 data-web-1
    [ "$(volume_of data-web-0) $(volume_of data-web-1)" = "${volumes[*]}" ]
    [ "$(directories_of_the_set)" = "$before" ]
    was_refused_in_grace data-web-0
}

@test "a set that comes back to a server in its grace period gets its directories" {
    comes_back_in_grace
}

# In a term that begins then, every claim once came back empty. The case above has no new term.
@test "a set that comes back to a new leader and a server in its grace period gets its directories" {
    comes_back_in_grace change_leader
}

@test "a StatefulSet whose export is away comes up when the export is back" {
    fragile_server pause
    apply_set web 2 class="$NAMESPACE-fragile" management=Parallel
    eventually describe_shows pvc data-web-0 ProvisioningFailed
    fragile_server continue
    eventually pods_are_ready web 2
    [ "$(on_export ls "$FRAGILE_PATH" | grep -c "^$NAMESPACE-data-web-")" -eq 2 ]
}
