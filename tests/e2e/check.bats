#!/usr/bin/env bats
# What `mooring check` finds, and what it tells the user to do.

bats_require_minimum_version 1.5.0
load lib.bash

undo() {
    on_export rm -f /exports/full/ballast
}

check() {
    kubectl --namespace mooring exec deployment/mooring -- /mooring check
}

@test "mooring check finds nothing wrong" {
    run -0 check
    [ "${lines[-1]}" = "everything is in order" ]
    # Other suites may have left volumes of classes that they took away.
    run ! grep -v -e '^ok  *' -e '^note .* of storage class .* has none of that name' -e '^everything' <<<"$output"
}

@test "mooring check names volumes that are not where their class is now" {
    class moved
    claim data class="$NAMESPACE-moved"
    eventually is_bound data
    kubectl delete storageclass "$NAMESPACE-moved"
    run -0 check
    grep -E "^note +1 volume, such as $(volume_of data), is of storage class $NAMESPACE-moved, and mooring has none" <<<"$output"
    class moved "parameters: {path: $EXPORT/elsewhere}"
    run -1 check
    grep -E "^FAILED +1 volume of storage class $NAMESPACE-moved is not on .*/elsewhere, which the class names now, such as $(volume_of data) on" <<<"$output"
}

@test "mooring check names a class that is misspelt, and a claim that waits for it" {
    class misspelt 'provisioner: mooring/nsf'
    claim data class="$NAMESPACE-misspelt"
    run -0 check
    grep -E "^note +storage class $NAMESPACE-misspelt names the provisioner mooring/nsf" <<<"$output"
    grep -E "^note +1 claim waits for storage class $NAMESPACE-misspelt, such as $NAMESPACE/data" <<<"$output"
}

# Others must not be able to write records, from which directories are given out.
@test "mooring check makes the folder for the records of a new export for itself alone" {
    local folder=/exports/second/$NAMESPACE
    needs_own_machine "exports a folder of its own"
    on_export sh -c "mkdir $folder && chmod 777 $folder"
    class new "parameters: {path: $folder}"
    run -0 check
    grep -E "^ok +.*$folder can be written" <<<"$output"
    [ "$(on_export stat --format='%a %u' "$folder/.mooring")" = "700 0" ]
}

@test "mooring check says what is wrong with each export" {
    needs_own_machine "needs exports that are of no use"
    local kind
    for kind in readonly squashed allsquash full denied missing; do
        class "$kind" "parameters: {path: /exports/$kind}"
    done
    class typo 'parameters: {sever: example.com}'
    class nowhere 'parameters: {server: nfs.nowhere.invalid}'
    on_export sh -c 'dd if=/dev/zero of=/exports/full/ballast bs=4k 2>/dev/null; true'

    run -1 check
    grep -E '^FAILED +.*/exports/readonly.* is read-only for this client: export it rw' <<<"$output"
    grep -E '^FAILED +.*/exports/squashed.* use no_root_squash' <<<"$output"
    grep -E '^note +.*/exports/allsquash squashes root to uid 65534: .* need no_root_squash' <<<"$output"
    grep -E '^FAILED +.*/exports/full is full: .*: make room' <<<"$output"
    grep -E '^FAILED +.*/exports/denied' <<<"$output"
    grep -E '^FAILED +.*/exports/missing' <<<"$output"
    grep -E '^FAILED +.*parameter sever is not known' <<<"$output"
    grep -E '^FAILED +.*the name nfs.nowhere.invalid does not resolve' <<<"$output"
    grep -E "^ok +.*$NFS_PATH can be written" <<<"$output"
    grep -E '^[0-9]+ failed: see above for what to do' <<<"$output"
}

@test "mooring check asks for the mode of each class" {
    class a 'parameters: {directoryPerms: "0750"}'
    class b 'parameters: {directoryPerms: "2770"}'
    run -0 check
    [ "$(grep -cE "^ok +.*$NFS_PATH can be written" <<<"$output")" = 1 ]
    grep -E "^ok +.*$NFS_PATH: a directory can have mode 2770" <<<"$output"
}

@test "mooring check notes a class whose paths any namespace can take" {
    # shellcheck disable=SC2016 # mooring expands it
    class apart 'parameters: {pathPattern: "${.PVC.namespace}/${.PVC.name}"}'
    # shellcheck disable=SC2016 # mooring expands it
    class mixed 'parameters: {pathPattern: "${.PVC.name}"}'
    run -0 check
    grep -E "^note +with storage class $NAMESPACE-mixed, a claim of another namespace can take a path" <<<"$output"
    run ! grep -F "$NAMESPACE-apart, a claim" <<<"$output"
}

@test "mooring check names the rights that an account lacks" {
    local image
    image=$(kubectl --namespace mooring get deployment mooring --output 'jsonpath={..image}')
    # The default service account of a namespace has no permissions.
    kubectl run powerless --image="$image" --image-pull-policy=IfNotPresent --restart=Never -- check
    has_ended() {
        [ "$(get pod powerless .status.phase)" = Failed ]
    }
    eventually has_ended
    run -0 kubectl logs powerless
    grep -E '^FAILED +may not .*create.* persistentvolumes .*apply deploy/rbac.yaml for this account' <<<"$output"
    grep -E '^FAILED +may not .* leases in namespace .*apply deploy/rbac.yaml' <<<"$output"
}
