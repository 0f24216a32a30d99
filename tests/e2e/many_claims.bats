#!/usr/bin/env bats
# A hundred claims of one set come back at once.

bats_require_minimum_version 1.5.0
load lib.bash

claims() {
    kubectl get pvc --output 'jsonpath={range .items[*]}{.metadata.name}{" "}{.spec.volumeName}{" "}{.status.phase}{"\n"}{end}' | sort
}

all_are_bound() {
    [[ $(claims | grep -c ' Bound$') == 100 ]]
}

# The Pods fit no node, so the claims are made and no container has to start.
apply_the_hundred() {
    apply_set web 100 management=Parallel selector='{no: where}'
    within 180 all_are_bound
}

# In one request: kubectl delete pvc --all sends one for each claim, five a second.
delete_all_claims() {
    kubectl delete --raw "/api/v1/namespaces/$NAMESPACE/persistentvolumeclaims" >/dev/null
    eventually no_claims
}

no_claims() {
    [[ -z $(kubectl get pvc --output name) ]]
}

# The first line of a file in each directory is the name of its claim.
sign_directories() {
    on_export sh -c "cd $EXPORT && for d in $NAMESPACE-data-web-*; do
        name=\${d#$NAMESPACE-} && echo \${name%%-pvc-*} >\$d/claim; done"
}

# Every claim is bound to the volume with the directory in which its name was written.
each_claim_has_its_own_directory() {
    learn_directories
    local claim
    for claim in "${!directory[@]}"; do
        [[ -z ${directory[$claim]} ]] || printf '%s %s\n' "${directory[$claim]}" "$claim"
    done | sort >"$BATS_TEST_TMPDIR/bound"
    on_export sh -c "cd $EXPORT && for d in $NAMESPACE-data-web-*; do echo \$d \$(cat \$d/claim); done" |
        sort >"$BATS_TEST_TMPDIR/signed"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/signed")" -eq 100 ]
    diff "$BATS_TEST_TMPDIR/bound" "$BATS_TEST_TMPDIR/signed"
}

@test "a hundred claims that are deleted and made again, five times, never swap and never multiply" {
    apply_the_hundred
    sign_directories
    before=$(claims) directories_before=$(directories)
    for _ in 1 2 3 4 5; do
        kubectl delete statefulset web
        eventually pods_are_gone web
        delete_all_claims
        apply_the_hundred
        [ "$(claims)" = "$before" ]
        [ "$(directories)" = "$directories_before" ]
        [ "$(volumes | wc -l)" -eq 100 ]
    done
    each_claim_has_its_own_directory
}
