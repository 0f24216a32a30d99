# shellcheck shell=bash disable=SC2034 # the scripts that source this use the variables
# The virtual machine with Linux's own NFS server: its files in the cache, and how it is started and asked. Sourced by
# build-knfsd and machine/knfsd.

# Where the virtual machine is on the cluster's network, and its end of a cable there.
readonly GUEST_ADDRESS=10.250.0.3
readonly GUEST_INTERFACE=guest0

# The folder in the cache with the kernel, the disk, and the memory of the machine after it has started. Its name depends
# on what these are made from and on qemu, which reads only the memory that it has written itself.
guest_folder() {
    local key
    key=$({
        cd "$CLUSTER_DIR" && find guest* -type f -print0 | LC_ALL=C sort --zero-terminated | xargs --null sha256sum &&
            sha256sum build-knfsd && qemu-system-x86_64 --version
    } | sha256sum)
    printf '%s\n' "$CACHE/knfsd-${key:0:16}"
}

# run_guest FOLDER DISK FORMAT [ARGUMENTS...]: become the virtual machine whose kernel is in FOLDER. The pipes
# commands.in, commands.out, monitor.in and monitor.out in the working directory lead to its serial port and to qemu.
# Without KVM, since few machines that run tests have it. An old model of processor, because programs would use what newer
# ones have, and qemu is slow at that: the machine starts twice as fast as with -cpu max.
run_guest() {
    local kernel_folder=$1 image=$2 format=$3
    shift 3
    exec qemu-system-x86_64 -name knfsd -machine q35 -accel tcg,thread=multi -cpu Nehalem -smp 2 -m 1024 \
        -nodefaults -display none -no-user-config -rtc base=utc \
        -kernel "$kernel_folder/vmlinuz" -initrd "$kernel_folder/initrd.img" \
        -append "root=/dev/vda rw console=ttyS0 quiet mitigations=off tsc=reliable clocksource=tsc" \
        -drive "file=$image,format=$format,if=virtio,cache=unsafe" \
        -netdev "tap,id=lan,ifname=$GUEST_INTERFACE,script=no,downscript=no" \
        -device virtio-net-pci,netdev=lan,mac=52:54:00:00:00:03 \
        -device virtio-serial-pci -chardev pipe,id=commands,path=commands \
        -device virtserialport,chardev=commands,name=commands \
        -chardev pipe,id=monitor,path=monitor -mon chardev=monitor,mode=readline \
        -serial file:console.log "$@"
}

# make_guest_pipes FOLDER
make_guest_pipes() {
    local name
    for name in commands monitor; do
        mkfifo "$1/$name.in" "$1/$name.out"
    done
}

# ask_guest FOLDER PROCESS SECONDS COMMAND...: run the command in the virtual machine with this process and the pipes in
# FOLDER, with the words as they are. Prints what the command writes, and returns its exit status. Ends with an error
# after SECONDS without an answer, or when the process ends.
ask_guest() {
    local folder=$1 process=$2 seconds=$3 word script='' number=$BASHPID answered='' status output
    shift 3
    for word; do
        script+=" '${word//\'/\'\\\'\'}'"
    done
    exec {lock}>"$folder/commands.lock"
    flock --timeout "$seconds" "$lock" || die "the virtual machine has been busy with another command for $seconds s"
    exec {requests}<>"$folder/commands.in" {answers}<>"$folder/commands.out"
    LC_ALL=C printf_request "$number" "$script" >&"$requests"
    # What an earlier command asked, and did not wait for, is answered first.
    until [[ $answered == "$number" ]]; do
        wait_for "$seconds" answers_or_ends "$process" "$answers" || die "the virtual machine does not answer in $seconds s"
        kill -0 "$process" 2>/dev/null || die "the virtual machine has ended"
        read -r -t "$seconds" answered status output <&"$answers" || die "an answer of the virtual machine is cut off"
    done
    exec {requests}>&- {answers}>&- {lock}>&-
    basenc --base16 --decode <<<"$output"
    return "$status"
}

answers_or_ends() {
    read -r -t 0 -u "$2" || ! kill -0 "$1"
}

# In a function of its own, because the length is to be counted in bytes.
printf_request() {
    printf '%d %d\n%s' "$1" "${#2}" "$2"
}
