# shellcheck shell=bash disable=SC2154 # variables are shared with lib.bash
# mooring's own Deployment: started and stopped, its leader, its metrics. Sourced by lib.bash.

stop_mooring() {
    kubectl --namespace mooring scale deployment mooring --replicas=0
    eventually mooring_pods_are_gone
}

mooring_pods() {
    kubectl --namespace mooring get pod --selector app.kubernetes.io/name=mooring --output name
}

mooring_pods_are_gone() {
    [[ -z $(mooring_pods) ]]
}

start_mooring() {
    kubectl --namespace mooring scale deployment mooring --replicas=2
    kubectl --namespace mooring rollout status deployment mooring --timeout="${TIMEOUT}s"
    eventually has_leader
}

# lease FIELD: a field of the Lease's spec.
lease() {
    kubectl --namespace mooring get lease mooring-nfs --output "jsonpath={.spec.$1}"
}

leader() {
    local holder
    holder=$(lease holderIdentity)
    printf '%s\n' "${holder%_*}"
}

standby() {
    mooring_pods | grep -v "/$(leader)\$" | cut -d/ -f2
}

has_leader() {
    [[ -n $(leader) ]] && kubectl --namespace mooring get pod "$(leader)"
}

another_leads() {
    local now
    now=$(leader)
    [[ -n $now && $now != "$1" ]]
}

# Make another replica the leader, so that a new term begins.
change_leader() {
    local old
    old=$(leader)
    kubectl --namespace mooring delete pod "$old" --wait=false
    eventually another_leads "$old"
}

restarts() {
    kubectl --namespace mooring get pod --output 'jsonpath={.items[*].status.containerStatuses[*].restartCount}'
}

# page POD PATH: a page of mooring's HTTP server.
page() {
    kubectl get --raw "/api/v1/namespaces/mooring/pods/$1:8080/proxy$2"
}

# metric NAME-WITH-LABELS: its value at the leader, or 0.
metric() {
    page "$(leader)" /metrics | awk -v name="$1" 'index($0, name " ") == 1 { value = $NF } END { print value + 0 }'
}
