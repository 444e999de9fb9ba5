public import JSON
public import Jobs

extension Generation {
    /// The job's output: the engine's answer, and beside it what the worker changed (`kindling`) and, if the job asked
    /// for them, the worker's own times (`timings`).
    ///
    /// The engine's members are kept as they are. llama-server has `timings` too: then ours join its members.
    public func output(of answer: JSON, timings: JSON.Object = [:]) -> JSON {
        guard var members = answer.object else { return answer }
        if !notes.isEmpty { members["kindling"] = .object(notes) }
        if includesTimings {
            var joined = members["timings"]?.object ?? [:]
            for (key, value) in timings { joined[key] = value }
            members["timings"] = .object(joined)
        }
        return .object(members)
    }
}

extension JobRequest {
    /// The output of a batch: the answers in the order of the prompts, a failed one as `{"error": "…"}` in its place.
    public static func output(ofBatch answers: [Result<JSON, some Error>]) -> JSON {
        .array(
            answers.map { answer in
                switch answer {
                case .success(let output): output
                case .failure(let error): ["error": .string(String(describing: error))]
                }
            }
        )
    }
}

extension JobResult {
    /// A result out of what a job put out, by the rules that authors of RunPod handlers know.
    ///
    /// An object's truthy `error` makes the job fail, and its truthy `refresh_worker` stops the worker after it. Both
    /// are taken out, and an object of which nothing is left is no output. Unlike the SDK, which drops every `error`, a
    /// falsy one stays: OpenAI's responses carry `"error": null`.
    public init(handlerOutput output: JSON, isStream: Bool = false) {
        self.init(output: output, isStream: isStream)
        guard var members = output.object else { return }
        stopsPod = members["refresh_worker"]?.isTruthy ?? false
        members["refresh_worker"] = nil
        if let error = members["error"], error.isTruthy {
            self.error = error.string ?? error.description
            members["error"] = nil
        }
        self.output = members.isEmpty ? nil : .object(members)
    }
}

extension JSON {
    /// Truth as Python sees it, whose SDK set the rules.
    fileprivate var isTruthy: Bool {
        switch self {
        case .null, .bool(false): false
        case .bool(true): true
        case .number(let number): number.double != 0
        case .string(let text): !text.isEmpty
        case .array(let elements): !elements.isEmpty
        case .object(let members): !members.isEmpty
        }
    }
}
