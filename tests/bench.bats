#!/usr/bin/env bats
# What tests/bench/run concludes from its measurements, which are rehearsed: tests/bench/rehearsal.bash.

setup() {
    bench=$BATS_TEST_TMPDIR/bench
    mkdir "$bench" "$bench/deploy"
    cp "$BATS_TEST_DIRNAME"/bench/{run,report.bash,rollout.bash,figures.gnuplot} "$bench/"
    cp "$BATS_TEST_DIRNAME/bench/rehearsal.bash" "$bench/lib.bash"
    cp "$BATS_TEST_DIRNAME/../deploy/image" "$bench/deploy/"
    cp "$BATS_TEST_DIRNAME/../CMakeLists.txt" "$bench/"
    # The figures are drawn by a program that not every machine has, and that takes its time.
    mkdir "$bench/bin"
    ln -s /bin/true "$bench/bin/gnuplot"
    PATH=$bench/bin:$PATH
}

# measure ARGUMENTS...: the result is in $status and $output.
measure() {
    run "$bench/run" --output "$bench/results" "$@"
    echo "$output"
}

# verdict FIGURE: of the row with this name.
verdict() {
    jq --raw-output --arg figure "$1" '.figures[] | select(.figure == $figure) | .verdict' "$bench/results/results.json"
}

@test "a benchmark that meets every target ends with 0" {
    measure -n 1000
    [ "$status" -eq 0 ]
    [[ $output =~ ([0-9]+)" of "([0-9]+)" targets met." && $output != *missed* ]]
    [ "${BASH_REMATCH[1]}" -eq "${BASH_REMATCH[2]}" ]
}

@test "a benchmark that misses a target ends with 1 and names it" {
    SLOW_STARTS="1 3" measure -n 1000
    [ "$status" -eq 1 ]
    [[ ${lines[-1]} == "missed: start with 11000 claims and volumes, a new leader's first claim with them, target <=1000" ]]
}

@test "of three rounds the middle one is judged" {
    SLOW_STARTS=1 SLOW_SINGLES=2 SLOW_RATES=3 measure -n 1000
    [ "$status" -eq 0 ]
    SLOW_STARTS="1 2" SLOW_SINGLES="2 3" SLOW_RATES="1 3" measure -n 1000
    [ "$status" -eq 1 ]
    [ "$(verdict "a new leader's first claim with them")" = missed ]
    [ "$(verdict "seen to saved, one by one, p50")" = missed ]
    [ "$(verdict "seen to saved, one by one, p99")" = missed ]
    [ "$(verdict "volumes, 1000 claims at once")" = missed ]
    [ "$(verdict "the last of them")" = missed ]
    [ "$(verdict "processor per volume")" = met ]
}

@test "a target whose floor could not be measured is missed" {
    NO_FLOOR=1 measure -n 1000
    [ "$status" -eq 1 ]
    [ "$(verdict "seen to saved, one by one, p99")" = missed ]
    [ "$(verdict "seen to saved, one by one, p50")" = met ]
}

@test "few claims are measured and not judged" {
    SLOW_STARTS="1 2 3" measure -n 20
    [ "$status" -eq 0 ]
    [[ $output == *"Too few claims to judge a target"* && $output != *missed* && $output != *" met"* ]]
}
