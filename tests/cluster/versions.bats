#!/usr/bin/env bats
# What a cluster gives to each version of Kubernetes and of containerd, and which it refuses. Starts nothing.

bats_require_minimum_version 1.5.0

setup() {
    # shellcheck source=tests/cluster/lib.sh
    source "$BATS_TEST_DIRNAME/lib.sh"
    # shellcheck source=tests/cluster/preflight.sh
    source "$CLUSTER_DIR/preflight.sh"
    folder=$BATS_TEST_TMPDIR/kubernetes
    mkdir "$folder"
}

# a_release VERSION: programs in $folder that say that they are of this version.
a_release() {
    local program
    for program in $KUBERNETES_PROGRAMS; do
        a_program "$program" "$1"
    done
}

# a_program NAME VERSION: it answers only to what the real one answers to.
a_program() {
    local asked=--version answer="Kubernetes $2"
    [[ $1 != kubectl ]] || { asked='version --client' answer="Client Version: $2"; }
    printf '#!/bin/sh\n[ "$*" = "%s" ] && echo "%s"\n' "$asked" "$answer" >"$folder/$1"
    chmod +x "$folder/$1"
}

# refusal_names TEXT: the folder is refused with one reason, which contains the text.
refusal_names() {
    run unfit_programs "$folder"
    echo "$output"
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *"$1"* ]]
}

# chosen MINOR WHAT: the texts in one word, or "-" when there is none.
chosen() {
    local texts
    texts=$(differences "$1" "$2" | sed 's|unix:///run/containerd/containerd.sock|SOCKET|; s/ //' | paste -sd,)
    echo "${texts:--}"
}

@test "each version of Kubernetes gets the flags and fields that it knows" {
    while read -r minor managers kubelet fields; do
        [ "$(chosen "$minor" manager-flag)" = "$managers" ]
        [ "$(chosen "$minor" kubelet-flag)" = "$kubelet" ]
        [ "$(chosen "$minor" kubelet-field)" = "$fields" ]
    done <<'TABLE'
20 --port=0 --container-runtime=remote,--container-runtime-endpoint=SOCKET  -
22 --port=0 --container-runtime=remote,--container-runtime-endpoint=SOCKET  -
23 -        --container-runtime=remote,--container-runtime-endpoint=SOCKET  -
24 -        --container-runtime=remote,--container-runtime-endpoint=SOCKET  -
26 -        --container-runtime=remote,--container-runtime-endpoint=SOCKET  -
27 -        -                                                               containerRuntimeEndpoint:SOCKET
30 -        -                                                               containerRuntimeEndpoint:SOCKET
31 -        -                                                               containerRuntimeEndpoint:SOCKET,failCgroupV1:false
36 -        -                                                               containerRuntimeEndpoint:SOCKET,failCgroupV1:false
TABLE
}

@test "each containerd gets a configuration in its own format" {
    for version in 1.6.20 1.7.24; do
        configuration=$(containerd_configuration "$version" /cni)
        [[ $configuration == "version = 2"* ]]
        [[ $configuration == *'[plugins."io.containerd.grpc.v1.cri"]'$'\n''  sandbox_image = "registry.local/pause:1"'* ]]
        [[ $configuration == *' bin_dir = "/usr/lib/cni"'$'\n'*'conf_dir = "/cni"'* ]]
    done
    for version in 2.0.5 2.1.9 2.2.0; do
        configuration=$(containerd_configuration "$version" /cni)
        [[ $configuration == "version = 3"* ]]
        [[ $configuration == *'.cri.v1.images".pinned_images]'$'\n''    sandbox = "registry.local/pause:1"'* ]]
        [[ $configuration == *'conf_dir = "/cni"'* && $configuration != *sandbox_image* ]]
    done
    [[ $(containerd_configuration 2.0.5 /cni) == *' bin_dir = "/usr/lib/cni"'* ]]
    [[ $(containerd_configuration 2.1.9 /cni) == *' bin_dirs = ["/usr/lib/cni"]'* ]]
}

@test "the containerd of this machine takes every field of its configuration" {
    PATH=$PATH:/usr/sbin:/sbin
    command -v containerd || skip "containerd is not installed"
    version=$(containerd_version)
    containerd_configuration "$version" "$BATS_TEST_TMPDIR/cni" >"$BATS_TEST_TMPDIR/containerd.toml"
    # It drops what it does not know, and adds its defaults.
    containerd --config "$BATS_TEST_TMPDIR/containerd.toml" config dump >"$BATS_TEST_TMPDIR/dump" 2>"$BATS_TEST_TMPDIR/errors"
    run ! grep -iE 'unknown|invalid|deprecated' "$BATS_TEST_TMPDIR/errors"
    fields() {
        tr -d " '\"[]" | sort -u
    }
    run comm -23 <(grep ' = [^[]' "$BATS_TEST_TMPDIR/containerd.toml" | fields) <(fields <"$BATS_TEST_TMPDIR/dump")
    echo "not taken: $output"
    [ -z "$output" ]
}

@test "the programs of a known release are taken" {
    for version in v1.20.2 v1.24.17 v1.31.4 v1.36.0-rc.1; do
        a_release "$version"
        run unfit_programs "$folder"
        [ -z "$output" ]
        [ "$status" -eq 0 ]
    done
    # kubectl may be of another version.
    a_program kubectl v1.35.1
    [ -z "$(unfit_programs "$folder")" ]
}

@test "a folder that lacks a program is refused" {
    a_release v1.31.4
    rm "$folder/kube-scheduler"
    refusal_names "has no program kube-scheduler"
}

@test "a version that is not known is refused" {
    a_release v1.31.4
    for version in v1.19.16 v2.31.0; do
        a_program kubectl "$version"
        refusal_names "kubectl is $version; versions from 1.20 on are known"
    done
}

@test "a version that is newer than any that was tried is taken, and called that" {
    a_release v1.36.9
    [ -z "$(untried_programs "$folder")" ]
    a_release v1.37.0
    [ -z "$(unfit_programs "$folder")" ]
    [[ $(untried_programs "$folder") == *"v1.37.0 is newer than any"* ]]
}

@test "a program for another processor is refused" {
    a_release v1.31.4
    # The beginning of a program for a big-endian System/390, which ends this header.
    printf '\177ELF\2\2\1\0\0\0\0\0\0\0\0\0\0\2\0\26' >"$folder/kubelet"
    refusal_names "kubelet does not run on this machine"
}

@test "programs of several releases in one folder are refused" {
    a_release v1.31.4
    a_program kubelet v1.30.2
    refusal_names "are of several versions: v1.30.2 v1.31.4"
}

@test "containerd 2 is refused beside a kubelet that does not speak its protocol" {
    a_release v1.22.17
    printf '#!/bin/sh\necho containerd github.com/containerd/containerd/v2 v2.1.4 75cb2b7\n' >"$folder/containerd"
    chmod +x "$folder/containerd"
    MOORING_KUBERNETES=$folder run unfit_containerd
    [[ $output == *"containerd 2.1.4 and the kubelet v1.22.17 do not understand each other"* ]]
    a_release v1.23.0
    MOORING_KUBERNETES=$folder run unfit_containerd
    [ -z "$output" ]
}
