# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared with quickstart and steps.sh
# The walk-through's cluster on this machine, from tests/cluster. Sourced by deploy/quickstart.

export MOORING_CLUSTER=quickstart
readonly NAMESPACE=default
readonly NFS_SERVER=$NODE_ADDRESS NFS_PATH=/var/share/nfs
readonly EXPORT=$NFS_PATH
# The machine itself serves the export: no prefix is needed to run a command on it.
readonly ON_EXPORT=''
MOORING_IMAGE=$(sed -n 's/.*image: \(mooring:.*\)/\1/p' "$SOURCE/deploy/deployment.yaml")
readonly MOORING_IMAGE
readonly BUILD=$SOURCE/build-release
readonly IMAGE_FILE=$BUILD/mooring-image.tar

check() {
    ! grep -q "^cluster \"$MOORING_CLUSTER\"" <<<"$(tests/cluster/status)" ||
        die "the cluster of an earlier quickstart is still running: remove it with deploy/quickstart --down"
    [[ -z ${MOORING_KUBERNETES-} ]] || check_kubernetes
}

check_kubernetes() {
    local problems
    # shellcheck source=tests/cluster/preflight.sh
    problems=$(source "$CLUSTER_DIR/preflight.sh" && unfit_programs "$MOORING_KUBERNETES")
    [[ -z $problems ]] || die "a cluster cannot run this Kubernetes:"$'\n'"$problems"
}

prepare() {
    end_pods_at_once
    phase "Installing Debian packages" tests/install-packages --build --cluster
    [[ -n ${MOORING_KUBERNETES-} ]] || phase "Building Kubernetes" tests/cluster/build
    phase "Building mooring" quietly build_mooring
    phase "Packing mooring's image" pack_image
    installed=1
    phase "Starting the cluster" tests/cluster/up --name "$MOORING_CLUSTER"
    phase "Loading the images into it" quietly load_images
}

# This kubelet checks only every 10 s whether a Pod with a grace period has ended.
end_pods_at_once() {
    sed -i 's/terminationGracePeriodSeconds:.*/terminationGracePeriodSeconds: 0/' "$work/deploy/sample-statefulset.yaml"
}

# wait_for_others: the end-to-end tests build in the same folder.
wait_for_others() {
    mkdir -p "$BUILD"
    exec {lock}>"$BUILD/lock"
    flock "$lock"
}

build_mooring() (
    wait_for_others
    cmake -S . -B "$BUILD" -DCMAKE_BUILD_TYPE=MinSizeRel -DBUILD_TESTING=OFF &&
        cmake --build "$BUILD" --parallel "$(nproc)" --target mooring
)

pack_image() (
    wait_for_others
    deploy/image --binary "$BUILD/provisioner/mooring" --output "$IMAGE_FILE.new" && mv "$IMAGE_FILE.new" "$IMAGE_FILE"
)

# The node has no registry: its own busybox images get the names that the manifests use.
load_images() {
    tests/cluster/load-image "$IMAGE_FILE" &&
        on_node ctr --namespace k8s.io images tag registry.local/busybox:1 "docker.io/library/$SAMPLE_IMAGE" &&
        on_node ctr --namespace k8s.io images tag registry.local/busybox:2 "docker.io/library/$SAMPLE_UPDATE"
}

# Replaces deploy/ in the arguments with the edited copies of this run.
kubectl() {
    timeout --foreground $((PATIENCE + 20)) tests/cluster/kubectl "${@/#deploy\//$work/deploy/}" </dev/null
}

on_node() {
    timeout --foreground "$PATIENCE" tests/cluster/exec "$@" </dev/null
}

on_export() {
    on_node "$@"
}

remove() {
    tests/cluster/down --name "$MOORING_CLUSTER"
}

how_to_use() {
    cat <<'TEXT'
  export MOORING_CLUSTER=quickstart
  tests/cluster/kubectl get sts,pod,pvc,pv            any kubectl command
  tests/cluster/exec ls -1 /var/share/nfs             any command on the NFS server; this one lists the export
  tests/cluster/kubectl --namespace mooring logs --selector app.kubernetes.io/name=mooring --prefix
TEXT
}

how_to_remove() {
    echo "deploy/quickstart --down"
}
