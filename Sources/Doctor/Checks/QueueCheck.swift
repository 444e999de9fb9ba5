import Support

/// Whether the variables that make a process a queue worker are whole.
enum QueueCheck: Check {
    static let topic = Topic.queue

    private static let take = "RUNPOD_WEBHOOK_GET_JOB"
    private static let result = "RUNPOD_WEBHOOK_POST_OUTPUT"
    private static let stream = "RUNPOD_WEBHOOK_POST_STREAM"
    private static let ping = "RUNPOD_WEBHOOK_PING"

    static func findings(in facts: Facts) -> [Finding] {
        guard let template = facts.variable(take) else { return [without(facts)] }
        let parts = halfSet(facts) + malformed(facts) + placeholders(facts) + key(facts) + heartbeat(facts)
        guard parts.isEmpty else { return parts }
        return [
            Finding(
                .queueNamed,
                "Jobs come from \(WebOrigin(template)?.text ?? "the queue"); all its variables are set."
            )
        ]
    }

    private static func without(_ facts: Facts) -> Finding {
        let others = [result, stream, ping].filter { facts.variable($0) != nil }
        guard others.isEmpty else {
            return Finding(
                .queueHalfSet,
                "\(Figure.list(others)) \(others.count == 1 ? "is" : "are") set, but \(take) is not: no job would "
                    + "ever be taken.",
                remedy: "The platform sets all of them at queue endpoints: override none, and set none yourself."
            )
        }
        // A load-balancing endpoint has none of them, and neither has a rented pod.
        let platform = facts.isOnPlatform ? " The platform sets it at queue endpoints, so this is none." : ""
        return Finding(.queueNone, "\(take) is not set: kindling worker would behave as kindling serve.\(platform)")
    }

    private static func halfSet(_ facts: Facts) -> [Finding] {
        guard facts.variable(result) == nil else { return [] }
        return [
            Finding(
                .queueHalfSet,
                "\(take) is set, but \(result) is not: results have nowhere to go, and a worker refuses to start.",
                remedy: "Set \(result) to a URL with $RUNPOD_POD_ID and $ID, as the platform does."
            )
        ]
    }

    private static func malformed(_ facts: Facts) -> [Finding] {
        let urls = [take, result, stream, ping].compactMap { name -> Finding? in
            guard let url = facts.variable(name), WebOrigin(url) == nil else { return nil }
            return Finding(
                .queueMalformed,
                "\(name) is \"\(url.prefix(80))\", which is no URL.",
                remedy: "It takes a URL that begins with http:// or https://."
            )
        }
        guard let interval = facts.variable("RUNPOD_PING_INTERVAL"),
            !(Int(interval).map { (100...3_600_000).contains($0) } ?? false)
        else { return urls }
        let finding = Finding(
            .queueMalformed,
            "RUNPOD_PING_INTERVAL is \"\(interval.prefix(80))\": a worker refuses to start.",
            remedy: "It takes milliseconds, 100 to 3600000; 10000 is usual."
        )
        return urls + [finding]
    }

    /// `$ID` is the worker in the take URL and the job in the others.
    private static func placeholders(_ facts: Facts) -> [Finding] {
        let needs: [(variable: String, placeholders: [String], what: String)] = [
            (take, ["$ID", "$RUNPOD_POD_ID"], "the worker's id ($ID)"),
            (result, ["$ID"], "the job's id ($ID)"),
            (stream, ["$ID"], "the job's id ($ID)"),
            (ping, ["$RUNPOD_POD_ID"], "the worker's id ($RUNPOD_POD_ID)"),
        ]
        return needs.compactMap { need in
            guard let url = facts.variable(need.variable), WebOrigin(url) != nil,
                !need.placeholders.contains(where: url.contains), !names(facts, url)
            else { return nil }
            return Finding(
                .queuePlaceholderMissing,
                "\(need.variable) has no place for \(need.what): a shell may have expanded it.",
                remedy: "Write it in single quotes, or with $$ in a compose file."
            )
        }
    }

    /// Some platforms have put the worker's id in already.
    private static func names(_ facts: Facts, _ url: String) -> Bool {
        guard let id = facts.variable("RUNPOD_POD_ID") else { return false }
        return url.split { "/?&=".contains($0) }.contains { $0 == id }
    }

    private static func key(_ facts: Facts) -> [Finding] {
        guard facts.variable("RUNPOD_AI_API_KEY") == nil else { return [] }
        return [
            Finding(
                .queueKeyMissing,
                "RUNPOD_AI_API_KEY is not set: the platform answers a worker without a key as if there were no jobs.",
                remedy: "The platform sets it; look whether the image or the template overrides it."
            )
        ]
    }

    private static func heartbeat(_ facts: Facts) -> [Finding] {
        let missing = [ping, "RUNPOD_POD_ID"].filter { facts.variable($0) == nil }
        guard !missing.isEmpty else { return [] }
        return [
            Finding(
                .queueHeartbeatOff,
                "\(Figure.list(missing)) \(missing.count == 1 ? "is" : "are") not set: no heartbeat is sent, and the "
                    + "queue may give running jobs to others.",
                remedy: "The platform sets both; look whether the image or the template overrides them."
            )
        ]
    }
}
