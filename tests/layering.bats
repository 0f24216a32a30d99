#!/usr/bin/env bats
# Who may know whom. The program stands on two libraries that have never heard of each other, and both on base:
#
#   provisioner -> k8s, nfs -> base
#
# and each foreign library is known in one place, so that it can be replaced there.

setup() {
    cd "$BATS_TEST_DIRNAME/.." || exit
}

# includes_in FOLDER...: lines such as nfs/share.c:7:"nfs/share.h"
includes_in() {
    local found
    found=$(grep -rnE '^ *# *include' --include='*.[ch]' "$@" | sed -E 's/^([^:]*:[0-9]+:) *# *include */\1/')
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

@test "base knows nobody" {
    has_none '"(nfs|k8s|provisioner|tests)/' base
}

@test "nfs knows only base" {
    has_none '"(k8s|provisioner|tests)/' nfs
}

@test "k8s knows only base" {
    has_none '"(nfs|provisioner|tests)/' k8s
}

@test "the includes of base and k8s go in no circle" {
    has_no_circle base k8s
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
