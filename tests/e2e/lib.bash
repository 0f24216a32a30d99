# shellcheck shell=bash
# What every end-to-end test uses: the cluster, the commands of a user, and checks of their result. Sourced by the tests and
# by tests/e2e/cluster.

E2E=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SOURCE=$(cd "$E2E/../.." && pwd)
readonly E2E SOURCE

# Both kinds of cluster define: IMAGE, UPDATE, TIMEOUT (seconds that anything may take), CACHE_SECONDS, EXPORT (the path
# of the export in on_export), bring_up, bring_up_second, check_logs, take_down, is_up, kubectl, on_export, needs_own_machine,
# needs_own_mooring, remove_what_was_made. What tests need their own machine for is in local-cluster.bash only.
if [[ -n ${NFS_SERVER-} || -n ${NFS_PATH-} ]]; then
    # shellcheck source=tests/e2e/own-cluster.bash
    source "$E2E/own-cluster.bash"
else
    # shellcheck source=tests/e2e/local-cluster.bash
    source "$E2E/local-cluster.bash"
fi
# shellcheck source=tests/e2e/deployment.bash
source "$E2E/deployment.bash"
# shellcheck source=tests/e2e/stateful_sets.bash
source "$E2E/stateful_sets.bash"

die() {
    printf 'tests/e2e: %s\n' "$*" >&2
    exit 1
}

# --- around each test ---

made_namespaces=() made_classes=()

# Every test has a namespace of its own, and may make more. A file that has more to prepare defines its own setup.
setup() {
    use_new_namespace
}

use_new_namespace() {
    new_namespace
    NAMESPACE=$new_namespace
}

# A test or its file may define `undo`, which takes back what it did to the cluster.
teardown() {
    if [[ -z ${BATS_TEST_SKIPPED-} ]]; then
        [[ -n ${BATS_TEST_COMPLETED-} ]] || show_what_happened
        [[ -z $(declare -F undo) ]] || undo
    fi
    remove_what_was_made
}

# Its name is in $new_namespace.
new_namespace() {
    new_namespace=e2e-$(printf '%04x%04x' $RANDOM $RANDOM)
    made_namespaces+=("$new_namespace")
    kubectl create namespace "$new_namespace"
}

show_what_happened() {
    local namespace
    for namespace in "${made_namespaces[@]}"; do
        kubectl --namespace "$namespace" get sts,pod,pvc --output wide
        kubectl --namespace "$namespace" get events --sort-by=.lastTimestamp | tail -n 30
    done
    kubectl get pv | grep -F "$NAMESPACE"
    kubectl --namespace mooring get pod
    kubectl --namespace mooring logs --selector app.kubernetes.io/name=mooring --prefix --tail=25
    on_export ls -1A "$EXPORT" | grep -F "$NAMESPACE"
} 2>&1

# needs_kubernetes 1.27 WHAT: skip the test on an older Kubernetes, which cannot express WHAT. tests/run knows the text.
needs_kubernetes() {
    local minor
    minor=$(kubectl get --raw /version | sed -n 's/.*"minor": "\([0-9]*\).*/\1/p')
    ((minor >= ${1#1.})) || skip "needs Kubernetes $1: $2"
}

# --- waiting ---

# eventually COMMAND...: wait until it succeeds, at most $TIMEOUT seconds.
eventually() {
    within "$TIMEOUT" "$@"
}

# within SECONDS COMMAND...: wait until it succeeds, at most so long.
within() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        if ((SECONDS > deadline)); then
            echo "timed out, and this still fails: $*"
            "$@" # shows why
            return 1
        fi
        sleep 0.2
    done
}

# stays SECONDS COMMAND...: it succeeds whenever it is tried during that time.
stays() {
    local deadline=$((SECONDS + $1))
    shift
    while ((SECONDS < deadline)); do
        "$@" >/dev/null || {
            echo "this succeeded and now fails: $*"
            return 1
        }
        sleep 0.3
    done
}

# --- classes and claims ---

# class NAME [FIELD: VALUE...]: apply a class named "$NAMESPACE-NAME". Each further argument is a line of its YAML.
class() {
    local name=$NAMESPACE-$1
    made_classes+=("$name")
    shift
    {
        printf '%s\n' 'apiVersion: storage.k8s.io/v1' 'kind: StorageClass' "metadata: {name: $name}"
        [[ "$*" == *provisioner:* ]] || printf '%s\n' 'provisioner: mooring/nfs'
        [[ "$*" == *reclaimPolicy:* ]] || printf '%s\n' 'reclaimPolicy: Retain'
        printf '%s\n' "$@"
    } | kubectl apply -f -
}

# claim NAME [FIELD=VALUE...]: apply a claim.
#   class        the class                                (nfs)
#   request      the requested storage                    (1Mi)
#   modes        access modes                             ([ReadWriteMany])
#   annotations  a YAML map                               ({})
#   labels       a YAML map                               ({})
#   more         further YAML in its spec, as {a: b}
claim() {
    claim_yaml "$@" | kubectl apply -f -
}

claim_yaml() {
    local name=$1 class=nfs request=1Mi modes='[ReadWriteMany]' annotations='{}' labels='{}' more=''
    shift
    (($# == 0)) || local "$@"
    cat <<YAML
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: "$name", annotations: $annotations, labels: $labels}
spec:
  storageClassName: $class
  accessModes: $modes
  resources: {requests: {storage: $request}}
  $more
YAML
}

# mooring COMMAND [ARGUMENT...]: a command of mooring, as an administrator runs it.
mooring() {
    kubectl --namespace mooring exec deployment/mooring -- /mooring "$@"
}

# get KIND NAME JSONPATH: one field. JSONPATH is such as .spec.x, without braces.
get() {
    kubectl get "$1" "$2" --output "jsonpath={$3}"
}

# is_bound CLAIM...: all of them are bound.
is_bound() {
    local phases
    phases=$(kubectl get pvc "$@" --output 'jsonpath={..status.phase}')
    [[ $(grep -ow Bound <<<"$phases" | wc -l) == "$#" ]]
}

is_pending() {
    [[ $(get pvc "$1" .status.phase) == Pending ]]
}

volume_of() {
    get pvc "$1" .spec.volumeName
}

# The name of the claim's directory on the export.
directory_of() {
    local path
    path=$(get pv "$(volume_of "$1")" .spec.nfs.path)
    printf '%s\n' "${path##*/}"
}

exists() {
    kubectl get "$1" "$2" --output name
}

is_gone() {
    [[ -z $(kubectl get "$1" "$2" --ignore-not-found --output name) ]]
}

# describe_shows KIND NAME TEXT...: the output of kubectl describe contains each text.
describe_shows() {
    local description text
    description=$(kubectl describe "$1" "$2")
    for text in "${@:3}"; do
        grep --quiet --fixed-strings -- "$text" <<<"$description" || {
            printf '"%s" is not in:\n%s\n' "$text" "$description"
            return 1
        }
    done
}

# The volumes of this namespace's claims, one "CLAIM VOLUME DIRECTORY" a line.
volumes() {
    kubectl get pv --output \
        'jsonpath={range .items[*]}{.spec.claimRef.namespace}{" "}{.spec.claimRef.name}{" "}{.metadata.name}{" "}{.spec.nfs.path}{"\n"}{end}' |
        awk -v namespace="$NAMESPACE" '$1 == namespace { sub(".*/", "", $4); print $2, $3, $4 }' | sort
}

# The number of requests of all clients that made or changed claims and volumes.
writes() {
    kubectl get --raw /metrics | awk '
        /^apiserver_request_total/ && /resource="persistentvolume(claim)?s"/ && /subresource=""/ && /verb="(POST|PATCH|PUT)"/ { sum += $NF }
        END { print sum + 0 }'
}

# --- the export ---

# The directories of the namespace on the export.
directories() {
    on_export ls -1 "$EXPORT" | grep "^$NAMESPACE-" || true
}

# record_of VOLUME [EXPORT]: the path of its record; nothing when there is none. The path says whose the volume is:
# .mooring/claims/CLUSTER/NAMESPACE/NAMESPACE-UID/CLAIM/VOLUME.CLAIM-UID.STATE
record_of() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    on_export sh -c 'ls -d "$1"/.mooring/claims/*/*/*/*/"$2".* 2>/dev/null || true' - "${2-$EXPORT}" "$1"
}

# state_of VOLUME: what its record says, "CLAIM-UID.STATE". The UID is "reserved" for a claim that is still to come.
state_of() {
    local record
    record=$(record_of "$1")
    printf '%s\n' "${record##*/"$1".}"
}

# owner_of NAMESPACE CLAIM: how the export names the claim, as the path of its records and as the owner of a directory.
owner_of() {
    printf '%s/%s/%s/%s\n' "$(get namespace kube-system .metadata.uid)" "$1" "$(get namespace "$1" .metadata.uid)" "$2"
}

# nothing_was_made CLAIM: no directory, no volume, no record. Joined with &&, because `set -e` does not work inside of
# `eventually`, `within` and `stays`.
nothing_was_made() {
    local volume
    volume=pvc-$(get pvc "$1" .metadata.uid) &&
        is_pending "$1" && is_gone pv "$volume" && [[ -z $(directories) && -z $(record_of "$volume") ]]
}

# Everything that the namespace has on the export, with times of change, so that any write shows: its directories, its
# records, and the symlinks that say whose a directory is.
export_snapshot() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    on_export sh -c 'cd "$1" && {
        find "$2"-* -exec stat -c "%N %F %a %u:%g %s %Y %Z" {} +
        find .mooring/claims/*/"$2" -type f -exec stat -c "%n %a %u:%g %s %Y %Z" {} +
        find .mooring/directories -type l -exec stat -c "%N %Y %Z" {} + | grep -F "/$2/"
    } 2>/dev/null || true' - "$EXPORT" "$NAMESPACE"
}
