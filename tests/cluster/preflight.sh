# shellcheck shell=bash
# Checks whether a cluster can run on this machine, before anything is started. Sourced by up and knfsd.
# shellcheck source=tests/cluster/versions.sh
source "$CLUSTER_DIR/versions.sh"

# preflight NFS_ONLY: when something is missing, end with a line for each such thing.
preflight() {
    local problems
    problems=$(
        missing_commands "$1"
        missing_namespaces
        missing_firewall
        [[ -n $1 ]] || missing_for_kubernetes
    )
    [[ -z $problems ]] || die "this machine cannot carry a cluster:"$'\n'"$problems"
}

missing_commands() {
    local command missing=()
    local -a wanted=(nsenter unshare setsid setpriv flock ip iptables ps ganesha.nfsd rpcbind)
    [[ -n $1 ]] || wanted+=(etcd containerd ctr runc openssl curl gcc pkg-config busybox fusermount3)
    for command in "${wanted[@]}"; do
        command -v "$command" >/dev/null || missing+=("$command")
    done
    ((${#missing[@]} == 0)) || say "- not installed: ${missing[*]} (run tests/install-packages --cluster)"
}

missing_namespaces() {
    local error
    error=$(unshare --net --mount --pid --fork --propagation private mount -t tmpfs tmpfs /mnt 2>&1) ||
        say "- private namespaces and mounts are refused here ($error): a container needs --privileged for them"
}

missing_firewall() {
    local error
    error=$(unshare --net iptables --wait --table nat --list 2>&1 >/dev/null) ||
        say "- iptables does not work here: ${error%%$'\n'*}"
}

missing_for_kubernetes() {
    [[ -z ${MOORING_KUBERNETES-} ]] || unfit_programs "$MOORING_KUBERNETES"
    unfit_containerd
    has_filesystem overlay || say "- the kernel has no overlayfs (modprobe overlay), which containerd needs"
    has_filesystem nfs4 || { has_filesystem fuse && [[ -c /dev/fuse ]]; } ||
        say "- the kernel has neither an NFS client (modprobe nfs) nor FUSE (modprobe fuse): Pods need one of them"
    missing_control_groups
}

# unfit_programs FOLDER: what keeps a cluster from running the programs of Kubernetes in it.
unfit_programs() {
    local program version versions=''
    for program in $KUBERNETES_PROGRAMS; do
        if [[ ! -x $1/$program ]]; then
            say "- $1 has no program $program"
        elif ! version=$(version_of "$1/$program"); then
            say "- $1/$program does not run on this machine ($(uname -m)), or does not say its version"
        elif ! is_known_kubernetes "$version"; then
            say "- $1/$program is $version; versions from 1.$OLDEST_KUBERNETES on are known (tests/cluster/versions.sh)"
        elif [[ $program != kubectl ]]; then
            versions+="$version"$'\n'
        fi
    done
    (($(sort -u <<<"${versions%$'\n'}" | wc -l) <= 1)) ||
        say "- the programs in $1 are of several versions: $(sort -u <<<"$versions" | xargs)"
}

# A sentence when the programs in FOLDER are newer than any that was tried.
untried_programs() {
    local version
    version=$(version_of "$1/kubelet")
    ! is_untried_kubernetes "$version" ||
        say "Kubernetes $version is newer than any that was tried here, 1.$NEWEST_KUBERNETES (tests/cluster/versions.sh)."
}

unfit_containerd() {
    local kubelet=v$KUBERNETES_VERSION containerd
    [[ -z ${MOORING_KUBERNETES-} ]] || kubelet=$(version_of "$MOORING_KUBERNETES/kubelet") || return 0
    containerd=$(PATH=${MOORING_KUBERNETES:+$MOORING_KUBERNETES:}$PATH containerd_version 2>/dev/null) || return 0
    speaks_with_kubelet "$containerd" "$(minor_of "$kubelet")" ||
        say "- containerd $containerd and the kubelet $kubelet do not understand each other: containerd 2 needs" \
            "Kubernetes 1.23 or later (--kubernetes), older ones need containerd 1.6 or 1.7"
}

has_filesystem() {
    grep -qw "$1" /proc/filesystems || { modprobe --quiet "$1" 2>/dev/null && grep -qw "$1" /proc/filesystems; }
}

missing_control_groups() {
    local controller type
    type=$(stat --file-system --format=%T /sys/fs/cgroup 2>/dev/null) || type=nothing
    for controller in cpu cpuset memory pids; do
        if [[ $type == cgroup2fs ]]; then
            grep -qw "$controller" /sys/fs/cgroup/cgroup.controllers
        else
            [[ -d /sys/fs/cgroup/$controller ]]
        fi || say "- no control group controller \"$controller\" in /sys/fs/cgroup"
    done
    [[ -w /sys/fs/cgroup ]] || say "- /sys/fs/cgroup is not writable"
}

# The same for the virtual machine with Linux's NFS server.
preflight_knfsd() {
    local command missing=()
    [[ $(uname -m) == x86_64 ]] || die "the virtual machine with Linux's NFS server needs an x86_64, and this is $(uname -m)"
    for command in qemu-system-x86_64 qemu-img debootstrap mkfs.ext4 gcc; do
        command -v "$command" >/dev/null || missing+=("$command")
    done
    ((${#missing[@]} == 0)) || die "not installed: ${missing[*]} (run tests/install-packages --knfsd)"
    [[ -c /dev/net/tun ]] ||
        die "there is no /dev/net/tun, which connects the virtual machine: a container needs --device /dev/net/tun"
}
