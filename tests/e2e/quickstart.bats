#!/usr/bin/env bats
# deploy/quickstart on a cluster of the user's own, where it starts nothing and removes only what it made.

bats_require_minimum_version 1.5.0
load lib.bash

# A cluster with mooring's image, and without mooring.
setup() {
    needs_own_machine "brings up a cluster of its own"
    export MOORING_CLUSTER=$MOORING_CLUSTER-bare NAMESPACE=default
    "$SOURCE/tests/cluster/up" 3>&-
    "$SOURCE/tests/cluster/load-image" "$IMAGE_FILE"
}

undo() {
    "$SOURCE/tests/cluster/down"
}

quickstart() {
    "$SOURCE/tests/cluster/exec" env NFS_SERVER="$NFS_SERVER" NFS_PATH="$NFS_PATH" SAMPLE_IMAGE="$IMAGE" \
        SAMPLE_UPDATE="$UPDATE" MOORING_IMAGE="$(sed -n 's/.*image: \(mooring:.*\)/\1/p' "$SOURCE/deploy/deployment.yaml")" \
        "$SOURCE/deploy/quickstart" "$@"
}

# Every object and file that the quickstart could leave behind or remove.
list_everything() {
    kubectl get namespace,clusterrole,clusterrolebinding,storageclass,pv --output name
    kubectl get sts,pod,pvc,service,endpoints --all-namespaces --output name
    on_export find "$EXPORT" -type f -o -name "default-*"
}

@test "on a cluster of one's own the walk-through keeps its promises and leaves nothing" {
    local before
    before=$(list_everything)
    run -0 quickstart
    [ "$(grep -c '^ok ' <<<"$output")" -eq 9 ]
    [ "$(list_everything)" = "$before" ]
}

@test "what a cluster of one's own has already is refused, and nothing is changed" {
    local before
    kubectl create --filename "$SOURCE/deploy/storageclass.yaml"
    before=$(list_everything)
    run -1 quickstart
    [[ $output == *"storageclass/nfs"* ]]
    run -0 quickstart --down
    [ "$(list_everything)" = "$before" ]
}
