# shellcheck shell=bash
# All that differs between the versions of Kubernetes, and between those of containerd. Functions of a version, which
# start and change nothing. Sourced, never run.

# The oldest minor version of Kubernetes 1 that works, and the newest that was tried. For a newer one, look through its
# changelog for what the table below and machine/ use, add a row where something came or went, and raise the number.
readonly OLDEST_KUBERNETES=20 NEWEST_KUBERNETES=36

# From which minor version to which, for what, and the text. Other flags and fields are the same in all versions.
readonly DIFFERENCES='
20 22  manager-flag   --port=0
20 26  kubelet-flag   --container-runtime=remote
20 26  kubelet-flag   --container-runtime-endpoint=unix:///run/containerd/containerd.sock
27 -   kubelet-field  containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
31 -   kubelet-field  failCgroupV1: false
'
# - In old versions this turns off an unencrypted port of the controller manager and the scheduler. 1.24 lacks the flag.
# - Old kubelets run docker unless they are told not to; from 1.27 there is no such flag, and the endpoint is a field.
# - Kubelets from 1.35 refuse control groups of version 1, unless they are told not to. None refuses them for good yet.

# differences MINOR WHAT: the texts for this minor version, one a line.
differences() {
    local from to what text
    while read -r from to what text; do
        [[ $what != "$2" ]] || (($1 < from)) || [[ $to != - && $1 -gt $to ]] || printf '%s\n' "$text"
    done <<<"$DIFFERENCES"
}

# minor_of VERSION: 31 for v1.31.4. Fails for what is not a version of Kubernetes 1.
minor_of() {
    [[ $1 =~ ^v?1\.([0-9]+)([.+-].*)?$ ]] && printf '%s\n' "${BASH_REMATCH[1]}"
}

# is_known_kubernetes VERSION: not older than what works. A newer one may work too.
is_known_kubernetes() {
    local minor
    minor=$(minor_of "$1") && ((minor >= OLDEST_KUBERNETES))
}

# is_untried_kubernetes VERSION
is_untried_kubernetes() {
    local minor
    minor=$(minor_of "$1") && ((minor > NEWEST_KUBERNETES))
}

# speaks_with_kubelet CONTAINERD MINOR: containerd 2 speaks only version 1 of the protocol between the two, which the
# kubelet knows from 1.23. containerd 1.6 and 1.7 speak with every kubelet up to NEWEST_KUBERNETES; one of the next is to
# need containerd 2.
speaks_with_kubelet() {
    [[ $1 == 1.* ]] || (($2 >= 23))
}

# containerd_version: the version of the containerd on PATH, such as 1.6.20.
containerd_version() {
    containerd --version | awk '{ sub(/^v/, "", $3); sub(/[^0-9.].*/, "", $3); print $3 }'
}

# containerd_configuration CONTAINERD FOLDER: its configuration. FOLDER holds the description of the Pods' network.
containerd_configuration() {
    case $1 in
    1.*) containerd_1_configuration "$2" ;;
    # The name of this field changed in 2.1.
    2.0*) containerd_2_configuration "$2" 'bin_dir = "/usr/lib/cni"' ;;
    *) containerd_2_configuration "$2" 'bin_dirs = ["/usr/lib/cni"]' ;;
    esac
}

containerd_1_configuration() {
    cat <<CONFIGURATION
version = 2
$(containerd_common_configuration)
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.local/pause:1"
  disable_apparmor = true
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$1"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
CONFIGURATION
}

containerd_2_configuration() {
    cat <<CONFIGURATION
version = 3
$(containerd_common_configuration)
[plugins."io.containerd.grpc.v1.cri"]
  stream_server_address = "127.0.0.1"
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "registry.local/pause:1"
[plugins."io.containerd.cri.v1.runtime"]
  disable_apparmor = true
  restrict_oom_score_adj = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    $2
    conf_dir = "$1"
  [plugins."io.containerd.cri.v1.runtime".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
CONFIGURATION
}

containerd_common_configuration() {
    cat <<CONFIGURATION
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
    "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs",
    "io.containerd.tracing.processor.v1.otlp"]
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "/run/containerd/opt"
CONFIGURATION
}
