# shellcheck shell=bash
# Starts the cluster once for all files of a run, and removes it however the tests end. A cluster that runs already is used
# and left running.

# shellcheck source=tests/e2e/lib.bash
source "${BASH_SOURCE[0]%/*}/lib.bash"

setup_suite() {
    ! is_up || return 0
    take_down_after "$BATS_ROOT_PID"
    "$E2E/cluster" up 3>&-
}

# A signal may leave bats no time for its teardown, or reach only the first of its processes: a separate process watches.
take_down_after() {
    setsid "$E2E/take-down-after" "$1" $$ </dev/null >/dev/null 2>&1 3>&- 4>&- &
    echo $! >"$BATS_SUITE_TMPDIR/watcher"
}

teardown_suite() {
    local watcher=$BATS_SUITE_TMPDIR/watcher status=0
    [[ -s $watcher ]] || return 0
    # The reader of our output may be gone.
    "$E2E/cluster" down >"$BATS_SUITE_TMPDIR/down" 2>&1 || status=$?
    kill "$(<"$watcher")"
    ((status == 0)) || cat "$BATS_SUITE_TMPDIR/down"
    return "$status"
}
