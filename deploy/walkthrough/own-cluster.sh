# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared with quickstart and steps.sh
# The walk-through on the user's own cluster. It changes nothing that exists already, and removes only what it made.
# A helper Pod mounts the export to look at it. Sourced by deploy/quickstart.

readonly HELPER=quickstart-export
readonly EXPORT=/export
readonly ON_EXPORT="kubectl exec $HELPER -- "
# This annotation on the namespace marks an installation that the quickstart made and may remove.
readonly MARK=mooring/quickstart

check() {
    [[ -n ${MOORING_IMAGE-} ]] ||
        die "set MOORING_IMAGE to mooring's image; the nodes must be able to pull it (deploy/image makes it)"
    connect
    refuse_what_exists
}

connect() {
    local value
    for value in "$NFS_SERVER" "$NFS_PATH" "${MOORING_IMAGE-}" "$SAMPLE_IMAGE" "$SAMPLE_UPDATE"; do
        [[ $value != *[[:cntrl:][:space:]\|\&\"\\]* ]] || die "\"$value\" is not a valid server, path or image name"
    done
    KUBECTL=$(type -P kubectl) || die "kubectl is not installed"
    quietly kubectl version --request-timeout=20s || die "the cluster of KUBECONFIG=$KUBECONFIG does not answer, see above"
    NAMESPACE=$(kubectl config view --minify --output 'jsonpath={..namespace}')
    NAMESPACE=${NAMESPACE:-default}
}

refuse_what_exists() {
    local object found=''
    for object in namespace/mooring clusterrole/mooring clusterrolebinding/mooring storageclass/nfs \
        "statefulset/$SET" "service/$SET" "pod/$HELPER" "pvc/sample-pvc-$SET-"{0,1,2}; do
        ! exists "$object" || found+=" $object"
    done
    [[ -z $found ]] || die "these objects of the walk-through already exist in the cluster:$found." \
        "If an earlier quickstart left them, remove them with deploy/quickstart --down"
}

exists() {
    local name
    name=$(kubectl get "$1" --ignore-not-found --output name) || die "cannot read $1 from the cluster"
    [[ -n $name ]]
}

prepare() {
    installed=1
    phase "Starting a Pod that mounts the export" quietly start_helper
}

start_helper() {
    cat >"$work/deploy/helper.yaml" <<HELPER_POD
apiVersion: v1
kind: Pod
metadata:
  name: $HELPER
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - name: export
      image: $SAMPLE_IMAGE
      imagePullPolicy: IfNotPresent
      command: [sh, -c, "trap 'exit 0' TERM; while :; do sleep 3600 & wait; done"]
      volumeMounts:
        - name: export
          mountPath: $EXPORT
  volumes:
    - name: export
      nfs:
        server: "$NFS_SERVER"
        path: "$NFS_PATH"
HELPER_POD
    kubectl apply -f deploy/namespace.yaml &&
        kubectl annotate namespace mooring "$MARK=made by deploy/quickstart" &&
        kubectl apply -f deploy/helper.yaml || return
    kubectl wait --for=condition=Ready "pod/$HELPER" --timeout="${PATIENCE}s" || {
        kubectl describe pod "$HELPER"
        return 1
    }
}

kubectl() {
    timeout --foreground $((PATIENCE + 20)) "$KUBECTL" "${@/#deploy\//$work/deploy/}" </dev/null
}

on_export() {
    kubectl exec "$HELPER" -- "$@"
}

remove() {
    [[ -n ${KUBECTL-} ]] || connect
    is_ours || {
        say "There is no installation of the quickstart in this cluster."
        return
    }
    say ""
    say "Removing what the walk-through made:"
    remove_the_set
    kubectl delete -k deploy/ --ignore-not-found --timeout="${PATIENCE}s"
    # Once mooring is gone it gives no sign of life any more.
    on_export rm -f "$EXPORT/.mooring/clusters/$(kubectl get namespace kube-system --output 'jsonpath={.metadata.uid}')" || true
    kubectl delete pod "$HELPER" --ignore-not-found --timeout="${PATIENCE}s"
}

is_ours() {
    kubectl get namespace mooring --ignore-not-found --output 'jsonpath={.metadata.annotations}' | grep -qF "$MARK"
}

remove_the_set() {
    local claims claim ordinal volume
    kubectl delete -f deploy/sample-statefulset.yaml --ignore-not-found
    wait_for "$PATIENCE" pods_are_gone || say "the Pods of $SET still exist"
    # shellcheck disable=SC2016 # the dollar is kubectl's
    claims=$(kubectl get pvc --selector "app=$SET" --output \
        'jsonpath={range .items[*]}{.metadata.name}{" "}{.spec.volumeName}{"\n"}{end}')
    kubectl delete pvc --selector "app=$SET" --timeout="${PATIENCE}s"
    while read -r claim volume; do
        [[ -n $volume ]] || continue
        ordinal=${claim##*-}
        kubectl delete pv "$volume" --timeout="${PATIENCE}s"
        remove_directory "$claim" "$volume" "$ordinal"
    done <<<"$claims"
}

# remove_directory CLAIM VOLUME ORDINAL: removes a directory, its record and the symlink that names its owner, unless it
# holds files that this script did not make.
remove_directory() {
    local name=$NAMESPACE-$1-$2
    if on_export rm -f "$EXPORT/$name/from-export-$3" "$EXPORT/$name/from-pod-$3" && on_export rmdir "$EXPORT/$name"; then
        # shellcheck disable=SC2016 # expanded by the inner shell
        on_export sh -c 'cd "$1/.mooring" && rm -f "directories/$2-$3-$4" claims/*/"$2"/*/"$3/$4".* &&
            rmdir -p claims/*/"$2"/*/"$3" 2>/dev/null || true' - "$EXPORT" "$NAMESPACE" "$1" "$2"
        say "directory \"$name\" was removed from the export"
    else
        say "directory \"$name\" was kept: it holds other files"
    fi
}

how_to_use() {
    cat <<TEXT
  kubectl get sts,pod,pvc,pv                          the sample, in the namespace $NAMESPACE
  ${ON_EXPORT}ls -1 $EXPORT      lists the export
  kubectl --namespace mooring logs --selector app.kubernetes.io/name=mooring --prefix
TEXT
}

how_to_remove() {
    echo "deploy/quickstart --down   (with KUBECONFIG, NFS_SERVER and NFS_PATH set as now)"
}
