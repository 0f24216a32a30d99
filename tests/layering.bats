#!/usr/bin/env bats
# Which folder may include which. The program stands on two libraries that do not know each other, and both on base:
#
#   provisioner -> k8s, nfs -> base
#
# The rooms of the provisioner stand in an order, each includes only those before it. Each foreign library is known in one
# place, so that it can be replaced there. And how long a file may be.

setup() {
    cd "$BATS_TEST_DIRNAME/.." || exit
}

# includes_in FOLDER...: lines such as nfs/share.c:7:"nfs/share.h"
includes_in() {
    local found
    found=$(grep -rHnE '^ *# *include' --include='*.[ch]' "$@" | sed -E 's/^([^:]*:[0-9]+:) *# *include */\1/')
    [ -n "$found" ] || {
        echo "nothing is included in $*: is this the right place?"
        return 1
    }
    printf '%s\n' "$found"
}

# has_none PATTERN FOLDER...: nothing included in the folders matches.
has_none() {
    local pattern=$1 includes found
    shift
    includes=$(includes_in "$@")
    found=$(grep -E ":$pattern" <<<"$includes") || return 0
    printf '%s\n' "$found"
    return 1
}

# is_known_to PATTERN FILE: of all the files, that one alone includes what matches.
is_known_to() {
    local includes knowing
    includes=$(includes_in base nfs k8s provisioner)
    knowing=$(grep -E ":$1" <<<"$includes" | cut -d: -f1 | sort -u)
    [ "$knowing" = "$2" ] || {
        printf 'only %s should include %s; it is included in:\n%s\n' "$2" "$1" "$knowing"
        return 1
    }
}

# has_no_circle FOLDER...: no file leads back to itself through what it includes. NAME.c and NAME.h count as one.
has_no_circle() {
    local includes
    includes=$(includes_in "$@")
    sed -nE 's/^(.*)\.[ch]:[0-9]+:"(.*)\.h".*/\1 \2/p' <<<"$includes" | tsort >/dev/null
}

# What others write reaches no terminal as it is (base/text.h).
prints_safely() {
    local found
    found=$({
        grep -nE '\b(v?f?printf|json_dumpf?)\(' provisioner/command/*.c
        grep -n stderr provisioner/main.c provisioner/command/*.c | grep -v ' say(stderr, '
    } | grep -vE '^provisioner/command/(say|table)\.c:') || return 0
    printf '%s\n' "$found"
    return 1
}

# room_includes ROOM EARLIER...: of the provisioner, the room includes only itself and what is named after it.
room_includes() {
    local room=$1 includes allowed found
    includes=$(includes_in "provisioner/$room")
    allowed=$(printf '|%s' "$@")
    found=$(grep ':"provisioner/' <<<"$includes" | grep -vE ":\"provisioner/(${allowed#|})[/\"]") || return 0
    printf '%s\n' "$found"
    return 1
}

# Every folder of the provisioner is one of these rooms.
rooms() {
    printf '%s\n' audit claim cluster command daemon export object report shared statefulset
}

readonly context='(context|provision_job|step)\.h'

@test "base knows no other folder" {
    has_none '"(nfs|k8s|provisioner|tests)/' base
}

@test "nfs knows only base" {
    has_none '"(k8s|provisioner|tests)/' nfs
}

@test "k8s knows only base" {
    has_none '"(nfs|provisioner|tests)/' k8s
}

@test "no includes go in a circle" {
    has_no_circle base k8s nfs provisioner
}

@test "every folder of the provisioner and of its tests is a room" {
    local folder
    [ "$(find provisioner -mindepth 1 -type d -printf '%f\n' | sort)" = "$(rooms)" ]
    for folder in tests/provisioner/*/; do
        rooms | grep -x "$(basename "$folder")"
    done
}

@test "shared knows only base" {
    room_includes shared
    has_none '"(nfs|k8s)/' provisioner/shared
}

@test "object knows only shared" {
    room_includes object shared
}

@test "cluster knows only shared and object" {
    room_includes cluster shared object
}

@test "export knows only shared and object" {
    room_includes export shared object
}

@test "report knows only shared and object" {
    room_includes report shared object
}

@test "the context knows only shared, object, cluster, export and report" {
    local file
    for file in context.c context.h provision_job.c provision_job.h step.c step.h; do
        room_includes "$file" shared object cluster export report "$context"
    done
}

@test "statefulset knows only the context and what that knows" {
    room_includes statefulset shared object cluster export report "$context"
}

@test "audit knows only what statefulset knows, and that" {
    room_includes audit shared object cluster export report "$context" statefulset
}

@test "claim knows only what audit knows, and that" {
    room_includes claim shared object cluster export report "$context" statefulset audit
}

@test "daemon knows only what claim knows, and that" {
    room_includes daemon shared object cluster export report "$context" statefulset audit claim
}

@test "nothing but main.c knows the commands" {
    has_none '"provisioner/command/' base nfs k8s provisioner/{context,provision_job,step}.* \
        provisioner/{audit,claim,cluster,daemon,export,object,report,shared,statefulset}
}

@test "the provisioner knows no test" {
    has_none '"tests/' provisioner
}

@test "an include carries its folder" {
    has_none '"([^"/]*"|[.])' base nfs k8s provisioner
}

@test "the tests of a library know only what it knows" {
    has_none '"(nfs|k8s|provisioner)/' tests/base
    has_none '"(k8s|provisioner)/' tests/nfs
    has_none '"(nfs|provisioner)/' tests/k8s
}

@test "one file knows libcurl" {
    is_known_to '<curl/' k8s/transport.c
}

@test "one file knows libyaml" {
    is_known_to '<yaml' k8s/document.c
}

@test "one file knows libmicrohttpd" {
    is_known_to '<microhttpd' provisioner/daemon/status_server.c
}

@test "what a command prints goes through say.c or a table" {
    prints_safely
}

# nfs/libnfs.h puts libnfs' own headers into the one order that compiles; the protocols' messages stand beside it.
@test "libnfs is known inside nfs alone" {
    is_known_to '<nfsc/(libnfs|libnfs-zdr|libnfs-raw)\.h' nfs/libnfs.h
    has_none '<nfsc/' base k8s provisioner
}

@test "the provisioner does not see libnfs through a header of nfs" {
    command -v cc >/dev/null || skip "no C compiler here"
    local header seen
    for header in $(includes_in provisioner | sed -nE 's/.*:"(nfs\/[^"]*)"/\1/p' | sort -u); do
        seen=$(cc -D_GNU_SOURCE -I. -M "$header" | grep nfsc/) || continue
        printf '%s leads to %s\n' "$header" "$seen"
        return 1
    done
}

@test "jansson is not used in base and nfs" {
    has_none '<jansson' base nfs
}

# calls CALLER FILE CALLEE: the one calls the other itself.
calls() {
    sed -n "/^[a-z].*[ *]$1(/,/^}/p" "$2" | tail -n +2 | grep --quiet --extended-regexp "[^a-z_]$3\(" || {
        echo "$1 in $2 does not call $3: it is to be reached in seven calls"
        return 1
    }
}

@test "from a worker's loop to MKDIR it is seven calls" {
    calls work provisioner/daemon/workers.c sync_work
    calls sync_work provisioner/daemon/sync_work.c 'syncs[[]key->kind[]]'
    grep --quiet '[[]WORK_CLAIM[]] = sync_claim,' provisioner/daemon/sync_work.c
    calls sync_claim provisioner/claim/sync_claim.c work
    grep --quiet '[*]work = provision;' provisioner/claim/sync_claim.c
    calls provision provisioner/claim/provision.c new_directory_make
    calls new_directory_make provisioner/claim/new_directory.c share_make_directory
    calls share_make_directory nfs/share.c tree_make_directory
    calls tree_make_directory nfs/tree.c 'protocol->make_directory'
    calls v3_make_directory nfs/v3.c rpc_nfs3_mkdir_async
}

# lengths_of FOLDER...: the lines of each file of C or of shell, as "LINES FILE". A script has no dot in its name.
lengths_of() {
    find "$@" -type f '(' -name '*.[ch]' -o -name '*.bats' -o -name '*.bash' -o -name '*.sh' -o ! -name '*.*' ')' \
        -exec wc -l {} + | awk '$2 != "total"'
}

@test "no file has more than 400 lines" {
    local lengths
    lengths=$(lengths_of base nfs k8s provisioner tests deploy)
    [ -n "$lengths" ]
    awk '$1 > 400 { print; found = 1 } END { exit found }' <<<"$lengths"
}
