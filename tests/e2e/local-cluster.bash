# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared with lib.bash and the tests
# The tests' own cluster on this machine, from tests/cluster. Sourced by lib.bash.

# One per folder with the sources: two of them may be tested at the same time.
MOORING_CLUSTER=${MOORING_CLUSTER:-e2e-$(cksum <<<"$SOURCE" | cut -d' ' -f1)}
export MOORING_CLUSTER
readonly ANOTHER=$MOORING_CLUSTER-2

readonly IMAGE=registry.local/busybox:1 UPDATE=registry.local/busybox:2
readonly PATIENCE=90
# How long a client may show a folder as it was.
readonly CACHING=5
readonly NFS_SERVER=10.250.0.1 NFS_PATH=/var/share/nfs
# The machine itself serves the export.
readonly EXPORT=$NFS_PATH
readonly SECOND_SERVER=10.250.0.2
readonly BUILD=$SOURCE/build-release
readonly IMAGE_FILE=$BUILD/mooring-image.tar
# mooring has a second name here, as where it has followed another provisioner.
readonly OLD_NAME=old.example/nfs

bring_up() {
    cd "$SOURCE" || exit 1
    ! is_up || return 0
    build
    trap 'take_down >/dev/null' EXIT
    trap 'exit 130' INT TERM HUP
    tests/cluster/up --name "$MOORING_CLUSTER"
    install_mooring
    trap - EXIT INT TERM HUP
}

is_up() {
    [[ -n $(kubectl get deployment mooring --namespace mooring --ignore-not-found --output name 2>/dev/null) ]] &&
        on_machine test -e /run/e2e-is-up
}

build() {
    mkdir -p "$BUILD"
    {
        cmake -S . -B "$BUILD" -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF &&
            cmake --build "$BUILD" --parallel "$(nproc)" --target mooring &&
            deploy/image --binary "$BUILD/provisioner/mooring" --output "$IMAGE_FILE"
    } >"$BUILD/build.log" 2>&1 || {
        cat "$BUILD/build.log" >&2
        die "mooring cannot be built, see above"
    }
}

# As a user does it: the server in nfs.env, then kubectl apply.
install_mooring() {
    local folder
    folder=$(mktemp -d)
    cp deploy/*.yaml "$folder/"
    # Whoever stops mooring in a test does not want to wait for this kubelet, which looks only every 10 s.
    sed -i 's/^    spec:$/&\n      terminationGracePeriodSeconds: 0/' "$folder/deployment.yaml"
    printf '%s\n' "NFS_SERVER=$NFS_SERVER" "NFS_PATH=$NFS_PATH" "PROVISIONER_NAME=mooring/nfs,$OLD_NAME" >"$folder/nfs.env"
    tests/cluster/load-image "$IMAGE_FILE" >/dev/null
    kubectl apply -k "$folder"
    rm -rf "$folder"
    kubectl --namespace mooring rollout status deployment mooring --timeout=60s
    on_machine touch /run/e2e-is-up
}

# A second cluster that knows nothing of the first, and whose main export is the first one's folder. Prints nothing and
# is quick when it is there. Fails where the folder cannot be shared.
bring_up_another() {
    cd "$SOURCE" || exit 1
    export_can_be_shared || die "the export's folder is in memory here, and cannot be shared"
    in_another start_another "$(shared_folder)"
}

# The main export, as this machine sees it from outside.
shared_folder() {
    echo "${MOORING_CLUSTER_STATE:-/tmp}/mooring-cluster-$MOORING_CLUSTER/disk/export"
}

export_can_be_shared() {
    local mark
    mark=$(on_export mktemp -p "$EXPORT" .seen-from-outside-XXXXXX)
    [[ -e $(shared_folder)/${mark##*/} ]] && on_export rm "$mark"
}

start_another() {
    ! is_up || return 0
    tests/cluster/up
    tests/cluster/nfs stop
    on_machine mount --bind "$1" "$NFS_PATH"
    tests/cluster/nfs start
    install_mooring
}

# in_another COMMAND...: the same command, in the second cluster.
in_another() {
    MOORING_CLUSTER=$ANOTHER "$@"
}

take_down() {
    in_another "$SOURCE/tests/cluster/down"
    "$SOURCE/tests/cluster/down"
}

kubectl() {
    "$SOURCE/tests/cluster/kubectl" ${NAMESPACE:+--namespace "$NAMESPACE"} "$@"
}

on_export() {
    on_machine "$@"
}

on_machine() {
    "$SOURCE/tests/cluster/exec" "$@"
}

# What the tests do to the NFS servers: nfs [--server second] pause|continue|kill|start|...
nfs() {
    "$SOURCE/tests/cluster/nfs" "$@"
}

needs_own_machine() {
    :
}

needs_own_mooring() {
    :
}

# The cluster is thrown away at the end: here only what would keep it busy, and nobody waits for that.
remove_what_was_made() {
    local namespace
    for namespace in "${made_namespaces[@]}"; do
        kubectl --namespace "$namespace" delete statefulset,pod,pvc --all --wait=false
        ((${#made_classes[@]} == 0)) || kubectl delete storageclass --ignore-not-found "${made_classes[@]}"
    done </dev/null >/dev/null 2>&1 3>&- &
}
