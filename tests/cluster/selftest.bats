#!/usr/bin/env bats
# shellcheck disable=SC2030,SC2031 # each test is a subshell and names its own cluster
# Clusters start, do not see each other, and leave nothing behind, however they end. Needs root; takes about a minute.

bats_require_minimum_version 1.5.0

setup_file() {
    # Its own state folder, so that no cluster of the developer is touched.
    export MOORING_CLUSTER_STATE=$BATS_FILE_TMPDIR
    export TOOLS=$BATS_TEST_DIRNAME
    unset MOORING_CLUSTER
    "$TOOLS/build"
}

teardown() {
    "$TOOLS/down" --all
    [[ -z ${chosen-} ]] || rm -r "$chosen"
}

teardown_file() {
    "$TOOLS/down" --all
}

state_of() {
    echo "$MOORING_CLUSTER_STATE/mooring-cluster-$1"
}

pid_of() {
    cat "$(state_of "$1")/pid"
}

# The pid namespace of a cluster, by which its processes are known.
namespace_of() {
    readlink "/proc/$(pid_of "$1")/ns/pid"
}

# Remember mounts, links and folders of the host, for nothing_is_left.
remember_host() {
    mounts_before=$(sort /proc/self/mounts)
    links_before=$(ip -oneline link | cut -d: -f2 | sort)
    folders_before=$(ls -A / /opt /run /var /var/lib /usr/libexec)
}

no_process_in() {
    local process
    for process in /proc/[0-9]*; do
        [ "$(readlink "$process/ns/pid")" != "$1" ] || return 1
    done
}

# nothing_is_left NAME [NAMESPACE]
nothing_is_left() {
    [ ! -e "$(state_of "$1")" ]
    [ -z "$(find /sys/fs/cgroup -maxdepth 2 -name "mooring-$1-*")" ]
    [ "$(sort /proc/self/mounts)" = "$mounts_before" ]
    [ "$(ip -oneline link | cut -d: -f2 | sort)" = "$links_before" ]
    [ "$(ls -A / /opt /run /var /var/lib /usr/libexec)" = "$folders_before" ]
    wait_until no_process_in "${2-none}"
    run ! pgrep --full "machine/init $(state_of "$1")\$"
}

wait_until() {
    local tries
    for ((tries = 0; tries < 200; tries++)); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.05
    done
    return 1
}

@test "an NFS machine has its exports, and the host does not" {
    remember_host
    "$TOOLS/up" --name nfs --nfs-only
    export MOORING_CLUSTER=nfs
    "$TOOLS/exec" touch /var/share/nfs/here /exports/second/here
    [ ! -e /var/share/nfs/here ]
    "$TOOLS/exec" showmount --no-headers --exports 10.250.0.1 | grep '^/exports/readonly '
    "$TOOLS/exec" showmount --no-headers --exports 10.250.0.2 | grep '^/exports/second-server '
    namespace=$(namespace_of nfs)
    "$TOOLS/down" --name nfs
    nothing_is_left nfs "$namespace"
}

@test "each NFS server is paused, killed, cut off and brought back without the other" {
    "$TOOLS/up" --name nfs --nfs-only
    export MOORING_CLUSTER=nfs
    answers() {
        "$TOOLS/exec" timeout --signal=KILL 1 rpcinfo -T tcp "$1" nfs 3
    }
    answers 10.250.0.1
    for fault in pause:continue kill:start stop:start cut:join; do
        "$TOOLS/nfs" --server second "${fault%:*}"
        run ! answers 10.250.0.2
        answers 10.250.0.1
        "$TOOLS/nfs" --server second "${fault#*:}"
        answers 10.250.0.2

        "$TOOLS/nfs" "${fault%:*}"
        run ! answers 10.250.0.1
        answers 10.250.0.2
        "$TOOLS/nfs" "${fault#*:}"
        answers 10.250.0.1
    done
}

@test "what is started keeps no pipe of its starter open" {
    "$TOOLS/up" --name pipe --nfs-only 7> >(cat && touch "$BATS_TEST_TMPDIR/up")
    wait_until test -e "$BATS_TEST_TMPDIR/up"
    export MOORING_CLUSTER=pipe
    "$TOOLS/nfs" stop
    "$TOOLS/nfs" start 7> >(cat && touch "$BATS_TEST_TMPDIR/start")
    wait_until test -e "$BATS_TEST_TMPDIR/start"
}

@test "two clusters start at once, are Ready, and do not meet" {
    remember_host
    "$TOOLS/up" --name one &
    one=$!
    "$TOOLS/up" --name two
    wait "$one"
    MOORING_CLUSTER=one "$TOOLS/kubectl" create configmap only-in-one
    MOORING_CLUSTER=two "$TOOLS/kubectl" get nodes | grep ' Ready '
    MOORING_CLUSTER=two run ! "$TOOLS/kubectl" get configmap only-in-one
    "$TOOLS/up" --name one | grep 'already up'

    # The machine goes on when the process that started it is killed.
    kill -KILL "$(ps -o ppid= -p "$(pid_of one)")"
    MOORING_CLUSTER=one "$TOOLS/kubectl" get configmap only-in-one

    namespace=$(namespace_of one)
    "$TOOLS/down" --name two
    MOORING_CLUSTER=one "$TOOLS/kubectl" get nodes | grep ' Ready '
    "$TOOLS/down" --name one
    nothing_is_left one "$namespace"
    nothing_is_left two
}

@test "a cluster remembers the folder with its Kubernetes" {
    "$TOOLS/build"
    # shellcheck source=tests/cluster/lib.sh
    folder=${MOORING_KUBERNETES:-$(source "$TOOLS/lib.sh" && echo "$KUBERNETES_BIN")}
    # A folder of which the machine has its own.
    chosen=$(mktemp -d -p /run)
    cp -s "$folder"/* "$chosen/"
    "$TOOLS/up" --name chosen --kubernetes "$chosen"
    unset MOORING_KUBERNETES
    export MOORING_CLUSTER=chosen
    [ "$("$TOOLS/exec" sh -c 'command -v kubectl')" = "$chosen/kubectl" ]
    "$TOOLS/kubectl" get nodes | grep ' Ready '
    "$TOOLS/up" | grep 'already up'
    run "$TOOLS/up" --kubernetes "$folder"
    [ "$status" -ne 0 ]
    [[ $output == *"runs the Kubernetes in $chosen"* ]]
}

@test "a Pod writes through its NFS volume to the export" {
    "$TOOLS/up" --name pod
    export MOORING_CLUSTER=pod
    "$TOOLS/kubectl" apply -f - <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: writer}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: writer
    image: registry.local/busybox:1
    imagePullPolicy: Never
    command: [sh, -c, "echo hello > /data/greeting; sleep 1000"]
    volumeMounts: [{name: data, mountPath: /data}]
  volumes: [{name: data, nfs: {server: 10.250.0.1, path: /var/share/nfs}}]
YAML
    "$TOOLS/kubectl" wait --for=condition=Ready pod/writer --timeout=30s
    wait_until "$TOOLS/exec" test -s /var/share/nfs/greeting
    [ "$("$TOOLS/kubectl" exec writer -- cat /data/greeting)" = hello ]
}

@test "an up that is killed half-way leaves nothing after down" {
    remember_host
    "$TOOLS/up" --name killed &
    up=$!
    wait_until test -s "$(state_of killed)/log/kubelet.log"
    kill -KILL "$up"
    namespace=$(namespace_of killed)
    run "$TOOLS/up" --name killed
    [ "$status" -ne 0 ]
    [[ $output == *"half dead"* ]]
    "$TOOLS/down" --name killed
    nothing_is_left killed "$namespace"
    "$TOOLS/down" --name killed
}

@test "an up that is interrupted cleans up after itself" {
    remember_host
    "$TOOLS/up" --name interrupted &
    up=$!
    wait_until test -s "$(state_of interrupted)/log/kube-apiserver.log"
    namespace=$(namespace_of interrupted)
    kill -TERM "$up"
    wait "$up" && return 1
    nothing_is_left interrupted "$namespace"
}
