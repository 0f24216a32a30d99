#!/usr/bin/env bats
# Two replicas, of which only the leader writes: it is killed, loses its lease, or is stopped in the middle.

bats_require_minimum_version 1.5.0
load lib.bash

# How often mooring is killed while claims come.
readonly KILLS=${MOORING_KILLS:-3}

setup() {
    needs_own_mooring "kills mooring"
    use_new_namespace
    eventually both_are_ready
}

both_are_ready() {
    kubectl --namespace mooring rollout status deployment mooring --timeout=30s && has_leader
}

leads() {
    [[ $(page "$1" /readyz) == "ok: leading" ]]
}

# Exactly one replica says that it leads, and the lease names it.
exactly_one_leads() {
    local pod count=0
    for pod in $(mooring_pods); do
        ! leads "${pod#*/}" || count=$((count + 1))
    done
    ((count == 1)) && leads "$(leader)"
}

# Each process has its own identity, also one that Kubernetes starts again in the same Pod.
held_by_another_than() {
    [[ $(lease holderIdentity) != "$1" ]]
}

milliseconds() {
    date --date "$1" +%s%3N
}

# process_of POD: the process id of its mooring on the machine.
process_of() {
    local container
    container=$(get_mooring "$1" '{.status.containerStatuses[0].containerID}')
    on_machine ctr --namespace k8s.io tasks list | awk -v id="${container#*://}" '$1 == id { print $2 }'
}

# kill_process POD PROCESS: after this the Pod's container is started again.
kill_process() {
    on_machine "$E2E/kept-logs" killed "$1"
    on_machine kill -KILL "$2"
}

get_mooring() {
    kubectl --namespace mooring get pod "$1" --output "jsonpath=$2"
}

one_volume_each() {
    volumes | awk '{ print $1 }' | sort | uniq --repeated | wc -l | grep -qx 0
    [ "$(directories | wc -l)" -eq "$1" ]
    [ "$(volumes | wc -l)" -eq "$1" ]
}

# Each claim has one record, which has its last line.
records_are_whole() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    [ "$(on_export sh -c 'cd "$1"/.mooring/claims/*/"$2" && for record in */*/*; do
        [ "$(tail -n 1 "$record")" = "}" ] && basename "$record"
    done' - "$EXPORT" "$NAMESPACE" | sort)" = "$(kubectl get pvc --output \
        'jsonpath={range .items[*]}{.spec.volumeName}.{.metadata.uid}.in-use{"\n"}{end}' | sort)" ]
}

@test "a leader that is stopped hands over within seconds" {
    old=$(leader)
    kubectl --namespace mooring delete pod "$old" --wait=false
    within 5 another_leads "$old"
    claim data
    within 5 is_bound data
}

# Kubernetes starts the killed process again at once. The next leader is the one of the two that waited first.
@test "a leader that is killed is followed when its lease ends, and not before" {
    needs_own_machine "kills a process by its number"
    killed=$(lease holderIdentity)
    for i in {1..10}; do
        claim_yaml "data-$i"
    done | kubectl apply -f - >/dev/null &
    pod=$(leader)
    kill_process "$pod" "$(process_of "$pod")"
    renewed=$(lease renewTime)
    wait
    within 25 held_by_another_than "$killed"
    waited_ms=$(($(milliseconds "$(lease acquireTime)") - $(milliseconds "$renewed")))
    echo "$waited_ms ms after its last renewal"
    ((waited_ms >= 15000))
    eventually is_bound data-{1..10}
    one_volume_each 10
    eventually exactly_one_leads
}

@test "a lease that is deleted is soon held again, and no replica restarts" {
    before=$(restarts)
    kubectl --namespace mooring delete lease mooring-nfs
    eventually exactly_one_leads
    claim data
    eventually is_bound data
    [ "$(restarts)" = "$before" ]
}

@test "a lease stolen by another holder stops all writing, and mooring campaigns again" {
    before=$(restarts)
    # Another holder, which does not renew it: after 15 s the lease is free again.
    kubectl --namespace mooring patch lease mooring-nfs --patch \
        "{\"spec\": {\"holderIdentity\": \"thief_1\", \"renewTime\": \"$(date --utc +%Y-%m-%dT%H:%M:%S.000000Z)\", \"leaseDurationSeconds\": 15}}"
    no_replica_leads() {
        local pod
        for pod in $(mooring_pods); do
            [[ $(page "${pod#*/}" /readyz) == "ok: standing by" ]] || return 1
        done
    }
    within 5 no_replica_leads
    claim data
    stays 4 is_pending data
    [ -z "$(directories)" ]
    within 25 exactly_one_leads
    within 5 is_bound data
    [ "$(restarts)" = "$before" ]
}

# claims_of_round NUMBER: forty new ones, and those of the round before once more.
claims_of_round() {
    local i
    for i in {1..40}; do
        claim_yaml "data-$1-$i" class="$NAMESPACE-back"
        (($1 == 1)) || claim_yaml "data-$(($1 - 1))-$i" class="$NAMESPACE-back"
    done
}

# kill_in_the_middle NUMBER: the claims of this round come while the process is stopped. It goes on, a moment at a time, until
# the first of the new ones has a volume, and is killed then.
kill_in_the_middle() {
    local number=$1 pod process
    pod=$(mooring_pods)
    pod=${pod#*/}
    process=$(process_of "$pod")
    ((number == 1)) || kubectl delete pvc "data-$((number - 1))-"{1..40}
    claims+=("data-$number-"{1..40})
    on_machine kill -STOP "$process"
    claims_of_round "$number" | kubectl apply -f -
    eventually makes_a_volume_in_a_moment "$process" "$number"
    (($(volumes | grep -c "^data-$number-") == 40)) || hit=$((hit + 1))
    kill_process "$pod" "$process"
    kubectl --namespace mooring delete pod "$pod"
    kubectl --namespace mooring rollout status deployment mooring --timeout="${TIMEOUT}s"
}

# makes_a_volume_in_a_moment PROCESS NUMBER
makes_a_volume_in_a_moment() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    on_machine sh -c 'kill -CONT "$1" && sleep 0.05 && kill -STOP "$1"' - "$1" &&
        volumes | grep --quiet "^data-$2-"
}

@test "a mooring that is killed again and again never makes two of anything" {
    needs_own_machine "kills processes by their number"
    # One replica without leader election, so that it need not wait for a lease after each kill.
    undo() {
        kubectl --namespace mooring set env deployment/mooring ENABLE_LEADER_ELECTION-
        start_mooring
    }
    kubectl --namespace mooring scale deployment mooring --replicas=1
    kubectl --namespace mooring set env deployment/mooring ENABLE_LEADER_ELECTION=false
    kubectl --namespace mooring rollout status deployment mooring --timeout="${TIMEOUT}s"
    class back 'parameters: {rebind: all}'
    claims=() hit=0 first=''
    for ((kill = 1; kill <= KILLS; kill++)); do
        kill_in_the_middle "$kill"
        eventually is_bound "${claims[@]}"
        first+=$(volumes | grep "^data-$kill-")$'\n'
    done
    echo "$hit of $KILLS kills met a mooring that was in the middle of its work"
    ((2 * hit >= KILLS))
    [ "$(volumes)" = "$(printf %s "$first" | sort)" ]
    one_volume_each "${#claims[@]}"
    while read -r claim volume directory; do
        [ "$directory" = "$NAMESPACE-$claim-$volume" ]
    done < <(volumes)
    eventually records_are_whole
}
