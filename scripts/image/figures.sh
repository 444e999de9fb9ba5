# shellcheck shell=bash
# shellcheck disable=SC2154 # from lives.sh and network.sh
# What is measured and written down. Sourced after lives.sh.

figures=()
figure() { figures+=("| $1 | $2 |"); }

megabytes() { awk -v b="$1" 'BEGIN { printf "%.1f MB", b / 1e6 }'; }
layers_of() { python3 "$root/scripts/image/layers.py" "$@"; }

# As a registry would have them: compressed, and told apart by digest.
layers() {
    local name
    for name in ollama kindling other slim least; do
        skopeo copy -q --dest-compress-format gzip "containers-storage:localhost/kindling-test/$name" \
            "oci:$work/oci-$name:test"
    done
    local pushed
    pushed=$(layers_of new "$work/oci-other" "$work/oci-kindling")
    promise "a new worker pushes at most 15 MB ($(megabytes "$pushed"))" at_most "$pushed" 15000000
    figure "layers that a new version of the worker pushes, compressed" "$(megabytes "$pushed")"
    promise "and something" not is "$pushed" 0
    local weights
    weights=$(stat -c %s "$model")
    promise "and the models' layers are the same" at_most "$pushed" "$((weights / 4))"
    figure "what the image adds to Ollama's, a model of $(megabytes "$weights") included, compressed" \
        "$(megabytes "$(layers_of new "$work/oci-kindling" "$work/oci-ollama")")"
    promise "slim leaves files out of the layers, not out of sight" at_most "$(layers_of size "$work/oci-least")" \
        "$(($(layers_of size "$work/oci-kindling") - 60000000))"
    figure "the image on the stand-in base, compressed: ollama, slim for cuda13, llama-server alone" \
        "$(for name in kindling slim least; do megabytes "$(layers_of size "$work/oci-$name")"; printf ', '; done | sed 's/, $//')"
}

bill_of_materials() {
    local digest
    digest=$(sha256sum "$work/kindling")
    promise "the bill of materials keeps to its schema" python3 "$root/scripts/image/check-sbom.py" "$work/sbom.json"
    promise "it has the worker's digest" is "$(jq -r '.packages[] | select(.name == "kindling") | .checksums[0].checksumValue' \
        "$work/sbom.json")" "${digest%% *}"
    promise "the weights' digest" is "$(jq -r '.packages[] | select(.name == "application/vnd.ollama.image.model") |
        .checksums[0].checksumValue' "$work/sbom.json")" "$model_sha256"
    promise "the licence's text" is "$(jq -j '.hasExtractedLicensingInfos[0].extractedText' "$work/sbom.json")" \
        "$(cat "$work/licence")"
    promise "and the pinned Swift packages" test -n "$(jq -r '.packages[].name | select(. == "swift-nio")' "$work/sbom.json")"
}

# From `podman run` to the first job-take, and what of it is not podman's.
start_times() {
    say "from the container's start to the first job-take, seven times"
    local began inside taken port whole=() ours=()
    for number in 1 2 3 4 5 6 7; do
        : >"$work/take" # or the last one's port would be read
        ip netns exec "$queue_space" timeout 30 python3 "$root/scripts/image/first-take.py" "$queue_address" >>"$work/take" &
        local stub=$!
        until port=$(head -n 1 "$work/take") && [ -n "$port" ]; do sleep 0.02; done
        began=$(now)
        # The shell says when it becomes what the image would have started; a process for `date` is in it.
        # shellcheck disable=SC2016
        run "start$number" --entrypoint /bin/sh "${on_queue[@]}" -e "RUNPOD_WEBHOOK_GET_JOB=http://$queue_address:$port/\$ID" -- \
            -c 'date +%s%N; exec /usr/bin/tini -- /entrypoint.sh'
        wait "$stub" || { says "start$number" 'never said' || die "no job was asked for within 30 s"; }
        taken=$(tail -n 1 "$work/take")
        inside=$(podman logs "start$number" 2>/dev/null | sed -n 1p)
        whole+=("$(milliseconds "$began" "$taken")")
        ours+=("$(milliseconds "$inside" "$taken")")
        remove "start$number"
    done
    promise "entrypoint and worker take at most 60 ms (median $(median "${ours[@]}") of ${ours[*]})" \
        at_most "$(median "${ours[@]}")" 60
    figure "container start → first job-take, median of seven" "$(median "${whole[@]}") ms"
    figure "of that tini, entrypoint and worker" "$(median "${ours[@]}") ms"
}

slim_lives() {
    say "the slim images"
    local image
    for name in slim least; do
        image=localhost/kindling-test/$name
        run "$name" "${on_queue[@]}" -e KINDLING_CONTEXT_LENGTH=512 -e KINDLING_ENGINE="$(
            [ "$name" = slim ] && echo direct || echo auto)"
        promise "$name answers a job" lives "$name"
        remove "$name"
    done
}

write_results() {
    {
        printf '# The image\n\nMade by `scripts/test-image`. 1 MB is 1,000,000 bytes. The bases are made on this machine: a minimal\n'
        printf 'Debian 12 and a stand-in for the official Ollama image with a real llama-server and 20 MB of noise in the place of\n'
        printf 'each GPU family, so that sizes of whole images are no statement about the official base.\n\n'
        printf '| what | measured |\n| --- | --- |\n'
        printf '%s\n' "${figures[@]}"
        printf '\n## Build steps\n\nSeconds of the steps that took at least half a second; the caches of packages and objects as the run found them.\n\n'
        printf '| step | first image | another worker |\n| --- | --- | --- |\n'
        python3 "$root/scripts/image/compare-steps.py" "$work/first" "$work/second"
        printf '\n## Layers\n\n| digest | MB compressed | made by |\n| --- | --- | --- |\n'
        layers_of table "$work/oci-kindling"
        printf '\n## Where\n\n- %s cores of %s, %s\n- podman %s, runc, overlay; load average %s\n' "$(nproc)" \
            "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" "$(. /etc/os-release && echo "$PRETTY_NAME")" \
            "$(podman --version | cut -d ' ' -f 3)" "$(cut -d ' ' -f 1 /proc/loadavg)"
    } >"$work/results"
    cat "$work/results"
    [ "$1" = /dev/null ] || { mkdir -p "$(dirname "$1")" && cp "$work/results" "$1"; }
}
