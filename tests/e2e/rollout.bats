#!/usr/bin/env bats
# Updates of a set: every ordinal keeps its directory, and mooring says so and writes nothing. Two Pods that may both write.

bats_require_minimum_version 1.5.0
load lib.bash

# a_set_to_update REPLICAS [FIELD=VALUE...]: a set with files in each directory. Remembers the state for all_as_it_was.
a_set_to_update() {
    a_set_with_files "$@"
    objects_before=$(objects)
    export_before=$(export_snapshot)
    writes_before=$(writes)
}

# The resource versions of the namespace's claims and volumes: any write changes one.
objects() {
    kubectl get pvc,pv --output \
        'jsonpath={range .items[*]}{.metadata.namespace}{.spec.claimRef.namespace} {.metadata.name} {.metadata.resourceVersion}{"\n"}{end}' |
        grep "^$NAMESPACE "
}

# all_as_it_was COUNT: nothing was written to the API or to the export, and each ordinal has its files.
all_as_it_was() {
    has_its_files web "$1"
    [ "$(objects)" = "$objects_before" ]
    [ "$(export_snapshot)" = "$export_before" ]
    [ "$(writes)" = "$writes_before" ] || needs_own_machine "others write here too"
}

update_to() {
    kubectl set image statefulset/web "main=$1"
}

# images IMAGE...: the Pods from ordinal 0 on have these images, and all are ready.
images() {
    [[ $(kubectl get pod --selector app=web --sort-by=.metadata.name --output 'jsonpath={.items[*].spec.containers[0].image}') == "$*" ]] &&
        pods_are_ready web $#
}

# kept ORDINAL...: there are events DirectoryKept for exactly these ordinals, in this order.
kept() {
    [[ $(said_kept) == "$(printf '%s\n' "$@")" ]]
}

said_kept() {
    kubectl get events --field-selector involvedObject.kind=StatefulSet,reason=DirectoryKept --output \
        'jsonpath={range .items[*]}{.metadata.creationTimestamp} {.metadata.name} {.message}{"\n"}{end}' |
        sort | sed 's/.* ordinal \([0-9]*\):.*/\1/'
}

# No event warns of anything.
no_warning() {
    [ -z "$(kubectl get events --output name --field-selector reason=DirectoryChanged)" ]
    [ -z "$(kubectl get events --output name --field-selector reason=TwoPossibleWriters)" ]
}

@test "a rolling update goes from the highest ordinal to the lowest, each keeps its directory, and it is said of each once" {
    a_set_to_update 3
    update_to "$UPDATE"
    eventually images "$UPDATE" "$UPDATE" "$UPDATE"
    eventually kept 2 1 0
    revision=$(get statefulset web .status.updateRevision)
    describe_shows statefulset web "ordinal 1: Pod web-1 (revision $revision) has directory" "$(directory_of data-web-1) as before"
    stays 2 kept 2 1 0
    no_warning
    all_as_it_was 3
}

@test "a set that is managed in parallel keeps every directory, and the same is said" {
    a_set_to_update 3 management=Parallel
    update_to "$UPDATE"
    eventually images "$UPDATE" "$UPDATE" "$UPDATE"
    eventually kept 2 1 0
    no_warning
    all_as_it_was 3
}

@test "with a partition only the ordinals from there on are replaced, and it is said of them" {
    a_set_to_update 3 management=Parallel strategy='{type: RollingUpdate, rollingUpdate: {partition: 2}}'
    update_to "$UPDATE"
    eventually images "$IMAGE" "$IMAGE" "$UPDATE"
    eventually kept 2
    stays 2 kept 2
    all_as_it_was 3
}

@test "with OnDelete each Pod that its user deletes keeps its directory, and it is said of that one" {
    a_set_to_update 2 management=Parallel strategy='{type: OnDelete}'
    update_to "$UPDATE"
    kubectl delete pod web-0
    eventually images "$UPDATE" "$IMAGE"
    eventually kept 0
    stays 2 kept 0
    all_as_it_was 2
}

@test "an update that is taken back leaves each its directory, which is said again" {
    a_set_to_update 2 management=Parallel
    update_to "$UPDATE"
    eventually kept 1 0
    kubectl rollout undo statefulset/web
    eventually images "$IMAGE" "$IMAGE"
    eventually said_twice
    no_warning
    all_as_it_was 2
}

said_twice() {
    [[ $(kubectl get events --field-selector reason=DirectoryKept --output 'jsonpath={.items[*].count}') == "2 2" ]]
}

@test "a Pod that is only deleted, with no update, is nothing to talk about" {
    a_set 1
    old=$(get pod web-0 .metadata.uid)
    kubectl delete pod web-0
    eventually is_another web-0 "$old"
    eventually pods_are_ready web 1
    stays 2 kept ""
}

is_another() {
    [[ $(get pod "$1" .metadata.uid) != "$2" ]]
}

@test "an update that is stuck on a broken image and then repaired ends with every directory kept" {
    a_set_to_update 2
    update_to registry.local/no-such-image:1
    eventually is_failing web-1
    update_to "$UPDATE"
    stays 2 is_failing web-1 # Kubernetes waits for this Pod and never replaces it
    kubectl delete pod web-1
    eventually images "$UPDATE" "$UPDATE"
    eventually kept 1 0
    no_warning
    all_as_it_was 2
}

is_failing() {
    [[ $(get pod "$1" '.status.containerStatuses[0].state.waiting.reason') == *ImagePull* ]]
}

@test "a claim that is deleted in the middle of an update keeps its directory too" {
    a_set_to_update 2
    old=$(get pvc data-web-1 .metadata.uid)
    kubectl delete pvc data-web-1 --wait=false
    update_to "$UPDATE"
    eventually is_new_or_gone data-web-1 "$old"
    # Kubernetes before v1.27 may make the Pod before the claim is gone, and then nothing makes the claim again.
    exists pvc data-web-1 || kubectl delete pod web-1
    eventually images "$UPDATE" "$UPDATE"
    [ "$(get pvc data-web-1 .metadata.uid)" != "$old" ]
    eventually kept 1 0
    no_warning
    has_its_files web 2
    [ "$(directories | wc -l)" -eq 2 ]
    [ "$(volumes | wc -l)" -eq 2 ]
}

is_new_or_gone() {
    local uid
    uid=$(kubectl get pvc "$1" --ignore-not-found --output 'jsonpath={.metadata.uid}') && [[ $uid != "$2" ]]
}

# --- the command ---

# row TABLE ORDINAL: the last row of the ordinal, with one space between columns.
row() {
    awk -v ordinal="$2" '$1 == ordinal { $1 = $1; last = $0 } END { print last }' <<<"$1"
}

@test "mooring rollout shows each ordinal, from the highest to the lowest" {
    a_set 2 management=Parallel strategy='{type: OnDelete}'
    update_to "$UPDATE"
    kubectl delete pod web-0
    eventually images "$UPDATE" "$IMAGE"
    run -0 mooring rollout "$NAMESPACE/web"
    [ "$(awk '{ print $1 }' <<<"$output" | head -n 3 | xargs)" = "ORDINAL 1 0" ]
    [ "$(row "$output" 1)" = "1 web-1 old Running data-web-1 $(directory_of data-web-1) yes" ]
    [ "$(row "$output" 0)" = "0 web-0 new Running data-web-0 $(directory_of data-web-0) yes" ]
    [[ ${lines[3]} == "OnDelete: waits until Pod web-1 of ordinal 1 is deleted" ]]
    run -0 mooring rollout "$NAMESPACE/web" -o json
    grep -qF '"state": "waits-for-user"' <<<"$output"
}

@test "mooring rollout --watch ends with the rollout, well when every ordinal kept its directory" {
    a_set 3
    update_to "$UPDATE"
    run -0 mooring rollout "$NAMESPACE/web" --watch
    images "$UPDATE" "$UPDATE" "$UPDATE"
    grep -qE "^0 +web-0 +old " <<<"$output"
    [ "$(row "$output" 0)" = "0 web-0 new Running data-web-0 $(directory_of data-web-0) yes" ]
    [[ ${lines[-1]} == "over: revision "* ]]
}

@test "mooring rollout says where a rollout is stuck and what to do, and --watch sees the repair" {
    a_set 2
    update_to registry.local/no-such-image:1
    eventually is_failing web-1
    run -1 mooring rollout "$NAMESPACE/web"
    [[ $output == *"stuck at ordinal 1: Pod web-1 of the new revision does not become ready ("*"): repair the template"* ]]
    run -1 mooring rollout --namespace "$NAMESPACE" web --watch --timeout 2
    [[ $output == *"timed out after 2 s: stuck at ordinal 1: "* ]]
    update_to "$UPDATE"
    eventually is_stuck_on_the_old_one
    mooring rollout "$NAMESPACE/web" --watch 3>&- &
    kubectl delete pod web-1
    wait $!
    images "$UPDATE" "$UPDATE"
}

is_stuck_on_the_old_one() {
    mooring rollout "$NAMESPACE/web" | grep -F "waits for it: kubectl delete pod -n $NAMESPACE web-1"
}

@test "mooring rollout says who knows why a set gets no Pods" {
    kubectl create quota no-pods --hard=pods=0
    apply_set web 1
    eventually describe_shows statefulset web "exceeded quota"
    run -1 mooring rollout --namespace "$NAMESPACE" web --watch --timeout 5
    [[ $output == *"under way: ordinal 0 has no Pod yet; if it stays so, kubectl describe statefulset -n $NAMESPACE web says why"* ]]
    [[ $output == *"timed out after 5 s: under way: ordinal 0 has no Pod yet"* ]]
}

@test "mooring rollout --watch fails when an ordinal has lost its directory to a new one" {
    class fresh 'parameters: {rebind: none}'
    a_set 2 management=Parallel strategy='{type: OnDelete}' class="$NAMESPACE-fresh"
    old=$(directory_of data-web-1)
    update_to "$UPDATE"
    mooring rollout "$NAMESPACE/web" --watch >"$BATS_TEST_TMPDIR/output" 3>&- &
    watch=$!
    eventually grep -q web-1 "$BATS_TEST_TMPDIR/output"
    kubectl delete pvc data-web-1 --wait=false
    kubectl delete pod web-0 web-1
    # Kubernetes before v1.27 may make the Pod before the claim is gone, and then nothing makes the claim again.
    within 10 images "$UPDATE" "$UPDATE" || kubectl delete pod web-1
    eventually images "$UPDATE" "$UPDATE"
    status=0
    wait "$watch" || status=$?
    [ "$status" -eq 1 ]
    grep -F "ordinal 1: claim data-web-1 had directory $old before" "$BATS_TEST_TMPDIR/output"
    eventually describe_shows statefulset web DirectoryChanged "$old, which is kept on the export"
}

@test "mooring rollout says so when there is no such set, or mooring serves none of its claims" {
    run -1 mooring rollout "$NAMESPACE/nothing"
    [[ $output == *"there is no StatefulSet nothing in namespace $NAMESPACE"* ]]
    set_yaml web 1 | sed '/volumeMounts/d; /volumeClaimTemplates/,$d' | kubectl apply -f -
    run -1 mooring rollout "$NAMESPACE/web"
    [[ $output == *"StatefulSet $NAMESPACE/web has no claim that mooring serves"* ]]
    run -2 mooring rollout "$NAMESPACE/web" --timeout 3
    [[ $output == *"--timeout is for --watch"* ]]
    run -2 mooring rollout web
    [[ $output == *'"web" is not NAMESPACE/SET'* ]]
}

# --- two Pods of one ordinal, on node objects that no kubelet serves ---

# a_node NAME True|Unknown: create the node if needed, and set its Ready condition.
a_node() {
    local node='"apiVersion": "v1", "kind": "Node", "metadata": {"name": "'$1'", "labels": {"e2e": "'$NAMESPACE'"}}'
    local room='{"cpu": "4", "memory": "4Gi", "pods": "10"}' now
    now=$(date -u +%FT%TZ)
    [[ -n $(kubectl get node "$1" --ignore-not-found --output name) ]] || kubectl create -f - <<<"{$node}"
    kubectl replace --raw "/api/v1/nodes/$1/status" -f - <<JSON
{$node, "status": {"allocatable": $room, "capacity": $room, "conditions": [{"type": "Ready", "status": "$2",
  "reason": "ByHand", "message": "", "lastHeartbeatTime": "$now", "lastTransitionTime": "$now"}]}}
JSON
}

the_real_node() {
    kubectl get node --selector '!e2e' --output 'jsonpath={.items[0].metadata.name}'
}

undo() {
    kubectl uncordon "$(the_real_node)"
    kubectl delete node --selector "e2e=$NAMESPACE"
}

runs_on() {
    [[ $(get pod "$1" .spec.nodeName) == "$2" ]] || {
        kubectl describe pod "$1" && kubectl describe node "$2"
        return 1
    }
}

# comes_up_on NODE: the node is alive, as it says again and again, and web-0 runs there.
comes_up_on() {
    a_node "$1" True
    runs_on web-0 "$1"
}

# a_pod_on NODE: start the only Pod of a set there. The next Pod of the set will be on the real node.
a_pod_on() {
    a_node "$1" True
    kubectl cordon "$(the_real_node)"
    apply_set web 1
    eventually comes_up_on "$1"
    kubectl cordon "$1"
    kubectl uncordon "$(the_real_node)"
    sleep 6 # until mooring has listed the Pods again and knows its node
}

warnings() {
    kubectl get events --field-selector reason=TwoPossibleWriters \
        --output 'jsonpath={range .items[*]}{.involvedObject.kind} {.count}{"\n"}{end}' | sort
}

warned_once_each() {
    [[ $(warnings) == "$(printf '%s\n' 'PersistentVolumeClaim 1' 'Pod 1')" ]]
}

has_no_warning() {
    [[ -z $(warnings) ]]
}

@test "a Pod that is removed by force from a lost node: Pod and claim are told, once, that two may write" {
    needs_own_machine "makes nodes"
    before=$(metric mooring_possible_double_writers_total)
    a_pod_on "lost-$NAMESPACE"
    a_node "lost-$NAMESPACE" Unknown
    kubectl delete pod web-0 --grace-period=0 --force
    eventually pods_are_ready web 1
    runs_on web-0 "$(the_real_node)"
    eventually warned_once_each
    describe_shows pod web-0 "node lost-$NAMESPACE, which is not Ready" "power that node off or fence it"
    describe_shows pvc data-web-0 "node lost-$NAMESPACE, which is not Ready"
    [ "$(metric mooring_possible_double_writers_total)" -eq $((before + 1)) ]
    stays 3 warned_once_each
}

@test "a Pod that goes with its node object is told of in the same way" {
    needs_own_machine "makes nodes"
    a_pod_on "gone-$NAMESPACE"
    kubectl delete node "gone-$NAMESPACE"
    kubectl delete pod web-0 --grace-period=0 --force --ignore-not-found
    eventually pods_are_ready web 1
    eventually warned_once_each
    describe_shows pod web-0 "node gone-$NAMESPACE, which is gone from the API"
}

@test "a Pod that ends in the ordinary way and comes up on another node is no danger" {
    needs_own_machine "makes nodes"
    set_yaml web 1 | sed 's/terminationGracePeriodSeconds: 0/terminationGracePeriodSeconds: 1/' | kubectl apply -f -
    eventually pods_are_ready web 1
    sleep 2
    a_node "other-$NAMESPACE" True
    kubectl cordon "$(the_real_node)"
    kubectl delete pod web-0
    eventually comes_up_on "other-$NAMESPACE"
    stays 5 has_no_warning
}
