# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154 # what was measured are variables of tests/bench/run
# Makes the table, results.json and the figures from the measurements. Sourced by tests/bench/run.

# run_of FILE-OF-MOMENTS BEGAN: volumes per second between the first and the last, milliseconds from the beginning to
# the first and to the last.
run_of() {
    grep -v ready "$1" | sort --numeric-sort | awk -v began="$2" '
        NR == 1 { first = $1 }
        { last = $1 }
        END { printf "%.1f %.0f %.0f\n", (NR > 1 ? (NR - 1) * 1e6 / (last - first) : 0), (first - began) / 1e3, (last - began) / 1e3 }'
}

# beginning_of KIND PROVISIONER COUNT ROUND: when work began, or nothing when this was not measured. KIND is "create" or
# "rebind".
beginning_of() {
    awk -v count="$3" -v round="$4" '$1 == count && $2 == round { print $3 }' "$data/$1-$2"
}

# run_in_round KIND PROVISIONER COUNT ROUND: what run_of prints, or nothing.
run_in_round() {
    local began
    began=$(beginning_of "$@")
    [[ -z $began ]] || run_of "$data/$1-$2-$3-$4" "$began"
}

# The median line, by the number with which each line begins.
middle_line() {
    sort --numeric-sort | awk '{ line[NR] = $0 } END { print line[int((NR + 1) / 2)] }'
}

# processor_in_round KIND PROVISIONER COUNT ROUND: milliseconds of processor time per claim.
processor_in_round() {
    awk -v count="$3" -v round="$4" '$1 == count && $2 == round { printf "%.3f\n", $4 / 1000 / $1 }' "$data/$1-$2"
}

# middle_round MEASURE KIND COUNT: the round that counts for MEASURE, which is run_in_round or processor_in_round: the one with
# the median ratio of mooring to the moored floor. Noise comes and goes within minutes, so mooring and the floors are
# compared within one round.
middle_round() {
    local round ours theirs
    while read -r round; do
        read -r ours _ < <("$1" "$2" bench "$3" "$round")
        read -r theirs _ < <("$1" "$2" moored "$3" "$round") || theirs=1
        echo "$(calculate "$ours / $theirs") $round"
    done < <(awk -v count="$3" '$1 == count { print $2 }' "$data/$2-bench") |
        middle_line | cut -d' ' -f2
}

# in_middle MEASURE KIND PROVISIONER COUNT: what MEASURE prints for the middle round.
in_middle() {
    "$@" "$(middle_round "$1" "$2" "$4")"
}

# latency_of PROVISIONER PERCENT: the percentile of the milliseconds from seen to saved.
latency_of() {
    awk '{ printf "%.3f\n", ($3 - $2) / 1e3 }' "$data/single-$1" | sort --numeric-sort |
        awk -v percent="$2" '{ value[NR] = $1 } END { at = int(NR * percent / 100 + 0.999); print value[at < 1 ? 1 : at] }'
}

# processor_per_claim PROVISIONER COUNT: milliseconds of processor time.
processor_per_claim() {
    in_middle processor_in_round create "$@"
}

# The processor time of one of $MANY claims, as a multiple of that of one of $claims / 2. Both are measured one after the other
# in each round; the median counts.
growth_per_claim() {
    awk -v few=$((claims / 2)) -v many="$MANY" '{ cost[$1, $2] = $4 / $1 }
        $1 == many { printf "%.2f\n", cost[many, $2] / cost[few, $2] }' "$data/create-bench" | middle_line
}

# calculate EXPRESSION [FORMAT]
calculate() {
    awk "BEGIN { printf \"${2:-%.3g}\", $1 }"
}

# requests_per_volume PATTERN
requests_per_volume() {
    calculate "$(grep -cE "$1" "$data/requests" || true) / $claims" %.2f
}

# of_many COUNT EXPRESSION [FORMAT]: a figure measured in clock ticks or pages, which needs at least 1000 objects.
of_many() {
    if (($1 >= 1000)); then calculate "${@:2}"; else echo "not measured"; fi
}

# figure NAME VALUE UNIT BARE MOORED TARGET: a line of the results. BARE and MOORED are the values of the floors, "-" where there
# is none. TARGET is a limit on the ratio to a floor, such as "bare <=3", or on the value, such as "<=3", or "-".
figure() {
    awk -v name="$1" -v value="$2" -v unit="$3" -v bare="$4" -v moored="$5" -v target="$6" '
        function ratio(floor) { return floor == "-" || floor + 0 == 0 ? "-" : sprintf("%.2f", value / floor) }
        BEGIN {
            limit = target; judged = value
            if (sub(/^bare /, "", limit)) judged = ratio(bare)
            if (sub(/^moored /, "", limit)) judged = ratio(moored)
            verdict = "-"
            if (value == "not measured" || judged == "-") verdict = "-"
            else if (sub(/^>=/, "", limit)) verdict = judged + 0 >= limit + 0 ? "met" : "missed"
            else if (sub(/^<=/, "", limit)) verdict = judged + 0 <= limit + 0 ? "met" : "missed"
            printf "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", name, value, unit, bare, ratio(bare), moored, ratio(moored),
                target, verdict
        }'
}

throughput_figures() {
    local provisioner
    local -A rate first last
    for provisioner in bench floor moored; do
        read -r "rate[$provisioner]" "first[$provisioner]" "last[$provisioner]" <<<"$(in_middle run_in_round create "$provisioner" "$claims")"
    done
    figure "volumes, $claims claims at once" "${rate[bench]}" /s "${rate[floor]}" "${rate[moored]}" 'moored >=0.8'
    figure "  the last of them" "${last[bench]}" ms "${last[floor]}" "${last[moored]}" 'bare <=2'
    figure "  the first of them" "${first[bench]}" ms "${first[floor]}" "${first[moored]}" -
    figure "  events in the end, per claim" "$(calculate "$(grep -vc ready "$data/told-create-$claims-$ROUNDS") / $claims" %.2f)" '' - - '>=1'
    figure "seen to saved, one by one, p50" "$(latency_of bench 50)" ms "$(latency_of floor 50)" "$(latency_of moored 50)" 'moored <=1.1'
    figure "seen to saved, one by one, p99" "$(latency_of bench 99)" ms "$(latency_of floor 99)" "$(latency_of moored 99)" 'bare <=3'
    for provisioner in bench floor moored; do
        read -r "rate[$provisioner]" "first[$provisioner]" "last[$provisioner]" <<<"$(in_middle run_in_round rebind "$provisioner" $((claims / 2)))"
    done
    figure "rebinds, $((claims / 2)) claims made again" "${rate[bench]}" /s "${rate[floor]}" "${rate[moored]}" 'moored >=0.8'
    figure "  the first of them" "${first[bench]}" ms "${first[floor]}" "${first[moored]}" -
}

# rpc_figures NAME FILE TARGET: each claim's last request is the RENAME of its record, and one claim comes after the other.
rpc_figures() {
    figure "$1" "$(awk '{ count++ } $1 == "RENAME" { print count; count = 0 }' "$data/$2" | middle_line)" '' - - "$3"
    figure "  with those of each second, on average" "$(calculate "$(wc --lines <"$data/$2") / $COUNTED" %.2f)" '' - - -
}

cost_figures() {
    local growth="not measured" writes="not measured" told="not measured"
    figure "processor per volume" "$(processor_per_claim bench "$claims")" ms "$(processor_per_claim floor "$claims")" \
        "$(processor_per_claim moored "$claims")" 'moored <=1.75'
    figure "  a term's beginning, per 1000 records" "$(of_many "$term_records" "$term_us / $term_records")" ms - - -
    figure "API requests per volume: volume writes" "$(requests_per_volume '^(create|patch|update) persistentvolumes$')" '' - - '<=1'
    figure "API requests per volume: events" "$(requests_per_volume ' events$')" '' - - '<=1'
    figure "API requests per volume: all others" \
        "$(calculate "$(grep -vcE '^(create|patch|update) persistentvolumes$| events$' "$data/requests" || true) / $claims" %.2f)" '' - - '<=0.01'
    rpc_figures "NFS requests for a volume" rpcs '<=6'
    rpc_figures "NFS requests to give one back" rpcs-of-returns '<=5'
    if [[ -n $full ]]; then
        ((claims / 2 < 1000)) || growth=$(growth_per_claim)
        writes=$rollout_writes told=$rollout_events
    fi
    figure "processor per claim, $MANY to $((claims / 2))" "$growth" '' - - '<=1.2'
    figure "writes in a rollout of $PODS Pods" "$writes" '' - - '<=0'
    figure "  and events that tell of it" "$told" '' - - "<=$PODS"
}

# The cache also holds the volumes of the measurements before.
size_figures() {
    local cached=$((volumes_before + CACHED))
    figure "memory at rest" "$(calculate "$at_rest / 1024" %.1f)" MB - "$(calculate "$floor_memory / 1024" %.1f)" 'moored <=1.3'
    figure "  per 10000 cached, after a start" \
        "$(calculate "($after_start - $at_rest) / 1024 * 10000 / $cached" %.1f)" MB - - '<=12'
    figure "  per 10000 compared with the export" \
        "$(calculate "($after_audit - $after_start) / 1024 * 10000 / $cached" %.1f)" MB - - -
    figure "  per 10000 cached, after watching them come" \
        "$(calculate "($after_fill - $before_fill) / 1024 * 10000 / $CACHED" %.1f)" MB - - '<=12'
    figure "start with $cached claims and volumes" "$start_ms" ms - "$(calculate "$listing / 1000" %.0f)" -
    figure "  per 10000, beyond the server's time to list" \
        "$(calculate "($start_ms - $listing / 1000) * 10000 / $cached" %.0f)" ms - - '<=1000'
    figure "  a new leader's first claim with them" "$first_ms" ms - - '<=1000'
    figure "binary, stripped" "$(calculate "$binary_bytes / 1000" %.0f)" kB - - '<=400'
    figure "image, unpacked" "$(calculate "$image_bytes / 1000000" %.1f)" MB - - '<=20'
}

show_table() {
    awk -F '\t' '
        function line(a, b, c, d, e, f, g, h, i) {
            printf "%-45s %12s %-3s %7s %6s %7s %6s  %-12s %s\n", a, b, c, d, e, f, g, h, i == "-" ? "" : i
        }
        BEGIN { line("figure", "mooring", "", "bare", "ratio", "moored", "ratio", "target", "") }
        { line($1, $2, $3, $4, $5, $6, $7, $8, $9) }' "$data/results"
    awk -F '\t' -v busy="$busy_before" -v cores="$(nproc)" '
        $9 != "-" { judged++ } $9 == "met" { met++ }
        END {
            printf "%d of %d targets met. %d cores for everything, load %s before.", met, judged, cores, busy
            if (busy > 0.5) printf " Other programs were running: these figures are noisy."
            print ""
        }' "$data/results"
}

write_json() {
    jq --raw-input --null-input --arg date "$(date --utc --iso-8601=seconds)" --arg load "$busy_before" \
        --arg commit "$(git -C "$SOURCE" -c safe.directory='*' describe --always --dirty 2>/dev/null)" \
        --arg cores "$(nproc)" --arg claims "$claims" '
        def number: if . == "-" then null else (tonumber? // .) end;
        {date: $date, commit: $commit, cores: ($cores | tonumber), load_before: ($load | tonumber),
         claims: ($claims | tonumber), figures: [inputs | split("\t") |
            {figure: (.[0] | ltrimstr("  ")), value: (.[1] | number), unit: .[2], bare_floor: (.[3] | number),
             of_bare: (.[4] | number), moored_floor: (.[5] | number), of_moored: (.[6] | number), target: .[7],
             verdict: .[8]}]}' "$data/results" >"$output/results.json"
}

report() {
    {
        throughput_figures
        cost_figures
        size_figures
    } >"$data/results"
    write_json
    show_table
    printf '%s: results.json, rate, latency and cost as .svg and .png\n' "$output"
}

# --- figures ---

# Volumes per second, for each tenth of a second since work began.
rate_data() {
    local began round
    round=$(middle_round run_in_round create "$claims")
    began=$(beginning_of create "$1" "$claims" "$round")
    grep -v ready "$data/create-$1-$claims-$round" | awk -v began="$began" '
        { slot = int(($1 - began) / 1e5); count[slot]++; if (slot > last) last = slot }
        END { for (slot = 0; slot <= last; slot++) print (slot + 0.5) / 10, count[slot] * 10 }'
}

latency_data() {
    awk '{ print ($3 - $2) / 1e3 }' "$data/single-$1" | sort --numeric-sort |
        awk '{ value[NR] = $1 } END { for (i = 1; i <= NR; i++) print value[i], i * 100 / NR }'
}

# wall_per_claim PROVISIONER COUNT: milliseconds, or "-" when this was not measured.
wall_per_claim() {
    local rate
    read -r rate _ <<<"$(in_middle run_in_round create "$1" "$2")"
    if [[ -n $rate ]]; then calculate "1000 / $rate"; else echo -; fi
}

# CLAIMS PROCESSOR-MS WALL-MS BARE-WALL-MS MOORED-WALL-MS, each per claim.
cost_data() {
    local size
    while read -r size; do
        echo "$size $(processor_per_claim bench "$size") $(wall_per_claim bench "$size") $(wall_per_claim floor "$size")" \
            "$(wall_per_claim moored "$size")"
    done < <(cut -d' ' -f1 "$data/create-bench" | sort --numeric-sort --unique)
}

draw() {
    local provisioner
    for provisioner in bench floor moored; do
        rate_data "$provisioner" >"$data/rate-$provisioner"
        latency_data "$provisioner" >"$data/latency-$provisioner"
    done
    cost_data >"$data/cost"
    (cd "$output" && gnuplot -e "claims = $claims; singles = $SINGLES" "$BENCH/figures.gnuplot")
}
