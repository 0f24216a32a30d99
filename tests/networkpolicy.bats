#!/usr/bin/env bats
# The policy in deploy/ protects the Pods that the Deployment beside it makes, and is installed with it.

setup() {
    cd "$BATS_TEST_DIRNAME/../deploy" || exit
}

# labels_below KEY FILE: the labels of the selector that stands under the key.
labels_below() {
    grep -A 2 "^  $1:\$" "$2" | grep -o '[a-z.]*/[a-z]*: .*'
}

@test "the network policy is installed" {
    grep --quiet --line-regexp '  - networkpolicy.yaml' kustomization.yaml
}

@test "the network policy selects the Deployment's Pods" {
    local labels namespace
    labels=$(labels_below podSelector networkpolicy.yaml)
    [ -n "$labels" ]
    [ "$labels" = "$(labels_below selector deployment.yaml)" ]
    namespace=$(grep '^  namespace:' networkpolicy.yaml)
    [ "$namespace" = "$(grep '^  namespace:' deployment.yaml)" ]
}

@test "the network policy is about the port that is listened on" {
    local port
    port=$(sed -nE 's/^ +port: ([0-9]+)$/\1/p' networkpolicy.yaml)
    [ -n "$port" ]
    [ "$port" = "$(sed -nE 's/^ +containerPort: ([0-9]+)$/\1/p' deployment.yaml)" ]
}
