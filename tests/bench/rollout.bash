# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # what is measured are variables of tests/bench/run
# The rollout of --full: all Pods of a StatefulSet are replaced on a hollow node. Sourced by tests/bench/run.

# A hollow node takes ten seconds for a Pod whose name it had before, so all Pods are replaced at once.
apply_set() {
    kubectl --namespace rollout apply --filename - <<YAML
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: set}
spec:
  replicas: $PODS
  serviceName: set
  podManagementPolicy: Parallel
  updateStrategy: {type: OnDelete}
  selector: {matchLabels: {app: set}}
  template:
    metadata: {labels: {app: set}, annotations: {revision: "$1"}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: main, image: "none", volumeMounts: [{name: data, mountPath: /data}]}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {storageClassName: bench, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
YAML
}

# rolled_out FIELD: as many Pods as there are.
rolled_out() {
    [[ $(kubectl --namespace rollout get statefulset set --output "jsonpath={.status.$1}") == "$PODS" ]]
}

rollout_requests() {
    requests | grep -E '^(create|update|patch|delete)'
}

# mooring has sent an event for each Pod: it kept its directory.
all_reported() {
    (($(rollout_requests | grep -c ' events$') >= PODS))
}

roll_out() {
    say "a rollout of $PODS Pods on hollow nodes"
    kubectl create namespace rollout >/dev/null
    machine hollow 1
    apply_set 1 >/dev/null
    until_it 300 rolled_out readyReplicas
    sleep 3
    audited=$(wc --lines <"$audit")
    apply_set 2 >/dev/null
    kubectl --namespace rollout delete pods --all --wait=false >/dev/null
    until_it 300 rolled_out updatedReplicas
    until_it 300 rolled_out readyReplicas
    until_it 60 all_reported
    rollout_writes=$(rollout_requests | grep -cv ' events$' || true)
    rollout_events=$(rollout_requests | grep -c ' events$' || true)
    machine stop hollow-0
}
