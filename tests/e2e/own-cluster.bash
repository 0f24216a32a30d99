# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared with lib.bash
# A cluster of the user's own, where a helper Pod mounts the export. The tests change nothing that exists already, and
# remove what they make. Sourced by lib.bash.

: "${KUBECONFIG:?a cluster of your own needs KUBECONFIG, NFS_SERVER and NFS_PATH}"
: "${NFS_SERVER:?a cluster of your own needs KUBECONFIG, NFS_SERVER and NFS_PATH}"
: "${NFS_PATH:?a cluster of your own needs KUBECONFIG, NFS_SERVER and NFS_PATH}"

readonly IMAGE=${SAMPLE_IMAGE:-busybox:1.36} UPDATE=${SAMPLE_UPDATE:-busybox:1.37}
readonly TIMEOUT=180
# How long an NFS client may show an old state of a folder.
readonly CACHE_SECONDS=70
readonly HELPER=e2e-export
readonly EXPORT=/export
# An annotation on the namespace: these tests installed mooring, and remove it.
readonly MARK=mooring/e2e

bring_up() {
    ! is_up || return 0
    cd "$SOURCE" || exit 1
    kubectl version --request-timeout=20s >/dev/null || die "the cluster of KUBECONFIG=$KUBECONFIG does not answer"
    if [[ -n $(kubectl get namespace mooring --ignore-not-found --output name) ]]; then
        echo "mooring is installed already: the tests use it as it is."
    else
        [[ -n ${MOORING_IMAGE-} ]] || die "set MOORING_IMAGE to mooring's image, where the cluster's nodes can pull it"
        trap 'take_down' EXIT
        trap 'exit 130' INT TERM HUP
        install_mooring
    fi
    start_helper
    trap - EXIT INT TERM HUP
}

is_up() {
    [[ -n $(kubectl --namespace default get pod "$HELPER" --ignore-not-found --output name) ]]
}

install_mooring() {
    local folder
    folder=$(mktemp -d)
    cp deploy/*.yaml "$folder/"
    sed -i "s|image: mooring:.*|image: $MOORING_IMAGE|" "$folder/deployment.yaml"
    printf 'NFS_SERVER=%s\nNFS_PATH=%s\n' "$NFS_SERVER" "$NFS_PATH" >"$folder/nfs.env"
    kubectl apply -k "$folder"
    rm -rf "$folder"
    kubectl annotate namespace mooring "$MARK=made by tests/e2e"
    kubectl --namespace mooring rollout status deployment mooring --timeout="${TIMEOUT}s"
}

start_helper() {
    kubectl --namespace default apply -f - <<YAML
apiVersion: v1
kind: Pod
metadata: {name: $HELPER}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: export
    image: $IMAGE
    imagePullPolicy: IfNotPresent
    command: [sleep, "100000"]
    volumeMounts: [{name: export, mountPath: $EXPORT}]
  volumes: [{name: export, nfs: {server: "$NFS_SERVER", path: "$NFS_PATH"}}]
YAML
    kubectl --namespace default wait --for=condition=Ready "pod/$HELPER" --timeout="${TIMEOUT}s"
}

bring_up_second() {
    die "a second cluster is started only beside one of tests/cluster"
}

check_logs() {
    :
}

take_down() {
    kubectl --namespace default delete pod "$HELPER" --ignore-not-found
    ! is_ours || kubectl delete -k "$SOURCE/deploy" --ignore-not-found
}

is_ours() {
    kubectl get namespace mooring --ignore-not-found --output 'jsonpath={.metadata.annotations}' | grep -qF "$MARK"
}

kubectl() {
    command kubectl ${NAMESPACE:+--namespace "$NAMESPACE"} "$@"
}

on_export() {
    kubectl --namespace default exec --stdin "$HELPER" -- "$@"
}

needs_own_machine() {
    skip "$1: only on the tests' own cluster"
}

needs_own_mooring() {
    is_ours || skip "$1: not done to a mooring that is in use"
}

remove_what_was_made() {
    local namespace volume
    for namespace in "${made_namespaces[@]}"; do
        kubectl --namespace "$namespace" delete statefulset,pod,pvc --all --timeout="${TIMEOUT}s" >/dev/null
        # shellcheck disable=SC2016 # expanded by the inner shell
        kubectl get pv --output \
            'jsonpath={range .items[*]}{.spec.claimRef.namespace}{" "}{.metadata.name}{"\n"}{end}' |
            awk -v namespace="$namespace" '$1 == namespace { print $2 }' |
            while read -r volume; do
                kubectl delete pv "$volume" --timeout="${TIMEOUT}s" </dev/null >/dev/null
            done
        remove_from_export "$namespace" </dev/null
        kubectl delete namespace "$namespace" --wait=false >/dev/null
    done
    ((${#made_classes[@]} == 0)) || kubectl delete storageclass --ignore-not-found "${made_classes[@]}" >/dev/null
}

# Its directories, those that a pathPattern gave its claims elsewhere, its records, and the symlinks that name it as owner.
remove_from_export() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    on_export sh -c 'cd "$1" && rm -rf "$2"-* .mooring/claims/*/"$2" && cd .mooring/directories || exit
        find . -type l | while read -r link; do
            case $(readlink "$link") in */"$2"/*) rm -rf "$link" "../../$link" ;; esac
        done
        find . -depth -mindepth 1 -type d -exec rmdir {} \; 2>/dev/null || true' - "$EXPORT" "$1"
}
