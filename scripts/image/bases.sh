# shellcheck shell=bash
# shellcheck disable=SC2154 # root, cache, work, context and llama_server are the script's
# What the image test builds from, made on this machine: podman's settings, a Debian, a Swift image that borrows the
# installed toolchain, and a stand-in for Ollama's image. Sourced after lib.sh; everything lies in $images.

images=$cache/image
toolchain=$(dirname "$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")")

ensure_image_tools() {
    need podman command -v podman
    need buildah command -v buildah
    need runc command -v runc
    need skopeo command -v skopeo
    need conmon command -v conmon
    need uidmap command -v newuidmap
    need golang-github-containers-common test -e /etc/containers/policy.json
    need debootstrap command -v debootstrap
    need iproute2 command -v ip
    need tcpdump command -v tcpdump
    need curl command -v curl
    need jq command -v jq
    install_missing
}

# Storage of its own: what else this machine keeps in podman is neither used nor touched.
configure_podman() {
    mkdir -p "$images/tmp"
    cat >"$images/containers.conf" <<END
[containers]
default_ulimits = ["nofile=$(ulimit -Hn):$(ulimit -Hn)", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
END
    cat >"$images/storage.conf" <<END
[storage]
driver = "overlay"
graphroot = "$images/storage"
runroot = "$images/run"
END
    export CONTAINERS_CONF=$images/containers.conf CONTAINERS_STORAGE_CONF=$images/storage.conf
    export BUILDAH_ISOLATION=chroot TMPDIR=$images/tmp
}

has_image() { podman image exists "$1"; }

ensure_debian() {
    has_image localhost/kindling-test/debian && return
    say "making a Debian of the size of docker.io/library/debian:bookworm-slim (a minute, once)"
    local folder=$images/rootfs
    rm -rf "$folder"
    debootstrap --variant=minbase bookworm "$folder" >"$images/debootstrap.log" 2>&1 ||
        die "debootstrap failed: $images/debootstrap.log"
    # A machine whose clock is off gets its packages all the same.
    printf 'Acquire::Check-Valid-Until "false";\nAcquire::Check-Date "false";\n' >"$folder/etc/apt/apt.conf.d/90clock"
    rm -rf "$folder/var/cache/apt" "$folder/var/lib/apt/lists" "$folder/usr/share/man"
    mkdir -p "$folder/var/cache/apt/archives/partial" "$folder/var/lib/apt/lists/partial"
    tar -C "$folder" -c . | podman import - localhost/kindling-test/debian >/dev/null 2>&1
    rm -rf "$folder"
}

# The toolchain is gigabytes: builds mount it instead of copying it, and folders that git takes packages from.
toolchain_mounts=(-v "$toolchain:$toolchain:ro")
while read -r key _; do
    folder=${key#url.}
    folder=${folder%.insteadof}
    [ ! -d "$folder" ] || toolchain_mounts+=(-v "$folder:$folder:ro")
done < <(git config --get-regexp '^url\..*\.insteadof' | sort -u -k 1,1 || true)

ensure_swift() {
    has_image localhost/kindling-test/swift && return
    say "making a Swift image from $toolchain"
    local folder=$images/swift
    mkdir -p "$folder"
    : >"$folder/gitconfig"
    git config --get-regexp '^url\..*\.insteadof' | while read -r key value; do
        git config --file "$folder/gitconfig" --add "$key" "$value"
    done || true
    git config --file "$folder/gitconfig" --add safe.directory '*'
    cat >"$folder/Dockerfile" <<END
FROM localhost/kindling-test/debian
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends binutils ca-certificates g++ gcc git \
    libc6-dev libcurl4-openssl-dev libedit2 libncurses6 libpython3.11 libsqlite3-0 libstdc++-12-dev libxml2 pkg-config \
    tzdata zlib1g-dev
COPY gitconfig /root/.gitconfig
ENV PATH=$toolchain/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
END
    buildah bud --layers --format docker -t localhost/kindling-test/swift "$folder" >"$images/swift.log" 2>&1 ||
        die "the Swift image could not be made: $images/swift.log"
}

# build NAME LOG [OPTION…]: an image of $context; says which step took how long in LOG.
build() {
    local name=$1 log=$2
    shift 2
    buildah bud --layers --format docker "${toolchain_mounts[@]}" -t "localhost/kindling-test/$name" \
        --build-arg SWIFT_IMAGE=localhost/kindling-test/swift --build-arg SLIM_IMAGE=localhost/kindling-test/debian \
        --build-arg BASE_IMAGE=localhost/kindling-test/debian --build-arg OLLAMA_IMAGE=localhost/kindling-test/ollama \
        "$@" "$context" >"$log.raw" 2>&1 </dev/null &
    local building=$!
    python3 "$root/scripts/image/steps.py" "$log.raw" "$building" >"$log" &
    local watching=$!
    wait "$building" || { tail -n 30 "$log.raw" >&2; die "building $name failed"; }
    wait "$watching"
}

ensure_stand_in() {
    say "making a stand-in for Ollama's image"
    build ollama "$work/ollama" -f "$context/scripts/image/stand-in.Dockerfile" -v "$(dirname "$llama_server"):/engine:ro"
}
