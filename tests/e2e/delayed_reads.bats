#!/usr/bin/env bats
# Linux's own server asks NFS clients to try again later, while a program on the server holds what they want to read.

bats_require_minimum_version 1.5.0
load lib.bash

setup() {
    [[ ${SERVER-} == knfsd ]] || skip "needs the virtual machine with Linux's own NFS server"
    use_new_namespace
    class over-v4 'mountOptions: [nfsvers=4]'
}

undo() {
    let_go
}

# hold_records VOLUME...: a program has a write lease on the record of each. It does not answer when the kernel asks for the
# lease, which the kernel takes away after 45 s. The server itself keeps a file open for some seconds after it was written.
hold_records() {
    # shellcheck disable=SC2016 # expanded by perl
    on_export perl -e '
        my $export = shift;
        $SIG{IO} = "IGNORE"; # the kernel asks for a lease back
        for my $volume (@ARGV) {
            chomp(my $path = `find $export/.mooring -type f -name "$volume*"`);
            open(my $record, "+<", $path) or die "cannot open $path: $!";
            my $is_held;
            for (1 .. 100) {
                last if $is_held = fcntl($record, 1024, 1); # F_SETLEASE, F_WRLCK
                select undef, undef, undef, 0.1;
            }
            die "no lease on $path: $!" unless $is_held;
            push @held, $record;
        }
        exit 0 if fork;
        close STDIN; close STDOUT; close STDERR;
        sleep 60' "$EXPORT" "$@"
}

let_go() {
    on_export pkill perl || true
}

# The claims of two sets that fit no node.
apply_claims() {
    apply_set v3 2 management=Parallel selector='{no: where}'
    apply_set v4 2 management=Parallel selector='{no: where}' class="$NAMESPACE-over-v4"
}

are_told_to_wait() {
    local claim
    for claim; do
        describe_shows pvc "$claim" ProvisioningFailed "asks to try again later" || return
    done
}

# come_back_meanwhile [COMMAND]: nothing but the records on the server knows what the claims had.
come_back_meanwhile() {
    claims=(data-v3-0 data-v3-1 data-v4-0 data-v4-1)
    apply_claims
    eventually is_bound "${claims[@]}"
    before=$(volumes)
    mapfile -t names < <(awk '{ print $2 }' <<<"$before")
    kubectl delete statefulset v3 v4
    kubectl delete pvc "${claims[@]}"
    kubectl delete pv "${names[@]}"
    hold_records "${names[@]}"
    "$@"
    apply_claims
    eventually are_told_to_wait "${claims[@]}"
    [ -z "$(volumes)" ]
    [ "$(directories | wc -l)" -eq 4 ]
    let_go
    eventually is_bound "${claims[@]}"
    [ "$(volumes)" = "$before" ]
    [ "$(directories | wc -l)" -eq 4 ]
}

@test "a set that comes back while its records cannot be read for a moment gets its directories" {
    come_back_meanwhile
}

# In a term that begins then, every claim once came back empty. The case above has no new term.
@test "a set that comes back to a new leader, while its records cannot be read for a moment, gets its directories" {
    come_back_meanwhile change_leader
}
