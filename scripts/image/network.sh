# shellcheck shell=bash
# shellcheck disable=SC2154 # work is the script's
# Two network namespaces with a cable between them: workers in one, the queue in the other, and nothing else. Whatever a worker sends goes over the cable, where it is recorded. Sourced.

queue_space=kindling-queue-$$
worker_space=kindling-worker-$$
queue_address=198.51.100.1 # for documentation (RFC 5737): it is nobody's
worker_address=198.51.100.2
queue_url=http://$queue_address:8000
key=image-test

make_network() {
    local space
    for space in "$queue_space" "$worker_space"; do
        ip netns add "$space"
        ip -n "$space" link set lo up
        # The kernel's own IPv6 greetings are no worker's.
        # shellcheck disable=SC2016 # the inner shell's
        ip netns exec "$space" sh -c 'for n in all default; do echo 1 >/proc/sys/net/ipv6/conf/$n/disable_ipv6; done' \
            2>/dev/null || true
    done
    ip -n "$queue_space" link add cable type veth peer name cable netns "$worker_space"
    ip -n "$queue_space" addr add "$queue_address/30" dev cable
    ip -n "$worker_space" addr add "$worker_address/30" dev cable
    ip -n "$queue_space" link set cable up
    ip -n "$worker_space" link set cable up
    # What is meant for anywhere goes this way, so that it is seen.
    ip -n "$worker_space" route add default via "$queue_address"
    ip netns exec "$queue_space" tcpdump -i cable -n -U --immediate-mode -w "$work/cable.pcap" 2>"$work/tcpdump.log" &
    recorder=$!
    until grep -q 'listening on' "$work/tcpdump.log" 2>/dev/null; do
        kill -0 "$recorder" 2>/dev/null || die "tcpdump ended: $(cat "$work/tcpdump.log")"
        sleep 0.02
    done
}

remove_network() {
    local space
    for space in "$queue_space" "$worker_space"; do ip netns del "$space" 2>/dev/null || true; done
}

# contacts: whom the workers' side has addressed so far, each once: connections that it opened, and all that is not TCP.
contacts() {
    sleep 0.2 # the recorder writes each packet as it comes, a moment after
    tcpdump -n -r "$work/cable.pcap" "ip and src host $worker_address and (not tcp or tcp[13] & 18 = 2)" 2>/dev/null |
        sed -n 's/.* IP [^ ]* > \([^ ]*\): .*/\1/p' | sort -u
}

start_queue() {
    KINDLING_API_KEY=$key ip netns exec "$queue_space" "$work/kindling" serve --no-worker --host "$queue_address" \
        --port 8000 >"$work/queue.log" 2>&1 &
    queue=$!
    until ask GET /health >/dev/null 2>&1; do
        kill -0 "$queue" 2>/dev/null || die "the queue ended: $(cat "$work/queue.log")"
        sleep 0.05
    done
}

# ask METHOD PATH [BODY]: a client of the queue.
ask() {
    ip netns exec "$queue_space" curl -sS --max-time 60 -X "$1" -H "Authorization: Bearer $key" "$queue_url$2" \
        ${3:+-d "$3"}
}

# done_job ID: waits for a job's end, prints its status' answer.
done_job() {
    local answer
    for _ in $(seq 600); do
        answer=$(ask GET "/status/$1")
        case $(jq -r .status <<<"$answer") in IN_QUEUE | IN_PROGRESS) sleep 0.1 ;; *) break ;; esac
    done
    printf '%s\n' "$answer"
}

new_job() { ask POST /run '{"input": {"prompt": "The sky is", "max_tokens": 4, "include": ["timings"]}}' | jq -r .id; }
