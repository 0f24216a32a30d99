#!/usr/bin/env bats
# A tenant may make claims, Pods and StatefulSets in its own namespace, and tries to get a directory of another namespace.
# None of these attempts works.

bats_require_minimum_version 1.5.0
load lib.bash

# The victim has the namespace "$VICTIM"; the tests run in the namespace of the attacker.
setup() {
    use_new_namespace
    VICTIM=$NAMESPACE
    apply_set web 1 selector='{no: where}'
    eventually is_bound data-web-0
    volume=$(volume_of data-web-0) victim_directory=$(directory_of data-web-0)
    on_export sh -c "echo secret >$EXPORT/$victim_directory/file"
    use_new_namespace
}

in_namespace() {
    NAMESPACE=$1 "${@:2}"
}

# Delete the victim's set and claim: its volume and directory are retained.
victim_goes() {
    in_namespace "$VICTIM" delete_set web
    in_namespace "$VICTIM" kubectl delete pvc data-web-0
}

# No volume of the attacker is, contains or lies in the victim's directory, which is unchanged.
got_nothing() {
    run ! attackers_paths_meet
    [ "$(on_export ls -A "$EXPORT/$victim_directory")" = file ]
    [ "$(get pv "$volume" .spec.claimRef.namespace)" = "$VICTIM" ]
}

attackers_paths_meet() {
    kubectl get pv --output 'jsonpath={range .items[*]}{.spec.claimRef.namespace}{" "}{.spec.nfs.path}/{"\n"}{end}' |
        awk -v namespace="$NAMESPACE" -v victim_directory="$NFS_PATH/$victim_directory/" \
            '$1 == namespace && (index($2, victim_directory) == 1 || index(victim_directory, $2) == 1) { print; found = 1 } END { exit !found }'
}

# The victim's claim comes back and gets its directory.
victim_comes_back() {
    in_namespace "$VICTIM" apply_set web 1 selector='{no: where}'
    in_namespace "$VICTIM" eventually is_bound data-web-0
    [ "$(in_namespace "$VICTIM" directory_of data-web-0)" = "$victim_directory" ]
}

@test "the same names in another namespace" {
    victim_goes
    apply_set web 1 selector='{no: where}'
    eventually is_bound data-web-0
    got_nothing
    victim_comes_back
}

# The API server does not check the name of a volume that a claim asks for.
@test "a claim cannot colour what an administrator reads" {
    claim data more='volumeName: "\e[31mred"'
    run -0 mooring list --namespace "$NAMESPACE"
    [[ $output == *'\x1b[31mred'* ]]
    [[ $output != *$'\e'* ]]
}

# A copy of a bound claim, without the name of its volume.
@test "a claim that says it is bound and names no volume, where it had one before" {
    restarts=$(restarts)
    claim data
    eventually is_bound data
    kubectl delete pvc data
    claim data annotations='{pv.kubernetes.io/bind-completed: "yes", volume.beta.kubernetes.io/storage-provisioner: mooring/nfs}'
    eventually describe_shows pvc data ProvisioningFailed "it names no volume"
    claim other
    eventually is_bound other
    [ "$(restarts)" = "$restarts" ]
    kubectl annotate pvc data pv.kubernetes.io/bind-completed-
    eventually is_bound data
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
        annotations="{mooring/volume: $volume, mooring/directory: $victim_directory, mooring/namespace: $VICTIM,
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
    [ "$(on_export ls -A "$EXPORT/$victim_directory")" = file ]
}

@test "a pathPattern that the tenant fills with dots, slashes and nothing" {
    # shellcheck disable=SC2016 # mooring expands the second part
    class pattern 'parameters: {pathPattern: "'"$NAMESPACE"'-tenants/${.PVC.annotations.team}"}'
    number=0
    before=$(on_export ls -A "$EXPORT")
    for team in .. . ../.. "../$victim_directory" "/../$victim_directory" "a/../../$victim_directory" //.. .mooring '..\\..' "x\\ny"; do
        number=$((number + 1))
        claim_yaml "data-$number" class="$NAMESPACE-pattern" annotations="{team: \"$team\"}"
    done | kubectl apply -f -
    for number in {1..10}; do
        eventually describe_shows pvc "data-$number" ProvisioningFailed pathPattern
        is_pending "data-$number"
    done
    [ "$(on_export ls -A "$EXPORT")" = "$before" ]
    got_nothing
}

@test "a pathPattern that the tenant fills with slashes leads below what the class names, and to no other claim" {
    # shellcheck disable=SC2016 # mooring expands the second part
    class pattern 'parameters: {pathPattern: "'"$NAMESPACE"'-tenants/${.PVC.annotations.team}"}'
    claim below class="$NAMESPACE-pattern" annotations="{team: \"//$victim_directory/\"}"
    eventually is_bound below
    [ "$(get pv "$(volume_of below)" .spec.nfs.path)" = "$NFS_PATH/$NAMESPACE-tenants/$victim_directory" ]
    claim none class="$NAMESPACE-pattern"
    claim inside class="$NAMESPACE-pattern" annotations="{team: $victim_directory/inside}"
    eventually describe_shows pvc none ProvisioningFailed "which this claim does not get"
    eventually describe_shows pvc inside ProvisioningFailed "which this claim does not get"
    got_nothing
}

@test "a pathPattern that the tenant fills with the name of another's directory" {
    # shellcheck disable=SC2016 # mooring expands it
    class pattern 'parameters: {pathPattern: "${.PVC.annotations.dir}"}'
    claim data class="$NAMESPACE-pattern" annotations="{dir: $victim_directory}"
    eventually describe_shows pvc data ProvisioningFailed "which this claim does not get"
    victim_goes
    stays 2 is_pending data
    kubectl delete pv "$volume"
    kubectl delete pvc data
    claim data class="$NAMESPACE-pattern" annotations="{dir: $victim_directory}"
    eventually describe_shows pvc data ProvisioningFailed "which this claim does not get"
    [ "$(on_export ls -A "$EXPORT/$victim_directory")" = file ]
}

@test "a pathPattern by which the tenant reaches into another's directory" {
    # shellcheck disable=SC2016 # mooring expands it
    class pattern 'parameters: {pathPattern: "${.PVC.annotations.team}/${.PVC.name}"}'
    on_export mkdir "$EXPORT/$victim_directory/inside"
    { claim_yaml inside class="$NAMESPACE-pattern" annotations="{team: $victim_directory}" &&
        claim_yaml new class="$NAMESPACE-pattern" annotations="{team: $victim_directory}"; } | kubectl apply -f -
    eventually describe_shows pvc inside ProvisioningFailed "which this claim does not get"
    eventually describe_shows pvc new ProvisioningFailed "which this claim does not get"
    [ "$(on_export ls -A "$EXPORT/$victim_directory")" = $'file\ninside' ]
    run ! attackers_paths_meet
}

@test "many claims that wait and then ask for one directory at once: one of them gets it" {
    for number in {1..20}; do
        claim_yaml "data-$number" class="$NAMESPACE-pattern" annotations="{dir: $NAMESPACE-contested,
            volume.beta.kubernetes.io/storage-provisioner: mooring/nfs}"
    done | kubectl create -f - >/dev/null
    eventually describe_shows pvc data-20 ProvisioningFailed "does not exist"
    # shellcheck disable=SC2016 # mooring expands it
    class pattern 'parameters: {pathPattern: "${.PVC.annotations.dir}"}'
    all_but_one_are_refused() {
        (($(kubectl get events --output 'jsonpath={range .items[*]}{.message}{"\n"}{end}' | grep -c "which this claim does not get") >= 19))
    }
    eventually all_but_one_are_refused
    [ "$(volumes | wc -l)" -eq 1 ]
}

@test "a claim named so that its directory would be another's, and a symbolic link in its place" {
    # shellcheck disable=SC2016 # mooring expands it
    class pattern 'parameters: {pathPattern: "${.PVC.name}"}'
    on_export ln -s "$victim_directory" "$EXPORT/$NAMESPACE-link"
    claim "$NAMESPACE-link" class="$NAMESPACE-pattern"
    eventually describe_shows pvc "$NAMESPACE-link" ProvisioningFailed "which this claim does not get"
    claim "$victim_directory" class="$NAMESPACE-pattern"
    eventually describe_shows pvc "$victim_directory" ProvisioningFailed "which this claim does not get"
    got_nothing
}

@test "a StatefulSet of the same name that makes the victim's claim look like its own" {
    victim_goes
    # Its claims have the victim's names and labels.
    apply_set web 2 selector='{no: where}' management=Parallel
    kubectl label pvc --all mooring/stateful-set=web || true
    eventually is_bound data-web-0 data-web-1
    got_nothing
    victim_comes_back
}
