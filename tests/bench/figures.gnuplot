# Usage: gnuplot -e "claims = 2000; singles = 100" figures.gnuplot, in the folder that has data/
set style line 1 linecolor rgb "#0b6e99" linewidth 2 pointtype 7
set style line 2 linecolor rgb "#9a9a9a" linewidth 2 pointtype 7
set style line 3 linecolor rgb "#c9671f" linewidth 2 pointtype 7
set style line 4 linecolor rgb "#505050" linewidth 2 pointtype 7
set datafile missing "-"
set border 3 linecolor rgb "#606060"
set tics nomirror
set grid ytics linecolor rgb "#dddddd"

do for [kind in "svg png"] {
    if (kind eq "svg") { set terminal svg size 800,450 font "sans-serif,13" background rgb "white" }
    if (kind eq "png") { set terminal pngcairo size 1200,675 font "sans-serif,13" }

    set output "rate.".kind
    set title sprintf("%d claims at once", claims)
    set xlabel "seconds since work began"
    set ylabel "volumes per second"
    set xrange [0:*]
    set yrange [0:*]
    set key top right
    plot "data/rate-bench" with lines linestyle 1 title "mooring", \
         "data/rate-floor" with lines linestyle 2 title "bare floor", \
         "data/rate-moored" with lines linestyle 4 title "moored floor"

    set output "latency.".kind
    set title sprintf("%d claims, one at a time: claim seen to volume saved", singles)
    set xlabel "milliseconds"
    set ylabel "% of claims take no longer"
    set yrange [0:100]
    set key bottom right
    plot "data/latency-bench" with steps linestyle 1 title "mooring", \
         "data/latency-floor" with steps linestyle 2 title "bare floor", \
         "data/latency-moored" with steps linestyle 4 title "moored floor"

    set output "cost.".kind
    set title "Cost of a claim"
    set xlabel "claims at once"
    set ylabel "milliseconds per claim"
    set logscale x
    set xrange [*:*]
    set yrange [0:*]
    set key top right
    plot "data/cost" using 1:3 with linespoints linestyle 1 title "mooring, time", \
         "data/cost" using 1:4 with linespoints linestyle 2 title "bare floor, time", \
         "data/cost" using 1:5 with linespoints linestyle 4 title "moored floor, time", \
         "data/cost" using 1:2 with linespoints linestyle 3 title "mooring, processor"
    unset logscale x
}
