# shellcheck shell=bash disable=SC2154 # steps is the caller's
# Long steps of a build in a folder of its own, one build of a kind at a time on this machine. Sourced by build and
# build-knfsd.

# begin_building KIND: wait for another such build, then make the folder $work, which is removed when the script ends.
begin_building() {
    mkdir -p "$CACHE"
    exec 9>"$CACHE/lock-$1"
    flock -n 9 || {
        say "Another such build is running: waiting for it."
        flock -w 1800 9 || die "the other build has not ended after 30 minutes"
    }
    # No other one runs now, so a folder of this name was left by a killed build.
    rm -rf --one-file-system "$CACHE/building-$1"-*
    work=$(mktemp -d "$CACHE/building-$1-XXXXXX")
    job=''
    step=0
    trap clean_up EXIT
    trap 'exit 130' INT TERM HUP
}

# When the script ends, for any reason, end the running step and remove the folder.
clean_up() {
    if [[ -n $job ]]; then
        printf '\n'
        kill -KILL "$job" 2>/dev/null || true
        wait "$job" 2>/dev/null || true
    fi
    rm -rf --one-file-system "$work"
}

# step TITLE COMMAND...: run a long step and show it as "[n of $steps] TITLE  12 s".
step() {
    local title=$1 started
    shift
    started=$(clock)
    printf '  [%d of %d] %-24s ' $((++step)) "$steps" "$title"
    # In the background, because bash forgets about `set -e` in what stands before a `||`. Without the lock, which would
    # be held as long as anything runs that the step has started.
    "$@" >"$work/log" 2>&1 9>&- &
    job=$!
    wait "$job" || {
        printf 'failed\n'
        tail -n 20 "$work/log" >&2
        die "building $title failed: the lines above say why"
    }
    job=''
    printf '%s\n' "$(since "$started")"
}
