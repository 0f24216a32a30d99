# shellcheck shell=bash
# What the scripts that run inside the machine share: its environment and its daemons. Sourced, never run.

# shellcheck source=tests/cluster/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

use_cluster "$MOORING_CLUSTER"
export PATH=$kubernetes:$PATH
export KUBECONFIG=$MACHINE_KUBECONFIG
# A proxy would get the requests to the API server in here.
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY no_proxy NO_PROXY

# daemon NAME COMMAND...: run it in the background with its output in log/NAME.log. When this script ends, the daemon
# becomes a child of the machine's first process, which reaps it.
daemon() {
    local name=$1
    shift
    (
        close_inherited_files
        exec setsid "$@"
    ) >>"$log_folder/$name.log" 2>&1 </dev/null &
    echo $! >"$MACHINE_DIR/$name.pid"
}

daemon_pid() {
    local pid
    [[ -s $MACHINE_DIR/$1.pid ]] && read -r pid <"$MACHINE_DIR/$1.pid" && kill -0 "$pid" 2>/dev/null &&
        printf '%s\n' "$pid"
}

# daemon_state NAME: running, paused or stopped. A killed daemon that still has threads (l) has open sockets: running.
daemon_state() {
    local pid process_state
    if pid=$(daemon_pid "$1") && process_state=$(ps -o stat= -p "$pid") &&
        [[ $process_state != Z* || $process_state == *l* ]]; then
        [[ $process_state == T* ]] && echo paused || echo running
    else
        echo stopped
    fi
}

is_stopped() {
    [[ $(daemon_state "$1") == stopped ]]
}

# listens ADDRESS PORT
listens() {
    (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null
}

node_is_ready() {
    [[ $(kubectl get node node1 --output='jsonpath={.status.conditions[?(@.type=="Ready")].status}') == True ]]
}

# failed NAME MESSAGE: end with the message, and show the end of the log of the daemon NAME.
failed() {
    tail -n 15 "$log_folder/$1.log" >&2 || true
    die "$2: the last lines of $log_folder/$1.log are above"
}
