# shellcheck shell=bash
# The node's images, as docker archives made by hand from Debian's static busybox: registry.local/pause:1 and
# registry.local/busybox:1 and :2, which differ only in their tag. Sourced by build and by machine/kubernetes.

# Named by what goes into them, so that a new busybox gives new images.
image_folder() {
    local key
    key=$(cat "$(command -v busybox)" "$CLUSTER_DIR/images.sh" "$CLUSTER_DIR/pause.c" | sha256sum)
    printf '%s\n' "$CACHE/images-${key:0:16}"
}

make_images() {
    local folder=$1
    mkdir -p "$folder"
    make_pause_root "$folder/pause"
    make_busybox_root "$folder/busybox"
    archive_image "$folder" pause 1 '["/pause"]'
    archive_image "$folder" busybox 1 '["/bin/sh"]'
    archive_image "$folder" busybox 2 '["/bin/sh"]'
    rm -rf "$folder"/{pause,busybox}
}

make_pause_root() {
    mkdir "$1"
    gcc -static -Os -s -Wall -Wextra -o "$1/pause" "$CLUSTER_DIR/pause.c"
}

make_busybox_root() {
    local applet
    mkdir -p "$1"/{bin,tmp,etc,proc,sys,dev,data}
    chmod 1777 "$1/tmp"
    cp "$(command -v busybox)" "$1/bin/busybox"
    for applet in $(busybox --list); do
        [[ $applet == busybox ]] || ln -s busybox "$1/bin/$applet"
    done
    printf 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' >"$1/etc/passwd"
    printf 'root:x:0:\nnogroup:x:65534:\n' >"$1/etc/group"
}

# archive_image FOLDER NAME TAG COMMAND: FOLDER/NAME as the root of FOLDER/NAME-TAG.tar.
archive_image() {
    local folder=$1 name=$2 tag=$3 command=$4 parts=$1/parts digest
    mkdir "$parts"
    tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$folder/$name" -cf "$parts/layer.tar" .
    digest=$(sha256sum "$parts/layer.tar")
    cat >"$parts/config.json" <<CONFIG
{"architecture": "$(dpkg --print-architecture)", "os": "linux", "created": "2021-01-01T00:00:00Z",
 "config": {"Env": ["PATH=/bin"], "Cmd": $command, "Labels": {"tag": "$tag"}},
 "rootfs": {"type": "layers", "diff_ids": ["sha256:${digest%% *}"]},
 "history": [{"created": "2021-01-01T00:00:00Z"}]}
CONFIG
    cat >"$parts/manifest.json" <<MANIFEST
[{"Config": "config.json", "RepoTags": ["registry.local/$name:$tag"], "Layers": ["layer.tar"]}]
MANIFEST
    tar -C "$parts" -cf "$folder/$name-$tag.tar" manifest.json config.json layer.tar
    rm -r "$parts"
}
