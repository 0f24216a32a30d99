#!/usr/bin/env bats
# What tests/e2e/kept-logs finds in the logs of mooring's containers.

setup() {
    export KEPT_LOGS=$BATS_TEST_TMPDIR/kept MOORING_CLUSTER=none
}

# container_said POD RESTARTS LINE...: as containerd writes it, and as kubectl shows the Pod from the beginning on.
container_said() {
    local folder=$KEPT_LOGS/mooring_$1_0aa31dba-6c2b-4b3e-a8b3-4f2d2c0f2d3a/mooring line
    mkdir -p "$folder"
    for line in "${@:3}"; do
        echo "2026-01-01T00:00:00.000000000Z stderr F $line"
    done >"$folder/$2.log"
    printf '%s   %s\n' "$1" '<none>' "$1" "$2" >>"$KEPT_LOGS/restarts"
}

check() {
    run "$BATS_TEST_DIRNAME/e2e/kept-logs" check
    echo "$output"
}

@test "containers that worked have nothing to report" {
    container_said mooring-a 0 'level=info msg="leading"'
    container_said mooring-b 0 'level=error msg="no answer"'
    check
    [ "$status" -eq 0 ]
    [ -z "$output" ]
}

@test "a report of a sanitizer or an assertion is found and shown, in the log of whichever container" {
    local report
    for report in 'list.c:12:5: runtime error: null pointer passed as argument 1' 'ERROR: AddressSanitizer: heap-use-after-free' \
        'ERROR: LeakSanitizer: detected memory leaks' "mooring: list.c:12: list_new: Assertion \`size' failed."; do
        rm -rf "$KEPT_LOGS"
        container_said mooring-a 0 'level=info msg="standing by"'
        container_said mooring-b 0 'level=info msg="leading"' "$report" '    #0 0x55 in list_new list.c:12'
        check
        [ "$status" -eq 1 ]
        [[ $output == *mooring-b*"$report"*"in list_new"* && $output != *mooring-a* ]]
    done
}

@test "a container that was started again is found, unless a test killed it" {
    container_said mooring-a 0 'level=error msg="cannot go on"'
    container_said mooring-a 1 'level=info msg="standing by"'
    check
    [ "$status" -eq 1 ]
    [[ $output == *"restarts of mooring-a: 1, "*"cannot go on"* ]]
    "$BATS_TEST_DIRNAME/e2e/kept-logs" killed mooring-a
    check
    [ "$status" -eq 0 ]
    container_said mooring-a 2 'level=info msg="standing by"'
    check
    [ "$status" -eq 1 ]
}

@test "a container that was started again only in a Pod that was being removed is none" {
    container_said mooring-a 0 'level=info msg="all objects listed"'
    container_said mooring-a 1 'level=info msg="all objects listed"'
    echo 'mooring-a   0' >"$KEPT_LOGS/restarts"
    check
    [ "$status" -eq 0 ]
}

@test "logs that were not kept are not taken for good ones" {
    check
    [ "$status" -eq 1 ]
    [[ $output == *"no log of mooring was kept"* ]]
}
