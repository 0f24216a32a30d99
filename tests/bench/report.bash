# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154 # what was measured are variables of tests/bench/run
# What comes of the measurements: the table, results.json, the figures. Sourced by tests/bench/run.

# run_of FILE-OF-MOMENTS BEGAN: volumes per second between the first and the last, milliseconds from the beginning to
# the first and to the last.
run_of() {
    grep -v ready "$1" | sort --numeric-sort | awk -v began="$2" '
        NR == 1 { first = $1 }
        { last = $1 }
        END { printf "%.1f %.0f %.0f\n", (NR > 1 ? (NR - 1) * 1e6 / (last - first) : 0), (first - began) / 1e3, (last - began) / 1e3 }'
}

# beginning_of KIND WHO COUNT ROUND: when work began; nothing where it was not measured. KIND is "create" or "rebind".
beginning_of() {
    awk -v count="$3" -v round="$4" '$1 == count && $2 == round { print $3 }' "$data/$1-$2"
}

# run_in_round KIND WHO COUNT ROUND: what run_of says, or nothing.
run_in_round() {
    local began
    began=$(beginning_of "$@")
    [[ -z $began ]] || run_of "$data/$1-$2-$3-$4" "$began"
}

# The middle one of the lines by the number that they begin with.
middle_line() {
    sort --numeric-sort | awk '{ line[NR] = $0 } END { print line[int((NR + 1) / 2)] }'
}

# processor_in_round KIND WHO COUNT ROUND: milliseconds of processor per claim.
processor_in_round() {
    awk -v count="$3" -v round="$4" '$1 == count && $2 == round { printf "%.3f\n", $4 / 1000 / $1 }' "$data/$1-$2"
}

# middle_round MEASURE KIND COUNT: the one that counts for MEASURE, run_in_round or processor_in_round. Noise comes and goes
# within minutes, so that what is held against each other is of the same round: the one in which mooring's figure, as a ratio
# to the moored floor's, was neither the best nor the worst.
middle_round() {
    local round ours theirs
    while read -r round; do
        read -r ours _ < <("$1" "$2" bench "$3" "$round")
        read -r theirs _ < <("$1" "$2" moored "$3" "$round") || theirs=1
        echo "$(calculate "$ours / $theirs") $round"
    done < <(awk -v count="$3" '$1 == count { print $2 }' "$data/$2-bench") |
        middle_line | cut -d' ' -f2
}

# in_middle MEASURE KIND WHO COUNT: what it says of the round in the middle.
in_middle() {
    "$@" "$(middle_round "$1" "$2" "$4")"
}

# latency_of WHO PERCENT: milliseconds from seen to saved, so many percent of them take no longer.
latency_of() {
    awk '{ printf "%.3f\n", ($3 - $2) / 1e3 }' "$data/single-$1" | sort --numeric-sort |
        awk -v percent="$2" '{ value[NR] = $1 } END { at = int(NR * percent / 100 + 0.999); print value[at < 1 ? 1 : at] }'
}

# processor_per_claim WHO COUNT: milliseconds.
processor_per_claim() {
    in_middle processor_in_round create "$@"
}

# What a claim of many costs mooring, as a multiple of what it costs with half of $claims: within a round one follows upon the
# other, and the round in the middle counts.
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

# of_many COUNT EXPRESSION [FORMAT]: what is measured by the tick or by the page says nothing of a few.
of_many() {
    if (($1 >= 1000)); then calculate "${@:2}"; else echo "not measured"; fi
}

# figure NAME VALUE UNIT BARE MOORED TARGET: a line of the results. BARE and MOORED are the floors' values or "-". The
# target is on the ratio to a floor, as "bare <=3" or "moored >=0.8", else on the value. "-" is none.
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

# A record is three requests and a write to the disk before its volume may be saved: with it, the moored floor has 0.6 to 0.7
# of the bare one's rate, and takes 1.9 times as long for one claim. Before a rebind the claim, its record and its directory are
# read as well: 0.3 to 0.6 of the rate. A figure that the record decides is held against the moored floor.
throughput_figures() {
    local who
    local -A rate first last
    for who in bench floor moored; do
        read -r "rate[$who]" "first[$who]" "last[$who]" <<<"$(in_middle run_in_round create "$who" "$claims")"
    done
    figure "volumes, $claims claims at once" "${rate[bench]}" /s "${rate[floor]}" "${rate[moored]}" 'moored >=0.8'
    figure "  the last of them" "${last[bench]}" ms "${last[floor]}" "${last[moored]}" 'bare <=2'
    figure "  the first of them" "${first[bench]}" ms "${first[floor]}" "${first[moored]}" -
    figure "  events in the end, per claim" "$(calculate "$(grep -vc ready "$data/told-create-$claims-$ROUNDS") / $claims" %.2f)" '' - - '>=1'
    figure "seen to saved, one by one, p50" "$(latency_of bench 50)" ms "$(latency_of floor 50)" "$(latency_of moored 50)" 'moored <=1.1'
    figure "seen to saved, one by one, p99" "$(latency_of bench 99)" ms "$(latency_of floor 99)" "$(latency_of moored 99)" 'bare <=3'
    for who in bench floor moored; do
        read -r "rate[$who]" "first[$who]" "last[$who]" <<<"$(in_middle run_in_round rebind "$who" $((claims / 2)))"
    done
    figure "rebinds, $((claims / 2)) claims made again" "${rate[bench]}" /s "${rate[floor]}" "${rate[moored]}" 'moored >=0.8'
    figure "  the first of them, records read before" "${first[bench]}" ms "${first[floor]}" "${first[moored]}" -
}

# The moored floor takes 3.4 times the bare one's processor time: most of it goes into what the watches bring, and into system
# calls. mooring knows and decides besides: caches with their indexes, a queue, records by claim, metrics and a log.
cost_figures() {
    local rpcs_per_volume growth="not measured" writes="not measured" told="not measured"
    rpcs_per_volume=$(calculate "$(wc --lines <"$data/rpcs") / $COUNTED" %.2f)
    figure "processor per volume" "$(processor_per_claim bench "$claims")" ms "$(processor_per_claim floor "$claims")" \
        "$(processor_per_claim moored "$claims")" 'moored <=1.75'
    figure "  a term's beginning, per 1000 records" "$(of_many "$term_records" "$term_us / $term_records")" ms - - -
    figure "API requests per volume: volume writes" "$(requests_per_volume '^(create|patch|update) persistentvolumes$')" '' - - '<=1'
    figure "API requests per volume: events" "$(requests_per_volume ' events$')" '' - - '<=1'
    figure "API requests per volume: all others" \
        "$(calculate "$(grep -vcE '^(create|patch|update) persistentvolumes$| events$' "$data/requests" || true) / $claims" %.2f)" '' - - '<=0.01'
    figure "NFS requests per volume" "$rpcs_per_volume" '' - - '<=6'
    if [[ -n $full ]]; then
        ((claims / 2 < 1000)) || growth=$(growth_per_claim)
        writes=$rollout_writes told=$rollout_events
    fi
    figure "processor per claim, $MANY to $((claims / 2))" "$growth" '' - - '<=1.2'
    figure "writes in a rollout of $PODS Pods" "$writes" '' - - '<=0'
    figure "  and events that tell of it" "$told" '' - - "<=$PODS"
}

# The cache has what was made before, too.
size_figures() {
    local cached=$((volumes_before + CACHED))
    # Most of it is the libraries: the floor, which keeps nothing, has them too.
    figure "memory at rest" "$(calculate "$at_rest / 1024" %.1f)" MB - "$(calculate "$floor_memory / 1024" %.1f)" 'moored <=1.3'
    figure "  per 10000 cached, after a start" \
        "$(calculate "($after_start - $at_rest) / 1024 * 10000 / $cached" %.1f)" MB - - '<=12'
    figure "  per 10000 records, beside them" \
        "$(of_many "$records" "($with_records - $after_start) / 1024 * 10000 / $records" %.1f)" MB - - -
    figure "  per 10000 cached, after watching them come" \
        "$(calculate "($after_fill - $before_fill) / 1024 * 10000 / $CACHED" %.1f)" MB - - '<=12'
    figure "start with $cached claims and volumes" "$start_ms" ms - "$(calculate "$listing / 1000" %.0f)" -
    figure "  per 10000, beyond the server's time to list" \
        "$(calculate "($start_ms - $listing / 1000) * 10000 / $cached" %.0f)" ms - - '<=1000'
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
            if (busy > 0.5) printf " Others are at work here: these figures are noisy."
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

# Volumes in each tenth of a second since the beginning, as a rate.
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

# wall_per_claim WHO COUNT: milliseconds; "-" for what was not measured.
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
    local who
    for who in bench floor moored; do
        rate_data "$who" >"$data/rate-$who"
        latency_data "$who" >"$data/latency-$who"
    done
    cost_data >"$data/cost"
    (cd "$output" && gnuplot -e "claims = $claims; singles = $SINGLES" "$BENCH/figures.gnuplot")
}
