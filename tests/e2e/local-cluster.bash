# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared with lib.bash and the tests
# The tests' own cluster on this machine, from tests/cluster. Sourced by lib.bash.

# The NFS server with mooring's export: ganesha or knfsd.
readonly SERVER=${MOORING_SERVER:-ganesha}
# One cluster per folder with the sources and per server, so that two of them can be tested at the same time.
MOORING_CLUSTER=${MOORING_CLUSTER:-e2e-$(cksum <<<"$SOURCE" | cut -d' ' -f1)}
[[ $SERVER != knfsd || $MOORING_CLUSTER == *-knfsd* ]] || MOORING_CLUSTER+=-knfsd
# With MOORING_SANITIZED=1 mooring is built with the address and undefined behaviour sanitizers, and runs in a cluster of its own.
readonly SANITIZED=${MOORING_SANITIZED-}
[[ -z $SANITIZED || $MOORING_CLUSTER == *-sanitized* ]] || MOORING_CLUSTER+=-sanitized
export MOORING_CLUSTER
readonly SECOND_CLUSTER=$MOORING_CLUSTER-2

readonly IMAGE=registry.local/busybox:1 UPDATE=registry.local/busybox:2
readonly TIMEOUT=90
# How long an NFS client may show an old state of a folder.
readonly CACHE_SECONDS=5
# FRAGILE_SERVER is one that tests may break, while STURDY_SERVER goes on.
if [[ $SERVER == knfsd ]]; then
    readonly NFS_SERVER=10.250.0.3 NFS_PATH=/var/share/nfs
    readonly FRAGILE_SERVER=$NFS_SERVER FRAGILE_PATH=$NFS_PATH
    readonly STURDY_SERVER=10.250.0.1 STURDY_PATH=/var/share/nfs
else
    readonly NFS_SERVER=10.250.0.1 NFS_PATH=/var/share/nfs
    readonly FRAGILE_SERVER=10.250.0.2 FRAGILE_PATH=/exports/second-server
    readonly STURDY_SERVER=$NFS_SERVER STURDY_PATH=$NFS_PATH
fi
# on_export runs on the NFS server itself.
readonly EXPORT=$NFS_PATH
# How mooring is built, and what it needs in its environment. A program that a sanitizer ends has an exit status of its own,
# which no test expects, and says on its standard error what is wrong. Of memory that was freed, 64 MB are watched for uses,
# not 256, because many processes share the machine. Leaks are looked for at the end of each process, also in Pods.
if [[ -n $SANITIZED ]]; then
    readonly BUILD=$SOURCE/build/sanitized BUILD_FLAGS=(-DCMAKE_BUILD_TYPE=Debug "-DSANITIZE=address,undefined")
    readonly IMAGE_FLAGS=(--keep-symbols)
    readonly PROGRAM_ENVIRONMENT=(
        ASAN_OPTIONS=exitcode=99:handle_abort=1:quarantine_size_mb=64
        UBSAN_OPTIONS=exitcode=99:print_stacktrace=1
    )
else
    readonly BUILD=$SOURCE/build-release BUILD_FLAGS=(-DCMAKE_BUILD_TYPE=MinSizeRel) IMAGE_FLAGS=() PROGRAM_ENVIRONMENT=()
fi
readonly IMAGE_FILE=$BUILD/mooring-image.tar
# mooring has a second provisioner name here, as after taking over from another provisioner.
readonly OLD_NAME=old.example/nfs

bring_up() {
    cd "$SOURCE" || exit 1
    if is_up; then
        # This says when it does not run the Kubernetes in MOORING_KUBERNETES.
        tests/cluster/up >/dev/null
        return
    fi
    build
    trap 'take_down >/dev/null' EXIT
    trap 'exit 130' INT TERM HUP
    tests/cluster/up --name "$MOORING_CLUSTER"
    [[ $SERVER != knfsd ]] || tests/cluster/knfsd up
    install_mooring
    trap - EXIT INT TERM HUP
}

is_up() {
    [[ -n $(kubectl get deployment mooring --namespace mooring --ignore-not-found --output name 2>/dev/null) ]] &&
        on_machine test -e /run/e2e-is-up
}

# The clusters of both servers, and that of deploy/quickstart, may come up at the same time: one builds, and the others find
# everything built.
build() {
    local lock
    mkdir -p "$BUILD"
    exec {lock}>"$BUILD/lock"
    flock "$lock"
    {
        cmake -S . -B "$BUILD" "${BUILD_FLAGS[@]}" -DBUILD_TESTING=OFF &&
            cmake --build "$BUILD" --parallel "$(nproc)" --target mooring &&
            deploy/image --binary "$BUILD/provisioner/mooring" "${IMAGE_FLAGS[@]}" --output "$IMAGE_FILE.new" &&
            mv "$IMAGE_FILE.new" "$IMAGE_FILE"
    } >"$BUILD/build.log" 2>&1 || {
        cat "$BUILD/build.log" >&2
        die "mooring cannot be built, see above"
    }
    exec {lock}>&-
}

# As a user does it: write the server into nfs.env, then kubectl apply.
install_mooring() {
    local folder
    folder=$(mktemp -d)
    cp deploy/*.yaml "$folder/"
    # Without a grace period, because this kubelet notices the end of a container only every 10 s.
    sed -i 's/^    spec:$/&\n      terminationGracePeriodSeconds: 0/' "$folder/deployment.yaml"
    printf '%s\n' "NFS_SERVER=$NFS_SERVER" "NFS_PATH=$NFS_PATH" "PROVISIONER_NAME=mooring/nfs,$OLD_NAME" \
        "${PROGRAM_ENVIRONMENT[@]}" >"$folder/nfs.env"
    tests/cluster/load-image "$IMAGE_FILE" >/dev/null
    on_machine "$E2E/kept-logs" keep
    kubectl apply -k "$folder"
    rm -rf "$folder"
    kubectl --namespace mooring rollout status deployment mooring --timeout=60s
    on_machine touch /run/e2e-is-up
}

# Start a second, independent cluster with the same folder as its main export. Prints nothing and is quick when it runs
# already. Fails where the folder cannot be shared.
bring_up_second() {
    cd "$SOURCE" || exit 1
    export_can_be_shared || die "the export's folder is in memory here, and cannot be shared"
    in_second_cluster start_second "$(shared_folder)"
}

# The folder of the main export, seen from outside of the cluster.
shared_folder() {
    echo "${MOORING_CLUSTER_STATE:-/tmp}/mooring-cluster-$MOORING_CLUSTER/disk/export"
}

export_can_be_shared() {
    local mark
    mark=$(on_export mktemp -p "$EXPORT" .seen-from-outside-XXXXXX)
    [[ -e $(shared_folder)/${mark##*/} ]] && on_export rm "$mark"
}

start_second() {
    ! is_up || return 0
    tests/cluster/up
    tests/cluster/nfs stop
    on_machine mount --bind "$1" "$NFS_PATH"
    tests/cluster/nfs start
    install_mooring
}

# in_second_cluster COMMAND...: run the command in the second cluster.
in_second_cluster() {
    MOORING_CLUSTER=$SECOND_CLUSTER "$@"
}

# What mooring said that it must not say, and restarts that no test caused, in both clusters.
check_logs() {
    local status=0
    ! is_up || on_machine "$E2E/kept-logs" check || status=1
    ! in_second_cluster is_up || in_second_cluster on_machine "$E2E/kept-logs" check || status=1
    return "$status"
}

take_down() {
    in_second_cluster "$SOURCE/tests/cluster/down"
    "$SOURCE/tests/cluster/down"
}

kubectl() {
    "$SOURCE/tests/cluster/kubectl" ${NAMESPACE:+--namespace "$NAMESPACE"} "$@"
}

on_export() {
    if [[ $SERVER == knfsd ]]; then
        "$SOURCE/tests/cluster/knfsd" exec "$@"
    else
        on_machine "$@"
    fi
}

on_machine() {
    "$SOURCE/tests/cluster/exec" "$@"
}

# fragile_server pause|continue|kill|start|...: cause and repair faults of the NFS server that tests may break.
fragile_server() {
    if [[ $SERVER == knfsd ]]; then
        "$SOURCE/tests/cluster/knfsd" "$@"
    else
        "$SOURCE/tests/cluster/nfs" --server second "$@"
    fi
}

needs_own_machine() {
    :
}

needs_own_mooring() {
    :
}

# The whole cluster is removed at the end. Delete only what would keep it busy, in the background.
remove_what_was_made() {
    local namespace
    for namespace in "${made_namespaces[@]}"; do
        kubectl --namespace "$namespace" delete statefulset,pod,pvc --all --wait=false
        ((${#made_classes[@]} == 0)) || kubectl delete storageclass --ignore-not-found "${made_classes[@]}"
    done </dev/null >/dev/null 2>&1 3>&- &
}
