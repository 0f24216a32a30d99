#!/usr/bin/env bats
# deploy/image on a fresh clone, with a cmake that takes no time.

setup() {
    clone=$BATS_TEST_TMPDIR/clone
    mkdir -p "$clone/deploy" "$BATS_TEST_TMPDIR/bin"
    cp "$BATS_TEST_DIRNAME/../deploy/image" "$clone/deploy/"
    cp "$BATS_TEST_DIRNAME/../CMakeLists.txt" "$clone/"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

# compiler COMMAND...: what "cmake --build FOLDER" does, in that folder. Configuring does nothing.
compiler() {
    cat >"$BATS_TEST_TMPDIR/bin/cmake" <<SCRIPT
#!/bin/bash
echo "cmake \$*"
[[ \$1 == --build ]] || exit 0
cd "\$2" && $*
SCRIPT
    chmod +x "$BATS_TEST_TMPDIR/bin/cmake"
}

# in_image FILE: a file of the archive that was made.
in_image() {
    tar --extract --to-stdout --file "$clone/build/mooring-image.tar" "$1"
}

@test "the image of a fresh clone has the program that was built for it" {
    compiler 'mkdir provisioner && cp /bin/true provisioner/mooring'
    "$clone/deploy/image"
    in_image layer.tar.gz | tar --list --gzip | grep -x ./mooring
    grep -- '-DCMAKE_BUILD_TYPE=MinSizeRel' "$clone/build/image/build.log"
}

@test "an image is never made of a program that is older than the sources" {
    mkdir -p "$clone/build/provisioner"
    cp /bin/false "$clone/build/provisioner/mooring"
    compiler 'mkdir provisioner && cp /bin/true provisioner/mooring'
    "$clone/deploy/image" --root "$clone/root"
    "$clone/root/mooring"
}

@test "a program that cannot be built leaves no image and says why" {
    compiler 'echo "jansson.h: No such file or directory" && exit 1'
    run "$clone/deploy/image"
    [ "$status" -eq 1 ]
    [[ $output == *"jansson.h: No such file"*"tests/install-packages --build"* ]]
    [ ! -e "$clone/build/mooring-image.tar" ]
}

@test "with a binary nothing is built" {
    compiler 'echo "built nevertheless" >&2 && exit 1'
    "$clone/deploy/image" --binary /bin/true
    in_image layer.tar.gz | tar --list --gzip | grep -x ./mooring
    run "$clone/deploy/image" --binary "$clone/missing"
    [ "$status" -eq 1 ]
    [[ $output == *"clone/missing is not a program"* ]]
}

# symbols_of OPTION...: of a program in the image that was compiled with them.
symbols_of() {
    echo 'int main(void) { return 0; }' | gcc -g -x c -o "$BATS_TEST_TMPDIR/program" -
    "$clone/deploy/image" --binary "$BATS_TEST_TMPDIR/program" "$@" --root "$clone/root"
    nm "$clone/root/mooring" 2>&1
}

@test "the program in the image is stripped, or keeps its symbols where that is asked for" {
    [[ $(symbols_of) == *"no symbols"* ]]
    symbols_of --keep-symbols | grep -w main
}

@test "the last word that is said of an image is the architecture it is for" {
    run "$clone/deploy/image" --binary /bin/true
    [ "$status" -eq 0 ]
    in_image config.json | grep -F "\"architecture\":\"${output##* }\""
}
