#!/usr/bin/env bats
# shellcheck disable=SC2016 # what is in single quotes is expanded in the virtual machine
# Linux's own NFS server in a virtual machine: what it exports, and its faults. Needs root; takes about two minutes.

bats_require_minimum_version 1.5.0

setup_file() {
    # Its own state folder, so that no cluster of the developer is touched.
    export MOORING_CLUSTER_STATE=$BATS_FILE_TMPDIR MOORING_CLUSTER=knfsd
    export TOOLS=$BATS_TEST_DIRNAME
    "$TOOLS/up" --nfs-only
    "$TOOLS/knfsd" up
}

teardown_file() {
    "$TOOLS/down" --all
}

knfsd() {
    "$TOOLS/knfsd" "$@"
}

answers() {
    "$TOOLS/exec" timeout --signal=KILL 3 rpcinfo -T tcp 10.250.0.3 nfs 3
}

# mount_in_guest PATH: mount that export in the virtual machine itself, below /mnt.
mount_in_guest() {
    knfsd exec sh -ec 'mkdir -p "/mnt$1"; mount -t nfs -o vers=3,soft,timeo=20,retrans=1,noac "127.0.0.1:$1" "/mnt$1"' - "$1"
}

@test "a command runs with its words as they are, and returns what it writes and its status" {
    run -7 knfsd exec sh -c 'printf "%s|" "$@"; echo error >&2; exit 7' - "it's" 'a  $b' $'two\nlines' ''
    [ "$output" = $'it\'s|a  $b|two\nlines||error' ]
    run knfsd exec printf '\377\001é'
    [ "$output" = $'\377\001é' ]
}

@test "its clock is right, although its memory is old" {
    local before now after
    before=$(date +%s)
    now=$(knfsd exec date +%s)
    after=$(date +%s)
    echo "$before $now $after"
    ((now >= before - 3 && now <= after + 3))
}

@test "it exports what its help says" {
    local path
    for path in /var/share/nfs /exports/{second,readonly,squashed,allsquash,full,denied,secure,small,quota,casefold}; do
        knfsd exports | grep "^$path "
    done
    knfsd exports | grep '^/srv/linked/data '
    [ "$(knfsd exec readlink -f /exports/link/data)" = /srv/linked/data ]
    [ "$(knfsd exec stat --file-system --format=%T /exports/quota)" = xfs ]
    knfsd exec sh -ec 'grep " /exports/quota .*prjquota" /proc/mounts; mkdir /exports/casefold/Name; cd /exports/casefold/nAME'
    knfsd exec rmdir /exports/casefold/Name
}

@test "it exports what a file says, and again what it exported before" {
    local before
    before=$(knfsd exec cat /etc/exports)
    printf '%s\n' '/exports/second *(rw,fsid=0,insecure,no_subtree_check)' >"$BATS_TEST_TMPDIR/exports"
    knfsd exports "$BATS_TEST_TMPDIR/exports"
    run knfsd exports
    [[ $output == /exports/second*fsid=0* ]]
    [ "${#lines[@]}" -eq 1 ]
    printf '%s\n' "$before" >"$BATS_TEST_TMPDIR/exports"
    knfsd exports "$BATS_TEST_TMPDIR/exports"
    knfsd exports | grep '^/var/share/nfs '
}

@test "each fault makes it silent, and is repaired" {
    local fault
    for fault in pause:continue kill:start stop:start cut:join 'cut requests:join' 'cut answers:join'; do
        answers
        # shellcheck disable=SC2086 # one word per argument
        knfsd ${fault%:*}
        run ! answers
        knfsd "${fault#*:}"
        answers
    done
    knfsd restart
    answers
}

# Milliseconds until it has answered.
time_to_answer() {
    local started
    started=$(date +%s%3N)
    answers >&2
    echo $(($(date +%s%3N) - started))
}

@test "a slow one takes so much longer" {
    local slow fast
    knfsd slow 500
    slow=$(time_to_answer)
    knfsd slow 0
    fast=$(time_to_answer)
    echo "slow $slow ms, fast $fast ms"
    ((slow > 1000)) # one answer for the connection, one for the request
    ((fast < slow))
}

@test "a file system that is read-only, not exported, or made anew" {
    mount_in_guest /exports/small
    knfsd exec touch /mnt/exports/small/before
    knfsd readonly /exports/small
    run knfsd exec touch /mnt/exports/small/now
    [[ $output == *"Read-only file system"* ]]
    knfsd writable /exports/small
    knfsd exec touch /mnt/exports/small/now

    knfsd unexport /exports/small
    run knfsd exec ls /mnt/exports/small
    [[ $output == *"Stale file handle"* || $output == *"Permission denied"* ]]
    knfsd export
    knfsd exec ls /mnt/exports/small | grep now

    knfsd remake /exports/small
    run knfsd exec ls /mnt/exports/small
    [[ $output == *"Stale file handle"* ]]
    knfsd exec umount /mnt/exports/small
    [ "$(knfsd exec ls /exports/small)" = lost+found ]
    knfsd remake /exports/quota
    knfsd exec grep ' /exports/quota xfs .*prjquota' /proc/mounts
}

@test "after a power cut it starts from its disk, and has what was synchronised" {
    knfsd exec sh -c 'echo kept >/var/share/nfs/kept; sync'
    knfsd power-cut
    run ! answers
    run ! knfsd exec true
    [[ $output == *"not running"* ]]
    knfsd up
    answers
    [ "$(knfsd exec cat /var/share/nfs/kept)" = kept ]
    knfsd down
    knfsd up
    run ! knfsd exec cat /var/share/nfs/kept
}
