# shellcheck shell=bash
# shellcheck disable=SC2154 # from lives.sh and network.sh
# The same worker under the conditions that platforms set: volumes, users, a read-only root, orphans. Sourced.

# lives NAME: takes a job and ends well.
lives() {
    local answer
    answer=$(done_job "$(new_job)")
    is "$(jq -r .status <<<"$answer")" COMPLETED || { says "$1" 'never said'; return 1; }
    podman stop -t 10 "$1" >/dev/null
    is "$(podman inspect -f '{{.State.ExitCode}}' "$1")" 0
}

volumes() {
    say "volumes"
    mkdir -p "$work/empty-models" "$work/empty-volume" "$work/roots"
    run hidden "${on_queue[@]}" "${real_engine[@]}" -v "$work/empty-models:/models" -v "$work/empty-volume:/runpod-volume"
    promise "empty volumes at /models and /runpod-volume hide no baked model" lives hidden
    promise "a root-owned volume is named as what it cannot write to" says hidden 'may not write to /runpod-volume'
    remove hidden

    run readonly-volume "${on_queue[@]}" "${real_engine[@]}" -v "$work/roots:/runpod-volume:ro"
    promise "a read-only volume does not keep it from its work" lives readonly-volume
    promise "and is named" says readonly-volume 'may not write to /runpod-volume'
    remove readonly-volume

    run as-root --user 0 "${on_queue[@]}" "${real_engine[@]}" -v "$work/roots:/runpod-volume"
    waits as-root 'queue\|worker' || true
    promise "started as root it steps down" is "$(user_of as-root)" 10001
    promise "and works" lives as-root
    promise "with its state on the volume, which it made its own" test "$(stat -c %u "$work/roots/kindling")" = 10001
    promise "which a ledger shows" test -n "$(find "$work/roots/kindling" -type f -size +0 | head -n 1)"
    remove as-root

    run rootless-root --user 0 --cap-drop all "${on_queue[@]}" "${real_engine[@]}"
    promise "root without the right to step down works" lives rootless-root
    promise "and says so" says rootless-root 'may not become user 10001'
    remove rootless-root

    podman volume create "image-test-$$" >/dev/null
    promise "pull without a volume's name goes to /models" pulls_into "image-test-$$:/models" /models
    promise "and to /runpod-volume/ollama where only that is mounted" pulls_into "$work/empty-volume:/runpod-volume" \
        /runpod-volume/ollama --user 0
    podman volume rm -f "image-test-$$" >/dev/null
}

user_of() { podman exec "$1" sh -c 'for p in /proc/[0-9]*; do
    [ "$(cat "$p/comm")" != kindling ] || { grep Uid: "$p/status" | cut -f 2; exit; }; done'; }

pulls_into() { # VOLUME FOLDER OPTION…
    local volume=$1 folder=$2
    shift 2
    # The registry cannot be reached from the workers' namespace, which is where this would have gone to.
    podman run --rm --network host -v "$volume" "$@" "${compatible[@]}" "$image" pull --insecure --quiet \
        "$registry/library/gemma3:270m" || return 1
    podman run --rm --network none -v "$volume" "$@" --entrypoint /bin/sh "$image" -c \
        "test -s $folder/blobs/sha256-$model_sha256"
}

confined() {
    say "read-only roots and users of the platform's choice"
    run sealed --read-only --read-only-tmpfs=false --tmpfs /tmp "${on_queue[@]}" "${real_engine[@]}" \
        --cap-drop all --security-opt no-new-privileges
    promise "--read-only with a tmpfs, no capabilities, no new privileges" lives sealed
    remove sealed
    run anyone --user 4711:4711 "${on_queue[@]}" "${real_engine[@]}"
    promise "a user id of the platform's choice" lives anyone
    remove anyone
    run anyone-sealed --user 4711:0 --read-only --read-only-tmpfs=false --tmpfs /tmp "${on_queue[@]}" "${real_engine[@]}"
    promise "both" lives anyone-sealed
    remove anyone-sealed
    # Ollama's server wants a home to write to.
    run server --user 4711:4711 --read-only --read-only-tmpfs=false --tmpfs /tmp "${on_queue[@]}" \
        -e "FAKE_OLLAMA_MODELS=$baked"
    promise "the same with Ollama's server as the engine" lives server
    promise "which was given the baked store as it is" says server 'ngine.*ollama'
    remove server
}

orphans() {
    say "orphans"
    run parent "${on_queue[@]}"
    promise "PID 1 reaps what others leave behind" is "$(zombies parent)" 0
    remove parent
    # The control: without an init they would stay.
    podman run -d --name bare --network none --entrypoint sleep "$image" 60 >/dev/null
    promise "(without tini it would stay)" is "$(zombies bare)" 1
    remove bare
}

zombies() { # NAME: leaves an orphan behind and counts the zombies then
    podman exec "$1" sh -c '(sleep 0.2 &)'
    sleep 1
    podman exec "$1" sh -c 'n=0
        for p in /proc/[0-9]*; do grep -q "^State:.*Z" "$p/status" 2>/dev/null && n=$((n + 1)); done; echo $n'
}

arguments() {
    say "arguments"
    promise "docker run IMAGE doctor" test -n "$(podman run --rm --network none "${compatible[@]}" "$image" doctor 2>&1 |
        grep -i "$baked")"
    promise "docker run IMAGE --version" is "$(podman run --rm --network none "$image" --version)" "$version"
    promise "a mistake in a variable ends it with 64" is "$(podman run --rm --network none "${compatible[@]}" \
        -e KINDLING_CONCURRENCY=none "$image" >/dev/null 2>&1; echo $?)" 64
    run hosted -e SAGEMAKER_BIND_TO_PORT=8080 -- serve
    promise "SageMaker's argument serve" waits hosted 'listening on'
    remove hosted
}
