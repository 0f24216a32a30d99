# shellcheck shell=bash disable=SC2154 # quickstart and the chosen cluster set the other variables
# The walk-through: the commands of a StatefulSet's user, and what must hold after each. Sourced by deploy/quickstart;
# kubectl and on_export then reach the chosen cluster.

readonly SET=sample-statefuleset

results=() broken_promises=0 volume_of=()

title() {
    printf '\n\n%s\n%s\n' "$1" "${1//?/=}"
}

# show COMMAND...: print the command as a user would type it, and run it.
show() {
    typed "$@"
    "$@" || give_up "this command failed: ${*#on_export}"
}

typed() {
    case $1 in
    on_export) printf '\n$ %s%s\n' "$ON_EXPORT" "${*:2}" ;;
    *) printf '\n$ %s\n' "$*" ;;
    esac
}

# promise TEXT COMMAND...: run COMMAND, which succeeds or prints what went wrong, and note the result.
promise() {
    local text=$1 reason
    shift
    if reason=$("$@"); then
        results+=("ok      $text")
    else
        results+=("FAILED  $text: ${reason//$'\n'/ }")
        broken_promises=$((broken_promises + 1))
    fi
}

# The rest of the walk-through cannot be tried: show what Kubernetes and mooring report.
give_up() {
    results+=("FAILED  $1" "        The steps after this were not tried.")
    title "Something went wrong: $1"
    say "Kubernetes and mooring report:"
    ask --namespace mooring get pod
    ask --namespace mooring get events
    ask --namespace mooring logs --selector app.kubernetes.io/name=mooring --prefix --tail=20
    ask get pod,pvc
    ask get events
    report
    exit 1
}

ask() {
    typed kubectl "$@"
    kubectl "$@" 2>&1 | tail -n 40 || true
}

walk_through() {
    earlier=$(directories)
    apply_the_set
    exchange_files
    delete_and_apply_again
    scale_to_three
    update_the_image
}

apply_the_set() {
    title "1. Two Pods, each with a directory of its own"
    say "A StatefulSet numbers its Pods. Each Pod gets a claim (pvc) for storage; mooring makes a directory on the export"
    say "for it and a volume (pv) that points there."
    show kubectl apply -f deploy/sample-statefulset.yaml
    ready
    show kubectl get sts,pod,pvc,pv
    show on_export ls -1 "$EXPORT"
    promise "each Pod has a claim, a volume and the directory NAMESPACE-CLAIM-VOLUME on the export" has_directories 0 1
}

exchange_files() {
    title "2. The same files from both sides"
    local ordinal
    for ordinal in 0 1; do
        exchange "$ordinal"
    done
    promise "a file made on the export is in the Pod, and one made in the Pod is on the export" has_files 0 1
}

exchange() {
    show on_export touch "$EXPORT/$(directory "$1")/from-export-$1"
    show kubectl exec "$SET-$1" -- touch "/var/data/from-pod-$1"
    look "$1"
}

look() {
    show kubectl exec "$SET-$1" -- ls /var/data
    show on_export ls "$EXPORT/$(directory "$1")"
}

delete_and_apply_again() {
    title "3. The StatefulSet is deleted, and comes back"
    local before ordinal
    before=$(directories)
    show kubectl delete -f deploy/sample-statefulset.yaml
    wait_for "$PATIENCE" pods_are_gone || give_up "the Pods of the deleted set still exist after $PATIENCE s"
    show kubectl get pod,pvc
    show kubectl apply -f deploy/sample-statefulset.yaml
    ready
    show on_export ls -1 "$EXPORT"
    promise "deleted and applied again: the list of directories on the export is the same" same_directories "$before"
    for ordinal in 0 1; do
        look "$ordinal"
    done
    promise "deleted and applied again: each Pod has its own files, seen from both sides" has_files 0 1
}

scale_to_three() {
    title "4. A third Pod"
    local before
    before=$(directories)
    show kubectl scale statefulset "$SET" --replicas=3
    ready
    show on_export ls -1 "$EXPORT"
    exchange 2
    promise "scaled to 3: one new directory, the others as they were" added_one "$before"
}

update_the_image() {
    title "5. A rolling update, the highest number first"
    local before
    before=$(directories)
    watch_pods
    show kubectl set image statefulset "$SET" "sample=$SAMPLE_UPDATE"
    kubectl rollout status statefulset "$SET" --timeout="${PATIENCE}s" >"$work/output" 2>&1 ||
        give_up "the rolling update did not finish: $(tail -n 1 "$work/output")"
    stop_watching
    show kubectl get pod --selector "app=$SET" --output custom-columns=NAME:.metadata.name,IMAGE:.spec.containers[0].image
    promise "rolling update: the Pods were replaced in the order 2, 1, 0" rolled_in_order
    local ordinal
    for ordinal in 0 1 2; do
        look "$ordinal"
    done
    promise "rolling update: each Pod runs the new image and has its own files" updated_with_files 0 1 2
    promise "rolling update: no directory was added, none was lost" same_directories "$before"
    show kubectl get sts,pod,pvc,pv
}

ready() {
    show kubectl rollout status statefulset "$SET" --timeout="${PATIENCE}s"
    learn_volumes
}

# stop_watching kills tee, since kubectl may run as root through sudo; kubectl then ends when it writes the next line.
watch_pods() {
    typed kubectl get pod --watch
    kubectl get pod --watch 2>&1 | tee "$work/watch" &
    watcher=$!
    wait_for 20 all_listed || give_up "kubectl get pod --watch shows nothing"
}

all_listed() {
    (($(grep -c "^$SET-" "$work/watch") >= 3))
}

# The last lines of the update may not have been printed yet.
stop_watching() {
    sleep 0.5
    kill "$watcher" 2>/dev/null || true
}

# The checks: each one prints what it finds wrong.

pods_are_gone() {
    local pods
    pods=$(kubectl get pod --selector "app=$SET" --output name) && [[ -z $pods ]]
}

two_replicas() {
    local ready
    ready=$(kubectl --namespace mooring get deployment mooring --output 'jsonpath={.status.readyReplicas}')
    [[ $ready == 2 ]] || {
        printf '%s of 2 are ready' "${ready:-none}"
        return 1
    }
}

# The set's directories on the export, without those of an earlier set of the same name.
directories() {
    on_export ls -1 "$EXPORT" | grep "^$NAMESPACE-sample-pvc-$SET-[0-9]*-pvc-" | grep -vxF "${earlier:-none}" || true
}

# Fills volume_of: the volume that is bound to the claim of each ordinal.
learn_volumes() {
    local claim volume
    while read -r claim volume; do
        volume_of[${claim##*-}]=$volume
    done < <(kubectl get pvc --selector "app=$SET" --output \
        'jsonpath={range .items[*]}{.metadata.name}{" "}{.spec.volumeName}{"\n"}{end}')
}

# directory ORDINAL: the name of its volume's directory.
directory() {
    printf '%s-sample-pvc-%s-%s-%s\n' "$NAMESPACE" "$SET" "$1" "${volume_of[$1]-}"
}

has_directories() {
    local ordinal wrong=''
    for ordinal; do
        directories | grep -qxF "$(directory "$ordinal")" || wrong+="$(directory "$ordinal") is not on the export. "
    done
    (($(directories | wc -l) == $#)) || wrong+="there are $(directories | wc -l) directories instead of $#."
    printf '%s' "$wrong"
    [[ -z $wrong ]]
}

same_directories() {
    [[ $(directories) == "$1" ]] || {
        printf 'before: %s after: %s' "$1" "$(directories)"
        return 1
    }
}

added_one() {
    local added
    added=$(comm -13 <(sort <<<"$1") <(directories | sort))
    [[ -z $(comm -23 <(sort <<<"$1") <(directories | sort)) && $added == "$(directory 2)" ]] || {
        printf 'before: %s after: %s' "$1" "$(directories)"
        return 1
    }
}

# An NFS client may show a folder as it was up to a minute ago.
has_files() {
    local ordinal
    for ordinal; do
        wait_for 70 sees_its_files "$ordinal" || {
            printf '%s-%s sees: %s' "$SET" "$ordinal" "$(kubectl exec "$SET-$ordinal" -- ls /var/data 2>&1)"
            printf ' and the export has: %s' "$(on_export ls "$EXPORT/$(directory "$ordinal")" 2>&1)"
            return 1
        }
    done
}

sees_its_files() {
    local files=$'from-export-'$1$'\nfrom-pod-'$1
    [[ $(kubectl exec "$SET-$1" -- ls /var/data) == "$files" ]] &&
        [[ $(on_export ls "$EXPORT/$(directory "$1")") == "$files" ]]
}

rolled_in_order() {
    local order
    order=$(awk '$3 == "Terminating" && !seen[$1]++ { print $1 }' "$work/watch")
    [[ $order == "$SET-2"$'\n'"$SET-1"$'\n'"$SET-0" ]] || {
        printf 'the order was: %s' "${order:-unknown, no Pod was replaced}"
        return 1
    }
}

updated_with_files() {
    local ordinal image
    for ordinal; do
        image=$(kubectl get pod "$SET-$ordinal" --output 'jsonpath={.spec.containers[0].image}')
        [[ $image == "$SAMPLE_UPDATE" ]] || {
            printf '%s-%s runs %s' "$SET" "$ordinal" "$image"
            return 1
        }
    done
    has_files "$@"
}
