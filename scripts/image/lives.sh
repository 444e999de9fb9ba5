# shellcheck shell=bash
# shellcheck disable=SC2154 # work, queue_url and worker_space are the script's
# Containers and what they promise. Each life is a function; a promise that is broken is counted and said. Sourced.

kept=0
broken=0
promise() { # TEXT COMMAND…
    local text=$1
    shift
    if "$@"; then
        kept=$((kept + 1))
        printf '  ok      %s\n' "$text" >&2
    else
        broken=$((broken + 1))
        printf '  BROKEN  %s\n' "$text" >&2
    fi
}
is() { [ "$1" = "$2" ] || { printf '          "%s", not "%s"\n' "$1" "$2" >&2; return 1; }; }
at_most() {
    awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }' && return
    printf '          %s, not at most %s\n' "$1" "$2" >&2
    return 1
}
# Not grep -q, which would end `podman logs` before its last line, and so fail the pipe.
says() {
    podman logs "$1" 2>&1 | grep -e "$2" >/dev/null && return
    podman logs "$1" 2>&1 | tail -n 8 | cut -c 1-300 >&2
    return 1
}

now() { date +%s%N; }
milliseconds() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.0f", (b - a) / 1e6 }'; }

# on_queue: the environment of a queue worker. $ID and $RUNPOD_POD_ID are the platform's placeholders.
# shellcheck disable=SC2016
on_queue=(
    -e "RUNPOD_WEBHOOK_GET_JOB=$queue_url/v2/local/job-take/\$ID"
    -e "RUNPOD_WEBHOOK_POST_OUTPUT=$queue_url/v2/local/job-done/\$RUNPOD_POD_ID/\$ID"
    -e "RUNPOD_WEBHOOK_POST_STREAM=$queue_url/v2/local/job-stream/\$RUNPOD_POD_ID/\$ID"
    -e "RUNPOD_WEBHOOK_PING=$queue_url/v2/local/ping/\$RUNPOD_POD_ID" -e RUNPOD_AI_API_KEY="$key" -e RUNPOD_POD_ID=pod
)
# Ollama's own runner on the baked model: a real engine, where the stand-in's server only plays one.
real_engine=(-e KINDLING_ENGINE=direct -e KINDLING_CONTEXT_LENGTH=512)

run() { # NAME OPTION… -- ARGUMENT…
    local name=$1
    local options=()
    shift
    while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1"); shift; done
    [ $# -eq 0 ] || shift
    podman run -d --name "$name" --network "ns:/run/netns/$worker_space" "${compatible[@]}" "${options[@]}" "$image" "$@" \
        >/dev/null
}
remove() { podman rm -f -t 0 "$@" >/dev/null 2>&1 || true; }

waits() { # NAME TEXT: for the log to say it
    for _ in $(seq 300); do
        ! podman logs "$1" 2>&1 | grep -e "$2" >/dev/null || return 0
        sleep 0.1
    done
    says "$1" "$2"
}

# An option that this worker knows; the image may be tested with one that is older.
knows() { "$work/kindling" "$1" --help 2>/dev/null | grep -e "$2" >/dev/null; }

stopped_in() { # NAME: milliseconds that `podman stop` takes
    local began ended
    began=$(now)
    podman stop -t 10 "$1" >/dev/null
    ended=$(now)
    milliseconds "$began" "$ended"
}

flex_life() {
    say "Flex: nothing is started, a job comes, nothing more comes, SIGTERM"
    run flex "${on_queue[@]}" "${real_engine[@]}"
    local id answer took
    id=$(new_job)
    answer=$(done_job "$id")
    promise "a job is answered by the baked model" is "$(jq -r .status <<<"$answer")" COMPLETED
    promise "it paid for a cold start" is "$(jq -r .output.timings.start_kind <<<"$answer")" cold
    promise "it runs as user 10001" is "$(user_of flex)" 10001
    promise "PID 1 is tini" is "$(podman exec flex cat /proc/1/comm)" tini
    sleep 2
    took=$(stopped_in flex)
    promise "SIGTERM ends it with 0" is "$(podman inspect -f '{{.State.ExitCode}}' flex)" 0
    promise "with an engine to end, podman stop takes at most 1 s ($took ms)" at_most "$took" 1000
    figure "podman stop of an idle worker with a loaded model" "$took ms"
    remove flex
}

active_life() {
    say "Active: the engine starts with the container, the first job finds it warm"
    run active "${on_queue[@]}" "${real_engine[@]}" -e KINDLING_ACTIVE=1
    promise "the model is loaded before any job" waits active 'ready\|adds up to the total'
    local answer
    answer=$(done_job "$(new_job)")
    promise "the first job is answered" is "$(jq -r .status <<<"$answer")" COMPLETED
    promise "and finds the engine warm" is "$(jq -r .output.timings.start_kind <<<"$answer")" warm
    figure "first job of an Active worker, in all" "$(jq -r .executionTime <<<"$answer") ms"
    health_check active
    remove active
}

health_check() {
    if ! "$work/kindling" --help | grep "^ *health " >/dev/null; then
        say "this worker has no health command: the health check is not tested"
        return
    fi
    promise "podman healthcheck run says that it is well" podman healthcheck run "$1"
    hang "$1" STOP
    promise "and that one which hangs is not" not podman healthcheck run "$1"
    hang "$1" CONT
}
hang() { podman exec "$1" sh -c 'for p in /proc/[0-9]*; do
    [ "$(cat "$p/comm")" != kindling ] || kill "-$1" "${p#/proc/}"; done' sh "$2"; }
not() { ! "$@" >/dev/null 2>&1; }

idle_stop() {
    say "docker stop of an idle worker, five times"
    local times=()
    for number in 1 2 3 4 5; do
        run "idle$number" "${on_queue[@]}"
        waits "idle$number" 'worker\|queue' || true
        sleep 1
        times+=("$(stopped_in "idle$number")")
        promise "exit 0" is "$(podman inspect -f '{{.State.ExitCode}}' "idle$number")" 0
        remove "idle$number"
    done
    local middle
    middle=$(median "${times[@]}")
    promise "at most 300 ms (median $middle of ${times[*]})" at_most "$middle" 300
    figure "\`podman stop\` of an idle worker, median of five" "$middle ms"
}

median() { printf '%s\n' "$@" | sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }
