# shellcheck shell=bash
# The cluster is brought up once for all that follows, unless somebody has brought it up already. Whoever brings it up
# takes it down, however the tests end.

# shellcheck source=tests/e2e/lib.bash
source "${BASH_SOURCE[0]%/*}/lib.bash"

setup_suite() {
    ! is_up || return 0
    take_down_after "$BATS_ROOT_PID"
    "$E2E/cluster" up 3>&-
}

# A signal may leave bats no time for its own teardown, or reach only the first of its processes.
take_down_after() {
    setsid "$E2E/take-down-after" "$1" $$ </dev/null >/dev/null 2>&1 3>&- 4>&- &
    echo $! >"$BATS_SUITE_TMPDIR/watcher"
}

teardown_suite() {
    local watcher=$BATS_SUITE_TMPDIR/watcher
    [[ -s $watcher ]] || return 0
    # Nobody may be reading any more what is said here.
    "$E2E/cluster" down >/dev/null 2>&1
    kill "$(<"$watcher")"
}
