# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154 # what was measured are variables of tests/bench/run
# Makes the table, results.json and the figures from the measurements, and judges the targets. Sourced by tests/bench/run.

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

# The three parts of it, as measures of a round.
rate_in_round() {
    run_in_round "$@" | cut -d' ' -f1
}

first_in_round() {
    run_in_round "$@" | cut -d' ' -f2
}

last_in_round() {
    run_in_round "$@" | cut -d' ' -f3
}

# The median line, by the number with which each line begins.
middle_line() {
    sort --numeric-sort | awk '{ line[NR] = $0 } END { print line[int((NR + 1) / 2)] }'
}

# processor_in_round KIND PROVISIONER COUNT ROUND: milliseconds of processor time per claim.
processor_in_round() {
    awk -v count="$3" -v round="$4" '$1 == count && $2 == round { printf "%.3f\n", $4 / 1000 / $1 }' "$data/$1-$2"
}

# latency_in_round single PROVISIONER PERCENT ROUND: the percentile of the milliseconds from seen to saved.
latency_in_round() {
    awk '{ printf "%.3f\n", ($3 - $2) / 1e3 }' "$data/single-$2-$4" | sort --numeric-sort |
        awk -v percent="$3" '{ value[NR] = $1 } END { at = int(NR * percent / 100 + 0.999); print value[at < 1 ? 1 : at] }'
}

# rest_in_round rest PROVISIONER - ROUND: resident MB before any claim.
rest_in_round() {
    awk -v round="$4" '$1 == round { printf "%.1f\n", $2 / 1024 }' "$data/rest-$2"
}

# The rounds in which KIND was measured with COUNT, one a line.
rounds_of() {
    case $1 in
    single | rest) seq "$ROUNDS" ;;
    *) awk -v count="$2" '$1 == count { print $2 }' "$data/$1-bench" ;;
    esac
}

# middle_round FLOOR MEASURE KIND COUNT: the round that counts for MEASURE, a function such as rate_in_round: the one with
# the median ratio of mooring to FLOOR, "floor" or "moored". Noise comes and goes within minutes, so mooring and the floors
# are compared within one round.
middle_round() {
    local round ours theirs
    while read -r round; do
        ours=$("$2" "$3" bench "$4" "$round")
        theirs=$("$2" "$3" "$1" "$4" "$round")
        echo "$(calculate "${ours:-0} / ${theirs:-1}") $round"
    done < <(rounds_of "$3" "$4") |
        middle_line | cut -d' ' -f2
}

# in_middle MEASURE KIND PROVISIONER COUNT: what MEASURE prints for the middle round, compared with the moored floor.
in_middle() {
    "$@" "$(middle_round moored "$1" "$2" "$4")"
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

# Whether the targets are judged. They are set for many claims.
judges() {
    ((claims >= 1000))
}

# figure NAME VALUE UNIT BARE MOORED TARGET: a line of the results. BARE and MOORED are the values of the floors, "-" where there
# is none. TARGET is a limit on the ratio to a floor, such as "bare <=3", or on the value, such as "<=3", or "-". A target
# whose value is no number is missed, but for "not measured", which is what was not asked for.
figure() {
    awk -v name="$1" -v value="$2" -v unit="$3" -v bare="$4" -v moored="$5" -v target="$6" \
        -v judges="$(judges && echo 1)" '
        function ratio(floor) { return floor == "-" || floor + 0 == 0 ? "-" : sprintf("%.2f", value / floor) }
        function verdict(judged, limit) {
            if (!judges || target == "-" || value == "not measured") return "-"
            if (judged !~ /^-?[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?$/) return "missed"
            if (sub(/^>=/, "", limit)) return judged + 0 >= limit + 0 ? "met" : "missed"
            return sub(/^<=/, "", limit) && judged + 0 <= limit + 0 ? "met" : "missed"
        }
        BEGIN {
            limit = target; judged = value
            if (sub(/^bare /, "", limit)) judged = ratio(bare)
            if (sub(/^moored /, "", limit)) judged = ratio(moored)
            printf "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", name, value, unit, bare, ratio(bare), moored, ratio(moored),
                target, verdict(judged, limit)
        }'
}

# middle_figure NAME UNIT TARGET MEASURE KIND COUNT: the figure of the middle round, compared with the floor of the target.
middle_figure() {
    local name=$1 unit=$2 target=$3 measure=$4 kind=$5 count=$6 floor=moored round
    [[ $target != 'bare '* ]] || floor=floor
    round=$(middle_round "$floor" "$measure" "$kind" "$count")
    figure "$name" "$("$measure" "$kind" bench "$count" "$round")" "$unit" "$("$measure" "$kind" floor "$count" "$round")" \
        "$("$measure" "$kind" moored "$count" "$round")" "$target"
}

# The median over the rounds of the events per claim that were there in the end.
events_per_claim() {
    local round
    for ((round = 1; round <= ROUNDS; round++)); do
        calculate "$(grep -vc ready "$data/told-create-$claims-$round") / $claims" '%.2f\n'
    done | middle_line
}

throughput_figures() {
    local half=$((claims / 2))
    middle_figure "volumes, $claims claims at once" /s 'moored >=0.8' rate_in_round create "$claims"
    middle_figure "  the last of them" ms 'bare <=2' last_in_round create "$claims"
    middle_figure "  the first of them" ms - first_in_round create "$claims"
    figure "  events in the end, per claim" "$(events_per_claim)" '' - - '>=1'
    middle_figure "seen to saved, one by one, p50" ms 'moored <=1.1' latency_in_round single 50
    middle_figure "seen to saved, one by one, p99" ms 'bare <=3' latency_in_round single 99
    middle_figure "rebinds, $half claims made again" /s 'moored >=0.8' rate_in_round rebind "$half"
    middle_figure "  the first of them" ms - first_in_round rebind "$half"
}

# rpc_figures NAME FILE TARGET: each claim's last request is the RENAME of its record, and one claim comes after the other.
rpc_figures() {
    figure "$1" "$(awk '{ count++ } $1 == "RENAME" { print count; count = 0 }' "$data/$2" | middle_line)" '' - - "$3"
    figure "  with those of each second, on average" "$(calculate "$(wc --lines <"$data/$2") / $COUNTED" %.2f)" '' - - -
}

cost_figures() {
    local growth="not measured" writes="not measured" told="not measured"
    middle_figure "processor per volume" ms 'moored <=1.75' processor_in_round create "$claims"
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

# middle_start EXPRESSION [FORMAT]: the median of it over the starts. Their columns are its variables: milliseconds until
# ready, microseconds of the server for the lists, milliseconds to the first volume, KiB after the start and the audit.
middle_start() {
    awk "{ ready = \$1; lists = \$2; first = \$3; started = \$4; audited = \$5; printf \"${2:-%.3g}\\n\", $1 }" "$data/starts" |
        middle_line
}

# The cache also holds the volumes of the measurements before. What is measured once, after watching them come and the sizes,
# is the same each time.
size_figures() {
    local cached=$((volumes_before + CACHED)) at_rest
    at_rest=$(cut -d' ' -f2 "$data/rest-bench" | middle_line)
    middle_figure "memory at rest" MB 'moored <=1.3' rest_in_round rest -
    figure "  per 10000 cached, after a start" "$(middle_start "(started - $at_rest) / 1024 * 10000 / $cached" %.1f)" MB - - '<=12'
    figure "  per 10000 compared with the export" "$(middle_start "(audited - started) / 1024 * 10000 / $cached" %.1f)" MB - - -
    figure "  per 10000 cached, after watching them come" \
        "$(calculate "($after_fill - $before_fill) / 1024 * 10000 / $CACHED" %.1f)" MB - - '<=12'
    figure "start with $cached claims and volumes" "$(middle_start ready %.0f)" ms - "$(middle_start 'lists / 1000' %.0f)" -
    figure "  per 10000, beyond the server's time to list" \
        "$(middle_start "(ready - lists / 1000) * 10000 / $cached" %.0f)" ms - - '<=1000'
    figure "  a new leader's first claim with them" "$(middle_start first %.0f)" ms - - '<=1000'
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
            if (judged) printf "%d of %d targets met.", met, judged
            else printf "Too few claims to judge a target: that takes 1000."
            printf " %d cores for everything, load %s before.", cores, busy
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

# Fails when a target was missed, and says which. A row that is indented belongs to the one above it.
judge() {
    awk -F '\t' '
        $1 !~ /^ / { above = $1 }
        $9 == "missed" { print "missed: " (sub(/^ +/, "", $1) ? above ", " $1 : $1) ", target " $8; missed = 1 }
        END { exit missed }' "$data/results"
}

# --- figures ---

# Volumes per second, for each tenth of a second since work began.
rate_data() {
    local began round
    round=$(middle_round moored rate_in_round create "$claims")
    began=$(beginning_of create "$1" "$claims" "$round")
    grep -v ready "$data/create-$1-$claims-$round" | awk -v began="$began" '
        { slot = int(($1 - began) / 1e5); count[slot]++; if (slot > last) last = slot }
        END { for (slot = 0; slot <= last; slot++) print (slot + 0.5) / 10, count[slot] * 10 }'
}

latency_data() {
    awk '{ print ($3 - $2) / 1e3 }' "$data/single-$1-"* | sort --numeric-sort |
        awk '{ value[NR] = $1 } END { for (i = 1; i <= NR; i++) print value[i], i * 100 / NR }'
}

# wall_per_claim PROVISIONER COUNT: milliseconds, or "-" when this was not measured.
wall_per_claim() {
    local rate
    rate=$(in_middle rate_in_round create "$1" "$2")
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
    (cd "$output" && gnuplot -e "claims = $claims; singles = $((ROUNDS * SINGLES))" "$BENCH/figures.gnuplot")
}
