# shellcheck shell=bash disable=SC2034 # the scripts that source this use the variables
# What the commands of tests/cluster share: messages, names and paths, and running commands inside the machine.
# Sourced, never run.

set -euo pipefail
# Where the programs of administrators are, also for root that has become it without a login.
PATH=$PATH:/usr/sbin:/sbin

# Debian bookworm does not change it any more, so the name of the cache is known without asking the archive.
readonly KUBERNETES_PACKAGE=1.20.5+really1.20.2-1.1+deb12u1
readonly KUBERNETES_VERSION=1.20.2
readonly KUBERNETES_PROGRAMS="kube-apiserver kube-controller-manager kube-scheduler kubelet kubectl"

CLUSTER_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly CLUSTER_DIR
readonly CACHE=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/mooring
readonly KUBERNETES_BIN=$CACHE/kubernetes-$KUBERNETES_PACKAGE/bin

# The same in every cluster, because clusters do not see each other.
readonly NODE_ADDRESS=10.250.0.1
readonly SECOND_ADDRESS=10.250.0.2
readonly POD_NETWORK=10.244.0.0/24
readonly SERVICE_NETWORK=10.96.0.0/16
readonly SERVICE_ADDRESS=10.96.0.1 # of the API server
readonly MACHINE_DIR=/run/mooring-cluster
readonly MACHINE_KUBECONFIG=$MACHINE_DIR/admin.conf

say() {
    printf '%s\n' "$*"
}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Print the header of the calling script: from its second line to the first that is not a comment.
usage() {
    sed -n '2,/^[^#]/ { s/^# \{0,1\}//p }' "$0"
}

# Milliseconds since the machine started, to measure durations.
clock() {
    local up
    read -r up _ </proc/uptime
    echo $((10#${up/./} * 10))
}

# since CLOCK: the time since an earlier `clock`, such as "8.4 s".
since() {
    local elapsed=$(($(clock) - $1))
    printf '%d.%d s' $((elapsed / 1000)) $((elapsed % 1000 / 100))
}

# wait_for SECONDS COMMAND...: try every 50 ms until COMMAND succeeds. Fails after SECONDS.
wait_for() {
    local deadline=$(($(clock) + $1 * 1000))
    shift
    until "$@" >/dev/null 2>&1; do
        (($(clock) < deadline)) || return 1
        sleep 0.05
    done
}

# A daemon must not keep pipes of the caller open, or their readers would wait until it ends.
close_inherited_files() {
    local file descriptor
    for file in "/proc/$BASHPID/fd/"*; do
        descriptor=${file##*/}
        ((descriptor <= 2)) || exec {descriptor}>&-
    done
}

# Namespaces, mounts and cgroups need root.
become_root() {
    ((EUID == 0)) && return
    command -v sudo >/dev/null || die "needs root: run it as root, or install sudo"
    exec sudo --preserve-env=MOORING_CLUSTER,MOORING_CLUSTER_STATE,MOORING_KUBERNETES,XDG_CACHE_HOME "$0" "$@"
}

# use_cluster NAME: sets the variables that belong to this cluster.
use_cluster() {
    cluster=$1
    [[ $cluster =~ ^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$ ]] ||
        die "\"$cluster\" cannot be a cluster's name: lower-case letters, digits and dashes, 40 at most"
    state=$(state_parent)/mooring-cluster-$cluster
    log_folder=$state/log
    # All clusters are seen in one tree of control groups, so the name contains a checksum of the state folder.
    cgroup=mooring-$cluster-$(cksum <<<"$state" | cut -d' ' -f1)
    kubernetes=$KUBERNETES_BIN
    [[ ! -s $state/kubernetes ]] || kubernetes=$(<"$state/kubernetes")
    export MOORING_CLUSTER=$cluster
}

# version_of PROGRAM: what a program of Kubernetes says that it is, such as v1.31.4. Fails when it does not run here.
version_of() {
    local arguments=(--version)
    [[ $1 != */kubectl ]] || arguments=(version --client)
    "$1" "${arguments[@]}" 2>/dev/null | grep -o 'v[0-9]*\.[0-9]*\.[0-9][^ ",]*' | head -n 1
}

state_parent() {
    realpath -m -- "${MOORING_CLUSTER_STATE:-/tmp}"
}

# Print the pid of the machine's first process. Fails when the machine does not run.
machine_pid() {
    local pid
    [[ -s $state/pid ]] && read -r pid <"$state/pid" && is_machine "$pid" && printf '%s\n' "$pid"
}

# is_machine PID: PID is the first process of this cluster's machine, and not a later process with the same number.
is_machine() {
    local -a command=()
    mapfile -d '' -t command 2>/dev/null <"/proc/$1/cmdline" || return 1
    ((${#command[@]} >= 2)) && [[ ${command[-2]} == */machine/init && ${command[-1]} == "$state" ]]
}

need_machine() {
    pid=$(machine_pid) ||
        die "the cluster \"$cluster\" is not running: start it with tests/cluster/up --name $cluster"
}

# in_machine COMMAND...: run it inside the machine, in the same working directory if that exists there.
in_machine() {
    nsenter --target "$pid" --mount --net --pid -- "$CLUSTER_DIR/machine/enter" "$state" "$PWD" "$@" 9<&-
}

# The path of the user-space mount.nfs. Its name depends on its sources, so that a change gives a new file.
mount_helper() {
    local key
    key=$(cat "$CLUSTER_DIR"/mount_nfs*.[ch] <(pkg-config --modversion libnfs fuse3) | sha256sum)
    printf '%s\n' "$CACHE/mount.nfs-${key:0:16}"
}
