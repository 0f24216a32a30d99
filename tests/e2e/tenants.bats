#!/usr/bin/env bats
# A tenant who may make claims, Pods and StatefulSets in a namespace of its own wants a directory of somebody else's.
# None of these attempts works.

bats_require_minimum_version 1.5.0
load lib.bash

# The victim's namespace is "$VICTIM"; the tests act in the attacker's.
setup() {
    begin
    VICTIM=$NAMESPACE
    apply_set web 1 selector='{no: where}'
    eventually is_bound data-web-0
    volume=$(volume_of data-web-0) victims=$(directory_of data-web-0)
    on_export sh -c "echo secret >$EXPORT/$victims/file"
    begin
}

in_namespace() {
    NAMESPACE=$1 "${@:2}"
}

# The victim's set and claim are deleted: what it had is retained, and waits for it.
victim_goes() {
    in_namespace "$VICTIM" delete_set web
    in_namespace "$VICTIM" kubectl delete pvc data-web-0
}

# None of the attacker's volumes is, contains or lies in the victim's directory, which is as it was.
got_nothing() {
    run ! attackers_paths_meet
    [ "$(on_export ls -A "$EXPORT/$victims")" = file ]
    [ "$(get pv "$volume" .spec.claimRef.namespace)" = "$VICTIM" ]
}

attackers_paths_meet() {
    kubectl get pv --output 'jsonpath={range .items[*]}{.spec.claimRef.namespace}{" "}{.spec.nfs.path}/{"\n"}{end}' |
        awk -v namespace="$NAMESPACE" -v victims="$NFS_PATH/$victims/" \
            '$1 == namespace && (index($2, victims) == 1 || index(victims, $2) == 1) { print; found = 1 } END { exit !found }'
}

# The victim still gets its own back.
victim_comes_back() {
    in_namespace "$VICTIM" apply_set web 1 selector='{no: where}'
    in_namespace "$VICTIM" eventually is_bound data-web-0
    [ "$(in_namespace "$VICTIM" directory_of data-web-0)" = "$victims" ]
}

@test "the same names in another namespace" {
    victim_goes
    apply_set web 1 selector='{no: where}'
    eventually is_bound data-web-0
    got_nothing
    victim_comes_back
}

@test "names that join to the same: namespace a-b with claim c, namespace a with claim b-c" {
    other=$NAMESPACE-data
    kubectl create namespace "$other"
    made_namespaces+=("$other")
    apply_set web 1 selector='{no: where}' template=data-x
    eventually is_bound data-x-web-0
    taken=$(directory_of data-x-web-0)
    delete_set web
    kubectl delete pvc data-x-web-0
    in_namespace "$other" apply_set web 1 selector='{no: where}' template=x
    in_namespace "$other" eventually is_bound x-web-0
    [ "$(in_namespace "$other" directory_of x-web-0)" != "$taken" ]
}

@test "mooring's own labels and annotations on a claim" {
    victim_goes
    claim data-web-0 labels="{mooring/stateful-set: web, mooring/ordinal: \"0\", mooring/claim-template: data}" \
        annotations="{mooring/volume: $volume, mooring/directory: $victims, mooring/namespace: $VICTIM,
        mooring/adopt: always, mooring/rebind: all, pv.kubernetes.io/provisioned-by: mooring/nfs}"
    eventually is_bound data-web-0
    got_nothing
    victim_comes_back
}

@test "the name of a volume that another namespace has retained" {
    victim_goes
    claim data-web-0 more="volumeName: $volume"
    stays 3 is_pending data-web-0
    got_nothing
    victim_comes_back
}

@test "the name of a volume whose object is gone, as if it had been bound to it" {
    victim_goes
    kubectl delete pv "$volume"
    claim data-web-0 more="volumeName: $volume" annotations='{pv.kubernetes.io/bind-completed: "yes",
        pv.kubernetes.io/bound-by-controller: "yes", volume.beta.kubernetes.io/storage-provisioner: mooring/nfs}'
    is_lost() {
        [[ $(get pvc data-web-0 .status.phase) == Lost ]]
    }
    eventually is_lost
    stays 3 is_gone pv "$volume"
    victim_comes_back
    [ "$(on_export ls -A "$EXPORT/$victims")" = file ]
}

@test "a pathPattern that the tenant fills with dots, slashes and nothing" {
    # shellcheck disable=SC2016 # mooring expands it
    class pattern 'parameters: {pathPattern: "tenants/${.PVC.annotations.team}"}'
    number=0
    before=$(on_export ls -A "$EXPORT")
    for team in .. . ../.. "../$victims" "/$victims" "a/../../$victims" '' .mooring '..\\..' "x\\ny"; do
        number=$((number + 1))
        claim_yaml "data-$number" class="$NAMESPACE-pattern" annotations="{team: \"$team\"}"
    done | kubectl apply -f -
    for number in {1..10}; do
        eventually says pvc "data-$number" ProvisioningFailed pathPattern
        is_pending "data-$number"
    done
    claim none class="$NAMESPACE-pattern"
    eventually says pvc none ProvisioningFailed "which the claim does not have"
    [ "$(on_export ls -A "$EXPORT")" = "$before" ]
    got_nothing
}

@test "a pathPattern that the tenant fills with the name of another's directory" {
    # shellcheck disable=SC2016 # mooring expands it
    class pattern 'parameters: {pathPattern: "${.PVC.annotations.dir}"}'
    claim data class="$NAMESPACE-pattern" annotations="{dir: $victims}"
    eventually says pvc data ProvisioningFailed "directory of volume $volume of another claim"
    victim_goes
    stays 2 is_pending data
    kubectl delete pv "$volume"
    kubectl delete pvc data
    claim data class="$NAMESPACE-pattern" annotations="{dir: $victims}"
    eventually says pvc data ProvisioningFailed "directory of volume $volume of another claim"
    [ "$(on_export ls -A "$EXPORT/$victims")" = file ]
}

@test "a pathPattern by which the tenant reaches into another's directory" {
    # shellcheck disable=SC2016 # mooring expands it
    class pattern 'parameters: {pathPattern: "${.PVC.annotations.team}/${.PVC.name}"}'
    on_export mkdir "$EXPORT/$victims/inside"
    { claim_yaml inside class="$NAMESPACE-pattern" annotations="{team: $victims}" &&
        claim_yaml new class="$NAMESPACE-pattern" annotations="{team: $victims}"; } | kubectl apply -f -
    eventually says pvc inside ProvisioningFailed "lies in the directory of volume $volume of another claim"
    eventually says pvc new ProvisioningFailed "lies in the directory of volume $volume of another claim"
    [ "$(on_export ls -A "$EXPORT/$victims")" = $'file\ninside' ]
    run ! attackers_paths_meet
}

@test "many claims that wait and then ask for one directory at once: one of them gets it" {
    for number in {1..20}; do
        claim_yaml "data-$number" class="$NAMESPACE-pattern" annotations="{dir: $NAMESPACE-contested,
            volume.beta.kubernetes.io/storage-provisioner: mooring/nfs}"
    done | kubectl create -f - >/dev/null
    eventually says pvc data-20 ProvisioningFailed "does not exist"
    # shellcheck disable=SC2016 # mooring expands it
    class pattern 'parameters: {pathPattern: "${.PVC.annotations.dir}"}'
    all_but_one_are_refused() {
        (($(kubectl get events --output 'jsonpath={range .items[*]}{.message}{"\n"}{end}' | grep -c "of another claim") >= 19))
    }
    eventually all_but_one_are_refused
    [ "$(volumes | wc -l)" -eq 1 ]
}

@test "a claim named so that its directory would be another's, and a symbolic link in its place" {
    # shellcheck disable=SC2016 # mooring expands it
    class pattern 'parameters: {pathPattern: "${.PVC.name}"}'
    on_export ln -s "$victims" "$EXPORT/$NAMESPACE-link"
    claim "$NAMESPACE-link" class="$NAMESPACE-pattern"
    eventually says pvc "$NAMESPACE-link" ProvisioningFailed "symbolic link"
    claim "$victims" class="$NAMESPACE-pattern"
    eventually says pvc "$victims" ProvisioningFailed "directory of volume $volume of another claim"
    got_nothing
}

@test "a StatefulSet of the same name that makes the victim's claim look like its own" {
    victim_goes
    # Its claims have the victim's names, its Pods ask for the victim's volume by labels.
    apply_set web 2 selector='{no: where}' management=Parallel
    kubectl label pvc --all mooring/stateful-set=web || true
    eventually is_bound data-web-0 data-web-1
    got_nothing
    victim_comes_back
}
