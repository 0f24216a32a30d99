# shellcheck shell=bash
# Debian bookworm's packages and sources through a private apt: with the machine's mirror and apt's verification of
# signatures, but without changing the machine's apt configuration. Sourced by build and build-knfsd.

# The archive from which this machine installs Debian.
debian_mirror() {
    local mirror
    mirror=$(known_mirror)
    if [[ -z $mirror ]]; then
        apt-get -qq update >&2
        mirror=$(known_mirror)
    fi
    [[ -n $mirror ]] || die "apt on this machine has no Debian archive to fetch from"
    printf '%s\n' "$mirror"
}

# Nothing on a machine where apt has not read its lists yet.
known_mirror() {
    # shellcheck disable=SC2016 # apt fills these in
    apt-get indextargets --format '$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
        awk -F'|' '$1 == "Debian" { print $2; exit }'
}

# The keys that Debian's archive is signed with.
debian_keyring() {
    local keyring
    for keyring in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
        [[ ! -e $keyring ]] || { printf '%s\n' "$keyring" && return; }
    done
    die "no key to verify Debian's archive with: apt-get install debian-archive-keyring"
}

# debian_archive_open FOLDER: read bookworm's lists into FOLDER, for the functions below.
debian_archive_open() {
    DEBIAN_ARCHIVE=$1
    local mirror keyring
    mirror=$(debian_mirror)
    keyring=$(debian_keyring)

    mkdir -p "$DEBIAN_ARCHIVE"/{lists,archives}/partial
    printf '%s [signed-by=%s] %s bookworm main\n' \
        deb "$keyring" "$mirror" deb-src "$keyring" "$mirror" >"$DEBIAN_ARCHIVE/sources.list"
    debian_apt -qq update
}

debian_apt() {
    apt-get -o Dir::Etc::SourceList="$DEBIAN_ARCHIVE/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
        -o Dir::State::Lists="$DEBIAN_ARCHIVE/lists" -o Dir::Cache::Archives="$DEBIAN_ARCHIVE/archives" \
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
        -o APT::Sandbox::User=root -o APT::Get::AllowUnauthenticated=false "$@"
}

# debian_package FOLDER NAME...: unpack the packages under FOLDER, without installing them.
debian_package() {
    local folder=$1 package
    shift
    (cd "$DEBIAN_ARCHIVE/archives" && debian_apt -qq download "$@" >/dev/null)
    for package in "$@"; do
        dpkg-deb -x "$DEBIAN_ARCHIVE/archives/$package"_*.deb "$folder"
    done
}

# debian_source FOLDER NAME VERSION: unpack and patch the source package as FOLDER. apt has verified the files against
# the signed index, so dpkg-source need not look for the maintainer's key.
debian_source() {
    (cd "$DEBIAN_ARCHIVE/archives" && debian_apt -qq source --download-only "$2=$3" >/dev/null) ||
        die "the Debian archive of this machine no longer has $2 $3: set KUBERNETES_PACKAGE in lib.sh"
    dpkg-source --no-check -x "$DEBIAN_ARCHIVE/archives/$2_"*.dsc "$1" >/dev/null
}
