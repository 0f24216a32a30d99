# shellcheck shell=bash disable=SC2034 # the scripts that source this use the variables
# What tests/bench/run and tests/bench/soak share: building and starting mooring and the programs, and a cluster.
# Sourced, never run.

BENCH=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SOURCE=$(cd "$BENCH/../.." && pwd)
readonly BENCH SOURCE
readonly BUILD=$SOURCE/build/bench/release
readonly PROGRAMS=$BUILD/tests/bench MOORING=$BUILD/provisioner/mooring
readonly SERVER=10.250.0.1 EXPORT=/var/share/nfs
# The port of the proxy that counts NFS requests.
readonly COUNTED_PORT=12049

# One cluster per folder with the sources.
MOORING_CLUSTER=${MOORING_CLUSTER:-bench-$(cksum <<<"$SOURCE" | cut -d' ' -f1)}
export MOORING_CLUSTER
# Figures are compared, so they are all measured on the same Kubernetes.
unset MOORING_KUBERNETES

die() {
    printf '%s: %s\n' "tests/bench/${0##*/}" "$*" >&2
    exit 1
}

usage() {
    sed -n '2,/^[^#]/ { s/^# \{0,1\}//p }' "$0"
}

# say WHAT: print what is being done, with the seconds since the start.
say() {
    printf '%4d s  %s\n' "$SECONDS" "$*" >&2
}

become_root() {
    ((EUID == 0)) || exec sudo --preserve-env=MOORING_CLUSTER,MOORING_CLUSTER_STATE,XDG_CACHE_HOME "$0" "$@"
}

# Build mooring as users do, and the programs with the same flags.
build() {
    mkdir -p "$BUILD"
    {
        cmake -S "$SOURCE" -B "$BUILD" -DCMAKE_BUILD_TYPE=MinSizeRel &&
            cmake --build "$BUILD" --parallel "$(nproc)" \
                --target mooring bench-{floor,load,await,latency,listing,rpcs}
    } >"$BUILD/build.log" 2>&1 || {
        cat "$BUILD/build.log" >&2
        die "the programs cannot be built, see above"
    }
}

# Start etcd, the API server and the managers without a node, and create the classes.
bring_up() {
    cd "$SOURCE" || exit 1
    tests/cluster/build
    tests/cluster/up --name "$MOORING_CLUSTER" --nfs-only
    ! inside test -e /run/bench-is-up || return 0
    inside "$SOURCE/tests/cluster/machine/pki"
    inside "$SOURCE/tests/cluster/machine/control-plane"
    machine prepare
    kubectl apply -f deploy/namespace.yaml -f deploy/rbac.yaml -f "$BENCH/classes.yaml"
    machine account
    inside touch /run/bench-is-up
} >&2

take_down() {
    "$SOURCE/tests/cluster/down" --name "$MOORING_CLUSTER" >/dev/null
}

# The folder with the logs of the control plane and mooring.
log_folder() {
    echo "${MOORING_CLUSTER_STATE:-/tmp}/mooring-cluster-$MOORING_CLUSTER/log"
}

inside() {
    "$SOURCE/tests/cluster/exec" "$@"
}

machine() {
    inside "$BENCH/machine" "$@"
}

kubectl() {
    "$SOURCE/tests/cluster/kubectl" "$@"
}

# program NAME ARGUMENTS...: run it as the administrator.
program() {
    inside "$PROGRAMS/bench-$1" "${@:2}"
}

# as_mooring NAME ARGUMENTS...: run it with mooring's service account and permissions.
as_mooring() {
    inside env KUBECONFIG=/run/mooring-cluster/mooring.conf "$PROGRAMS/bench-$1" "${@:2}"
}

# metric NAME: its value on mooring's /metrics page.
metric() {
    inside curl --silent "http://$SERVER:8080/metrics" | awk -v name="$1" '$1 == name { print $2 }'
}

# until_it SECONDS COMMAND...: wait until COMMAND succeeds.
until_it() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || die "timed out waiting for: $*"
        sleep 0.1
    done
}

leads() {
    [[ $(metric mooring_leading) == 1 ]]
}

stands_by() {
    [[ $(metric mooring_leading) == 0 ]]
}

# While another holder has the Lease, mooring sees the claims and does not work. Work begins when the Lease is released.
hold_lease() {
    machine lease bench
    until_it 30 stands_by
}

release_lease() {
    machine lease ''
}

start_mooring() {
    machine mooring "$MOORING"
}

stop_mooring() {
    machine stop mooring
}

# Print ticks of processor time so far, RSS in KiB, descriptors, threads, sockets.
sample() {
    machine sample mooring
}
