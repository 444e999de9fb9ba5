public import JSON
public import Jobs

/// Bodies of the protocol, both ways. Pure.
public enum Wire {
    /// The jobs in the answer to a take: one object, or an array whose items are judged one by one.
    public static func items(in answer: JSON) throws(QueueFailure) -> [TakenItem] {
        switch answer {
        case .object: [item(answer)]
        case .array(let items): items.map(item)
        default: throw QueueFailure(.garbage, "the answer to a take is \(answer.typeName), not a job or a list of jobs")
        }
    }

    private static func item(_ json: JSON) -> TakenItem {
        guard let fields = json.object else {
            return .malformed(id: nil, reason: "it is \(json.typeName), not an object")
        }
        guard let id = fields["id"]?.string, !id.isEmpty else {
            return .malformed(id: nil, reason: "it has no \"id\" that is a non-empty string")
        }
        guard let input = fields["input"], !input.isNull else {
            return .malformed(id: id, reason: "the job has no \"input\"")
        }
        return .job(Job(id: id, input: input, fields: fields))
    }

    /// The ids in the answer of the stop channel; what is not a string is ignored.
    public static func jobsToStop(in answer: JSON) throws(QueueFailure) -> [String] {
        guard let ids = answer["jobsToStop"]?.array else {
            throw QueueFailure(.garbage, "the stop channel's answer has no list \"jobsToStop\"")
        }
        return ids.compactMap(\.string)
    }

    /// The body of job-done.
    public static func body(of result: JobResult) -> [UInt8] {
        var members: JSON.Object = [:]
        if let output = result.output { members["output"] = output }
        if let error = result.error { members["error"] = .string(error) }
        if result.stopsPod { members["stopPod"] = true }
        return JSON.object(members).bytes
    }

    /// The body of a job-stream POST.
    public static func body(ofChunk chunk: JSON) -> [UInt8] {
        JSON.object(["output": chunk]).bytes
    }

    /// The body of a progress update, which goes to job-done.
    public static func body(ofProgress progress: JSON) -> [UInt8] {
        JSON.object(["status": "IN_PROGRESS", "output": progress]).bytes
    }
}
