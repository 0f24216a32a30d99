# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared with tests/bench/run
# Stands in for lib.bash in tests/bench.bats: tests/bench/run then measures nothing, and everything takes as long as is
# written here, so that what it concludes from its measurements can be tested in seconds.
#
#   SLOW_STARTS=NUMBERS   the rounds in which a new leader's first claim takes 2 s
#   SLOW_SINGLES=NUMBERS  the rounds in which mooring takes a second for each claim, one by one
#   SLOW_RATES=NUMBERS    the rounds in which many claims at once take mooring twice as long as the moored floor
#   NO_FLOOR=1            the floor's claims one by one are never seen

BENCH=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SOURCE=$BENCH
readonly BENCH SOURCE
readonly PROGRAMS=/nowhere MOORING=/bin/true SERVER=10.250.0.1 EXPORT=/var/share/nfs COUNTED_PORT=12049
MOORING_CLUSTER=rehearsal
# When everything begins, as the Lease and the floors say it.
readonly BEGAN=2026-01-01T00:00:00Z BEGAN_US=1767225600000000

die() {
    echo "$*" >&2
    exit 1
}

say() {
    echo "$*" >>"$BENCH/said"
}

sleep() {
    :
}

become_root() {
    :
}

# All state of the machine is in the files volumes, audit.log and rpcs.log.
build() {
    echo 1000 >"$BENCH/volumes"
    : >"$BENCH/audit.log"
    : >"$BENCH/rpcs.log"
}

bring_up() {
    :
}

take_down() {
    :
}

log_folder() {
    echo "$BENCH"
}

until_it() {
    shift
    until "$@" >/dev/null 2>&1; do
        command sleep 0.01
    done
}

inside() {
    case $1 in
    curl) echo 'mooring_records{} 1000' ;;
    esac
}

kubectl() {
    case $* in
    *'get lease'*) echo "$BEGAN" ;;
    apply*) cat ;;
    esac
}

metric() {
    cat "$BENCH/volumes"
}

leads() {
    :
}

stands_by() {
    :
}

hold_lease() {
    :
}

start_mooring() {
    :
}

stop_mooring() {
    :
}

# times COUNT LINES
times() {
    awk -v count="$1" -v lines="$2" 'BEGIN { while (count-- > 0) print lines }'
}

# mooring's requests for $claims volumes.
release_lease() {
    local resource
    for resource in persistentvolumes events; do
        times "$claims" "{\"verb\": \"create\", \"objectRef\": {\"resource\": \"$resource\"}}"
    done >>"$BENCH/audit.log"
}

# Ticks, KiB, descriptors, threads, sockets.
sample() {
    echo '100 14000 20 8 9'
}

machine() {
    case $1 in
    sample) echo '100 13000 20 8 9' ;;
    ready) echo 300 ;;
    esac
}

as_mooring() {
    echo "$BEGAN_US 500000"
}

# microseconds_of PROVISIONER ROUND: how long it takes for one of many claims.
microseconds_of() {
    case $1 in
    bench) if is_slow "$2" "${SLOW_RATES-}"; then echo 2500; else echo 1300; fi ;;
    moored) echo 1250 ;;
    floor) echo 900 ;;
    esac
}

# is_slow ROUND NUMBERS
is_slow() {
    [[ " $2 " == *" ${1%%.*} "* ]]
}

# moments NAMESPACE COUNT: PROVISIONER-SIZE-ROUND or first-ROUND.
moments() {
    local step round=${1##*-}
    case $1 in
    first-*) if is_slow "$round" "${SLOW_STARTS-}"; then step=2000000; else step=48000; fi ;;
    *) step=$(microseconds_of "${1%%-*}" "$round") ;;
    esac
    echo ready
    awk -v began="$BEGAN_US" -v step="$step" -v count="$2" 'BEGIN { for (i = 1; i <= count; i++) printf "%.0f\n", began + i * step }'
}

# singles NAMESPACE COUNT: PROVISIONER-single-ROUND.
singles() {
    local took=4000
    [[ $1 != bench-* ]] || ! is_slow "${1##*-}" "${SLOW_SINGLES-}" || took=1000000
    [[ $1 != floor-* || -z ${NO_FLOOR-} ]] || return 0
    awk -v took="$took" -v count="$2" 'BEGIN { for (i = 1; i <= count; i++) print i, i, i + took }'
}

program() {
    case $1 in
    await) [[ $2 != saved && $2 != reported ]] || moments "$3" "$4" ;;
    latency)
        singles "$2" "$4"
        [[ $2 != counted ]] || times "$4" 'LOOKUP\nMKDIR\nCREATE\nWRITE\nRENAME' >>"$BENCH/rpcs.log"
        ;;
    listing) echo 200000 ;;
    load) [[ $2 != pairs ]] || echo 11000 >"$BENCH/volumes" ;;
    esac
}
