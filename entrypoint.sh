#!/bin/sh
# Prepares what a container needs and becomes the worker. It is on the path of every cold start, so it starts no other
# program there: what it asks is answered by the shell itself or by /proc.
set -eu

say() { printf 'entrypoint: %s\n' "$*" >&2; }

# The user id, without a process for it.
while read -r key uid _; do [ "$key" != Uid: ] || break; done </proc/self/status

# As root, which some platforms insist on: makes the folders that the worker writes to its own, and steps down. Folders
# only, never what is in them: a volume may hold millions of files, and not all are ours.
if [ "$uid" = 0 ]; then
    set -- setpriv --reuid 10001 --regid 0 --keep-groups -- "$0" "$@"
    if [ -d /runpod-volume ]; then mkdir -p /runpod-volume/kindling /runpod-volume/ollama 2>/dev/null || true; fi
    for folder in /runpod-volume/kindling /runpod-volume/ollama /models "$HOME"; do
        [ ! -d "$folder" ] || chown 10001:0 "$folder" 2>/dev/null ||
            say "could not make $folder the worker's (a read-only volume, or one that maps root to nobody)"
    done
    if setpriv --reuid 10001 --regid 0 --keep-groups true 2>/dev/null; then exec "$@"; fi
    say "may not become user 10001 (are SETUID and SETGID dropped?), so this runs as root"
    shift 8
fi

if [ -z "${KINDLING_STATE:-}" ] && [ -d /runpod-volume ] && [ ! -w /runpod-volume ]; then
    if [ -w /runpod-volume/kindling ]; then
        export KINDLING_STATE=/runpod-volume/kindling
    else
        say "user $uid may not write to /runpod-volume: what the worker keeps lives as long as this container"
    fi
fi

# Engines want a home to write to. With --read-only, or as a user id of the platform's choice, this one is none.
if [ ! -w "${HOME:=/}" ]; then
    if [ -w /tmp ]; then
        export HOME=/tmp
    else
        say "neither $HOME nor /tmp can be written: give the container a --tmpfs /tmp"
    fi
fi

if [ "${1:-}" != pull ] && [ -z "${KINDLING_MODEL:-}${MODEL_NAME:-}" ] && [ -r /opt/kindling/default-model ]; then
    read -r KINDLING_MODEL </opt/kindling/default-model
    export KINDLING_MODEL
fi

# OLLAMA_MODELS may be a folder, as Ollama has it, or names, as preload guides have it. A worker searches all stores
# whatever it says; a pull has to be told where to, and a --store of the command line's comes later and wins.
case ${1:-worker}:${OLLAMA_MODELS:-} in
pull:[/.~]*) ;;
pull:*)
    shift
    store=/models
    # The image has a folder of that name, so that a new volume belongs to the worker: only a mount is meant.
    if [ -w /runpod-volume ] || [ -w /runpod-volume/ollama ]; then
        store=/runpod-volume/ollama
        while read -r _ place _; do [ "$place" != /models ] || store=/models; done </proc/mounts
    fi
    set -- pull --store "$store" "$@"
    ;;
esac

[ $# -gt 0 ] || set -- worker
exec /usr/local/bin/kindling "$@"
