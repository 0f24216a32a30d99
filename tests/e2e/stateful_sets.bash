# shellcheck shell=bash disable=SC2153 # IMAGE is set by the kind of cluster
# StatefulSets, their Pods, and the files in the directory of each ordinal. Sourced by lib.bash.

# apply_set NAME REPLICAS [FIELD=VALUE...]: apply a StatefulSet. Its Pods mount their claim at /var/data.
#   class, request, modes   of its claims                 (nfs, 1Mi, [ReadWriteOnce])
#   template                the claim template            (data)
#   management              podManagementPolicy           (OrderedReady)
#   strategy                updateStrategy, as YAML       ({type: RollingUpdate})
#   image                   the Pods' image               ($IMAGE)
#   selector                nodeSelector, as YAML         ({})
#   more                    further YAML in its spec, as a: b
apply_set() {
    set_yaml "$@" | kubectl apply -f -
}

set_yaml() {
    local name=$1 replicas=$2 class=nfs request=1Mi modes='[ReadWriteOnce]' template=data management=OrderedReady
    local strategy='{type: RollingUpdate}' image=$IMAGE selector='{}' more=''
    shift 2
    (($# == 0)) || local "$@"
    cat <<YAML
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: $name}
spec:
  replicas: $replicas
  serviceName: $name
  podManagementPolicy: $management
  updateStrategy: $strategy
  $more
  selector: {matchLabels: {app: $name}}
  template:
    metadata: {labels: {app: $name}}
    spec:
      terminationGracePeriodSeconds: 0
      nodeSelector: $selector
      containers:
      - name: main
        image: $image
        imagePullPolicy: IfNotPresent
        command: [sleep, "100000"]
        volumeMounts: [{name: $template, mountPath: /var/data}]
  volumeClaimTemplates:
  - metadata: {name: $template}
    spec:
      storageClassName: $class
      accessModes: $modes
      resources: {requests: {storage: $request}}
YAML
}

# pods_are_ready SET COUNT: the set has exactly so many Pods, and all are Ready.
pods_are_ready() {
    local ready
    ready=$(kubectl get pod --selector "app=$1" --output \
        'jsonpath={range .items[*]}{.metadata.deletionTimestamp}{.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}')
    [[ $(grep -c . <<<"$ready") == "$2" && $(grep -cx True <<<"$ready") == "$2" ]]
}

pods_are_gone() {
    [[ -z $(kubectl get pod --selector "app=$1" --output name) ]]
}

delete_set() {
    kubectl delete statefulset "$1"
    eventually pods_are_gone "$1"
}

# delete_claims SET COUNT [TEMPLATE]
delete_claims() {
    local ordinal names=()
    for ((ordinal = 0; ordinal < $2; ordinal++)); do
        names+=("${3:-data}-$1-$ordinal")
    done
    kubectl delete pvc "${names[@]}"
}

# content SET ORDINAL ORIGIN: a shell script that prints the content of this ordinal's file, different from all others.
content() {
    echo "i=0; while [ \$i -lt 100 ]; do echo $NAMESPACE/$1-$2, written $3, line \$i; i=\$((i + 1)); done"
}

# fill SET COUNT: let each Pod write a file, and write one into each directory on the export.
fill() {
    local ordinal script=''
    learn_directories
    for ((ordinal = 0; ordinal < $2; ordinal++)); do
        kubectl exec "$1-$ordinal" -- sh -c "($(content "$1" "$ordinal" by-the-Pod)) >/var/data/from-pod"
        script+="($(content "$1" "$ordinal" on-the-export)) >$EXPORT/${directory[data-$1-$ordinal]}/from-export;"
    done
    on_export sh -c "$script"
    has_its_files "$@"
}

# Set directory[CLAIM] for every claim, by the volume that it is bound to.
learn_directories() {
    local claim name
    declare -gA directory=()
    while read -r claim name; do
        directory[$claim]=$name
    done < <(kubectl get pvc,pv --output \
        'jsonpath={range .items[*]}{.metadata.name}{" "}{.spec.volumeName}{.spec.nfs.path}{"\n"}{end}' | awk '
        $2 ~ "/" { sub(".*/", "", $2); directory[$1] = $2; next }
        { volume[$1] = $2 }
        END { for (claim in volume) print claim, directory[volume[claim]] }')
}

# has_its_files SET COUNT: each ordinal has exactly its own files, as the Pod and as the export show them.
has_its_files() {
    local ordinal look='ls -A && cat from-export from-pod'
    learn_directories
    for ((ordinal = 0; ordinal < $2; ordinal++)); do
        within "$CACHE_SECONDS" are_its_files "$1" "$ordinal" kubectl exec "$1-$ordinal" -- sh -c "cd /var/data && $look"
        within "$CACHE_SECONDS" are_its_files "$1" "$ordinal" on_export sh -c "cd $EXPORT/${directory[data-$1-$ordinal]} && $look"
    done
}

# are_its_files SET ORDINAL COMMAND...: the command prints the names of the files, and then their contents.
are_its_files() {
    cmp <("${@:3}") <(
        printf '%s\n' from-export from-pod
        sh -c "$(content "$1" "$2" on-the-export)"
        sh -c "$(content "$1" "$2" by-the-Pod)"
    )
}

# a_set REPLICAS [FIELD=VALUE...]: apply the set web and wait until its Pods are ready.
a_set() {
    apply_set web "$@"
    eventually pods_are_ready web "$1"
}

# The same, with files in each directory. Remembers the state for same_directories.
a_set_with_files() {
    a_set "$@"
    fill web "$1"
    remember
}

remember() {
    directories_before=$(directories)
    volumes_before=$(volumes)
}

# The directories on the export and the volume of every claim are those of `remember`.
same_directories() {
    [ "$(directories)" = "$directories_before" ]
    [ "$(volumes)" = "$volumes_before" ]
}
