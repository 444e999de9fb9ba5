public import JSON

/// A client's request for a job, checked.
public struct Submission: Sendable, Hashable {
    /// The job's id, chosen by the edge.
    public let id: String
    /// What a worker is given: `id` first, then the client's members as they came.
    public let fields: JSON.Object
    /// Where to post the result, if anywhere.
    public let webhook: String?
    /// What the client allows the job.
    public let policy: Policy
    /// Bytes of the request, for the queue's memory bounds.
    public let size: Int

    /// Checks a request body.
    ///
    /// - Throws: ``Refusal`` with status 422 that names the member, what was found and what is expected.
    public init(id: String, body: JSON, size: Int) throws(Refusal) {
        guard case .object(let members) = body else {
            throw Refusal(
                422,
                "The body is \(body.typeName); it must be an object such as {\"input\": {\"prompt\": \"Hello\"}}."
            )
        }
        guard let input = members["input"] else {
            throw Refusal(422, "\"input\" is missing. Send an object such as {\"input\": {\"prompt\": \"Hello\"}}.")
        }
        guard case .object = input else {
            throw Refusal(422, "\"input\" is \(input.typeName); it must be an object such as {\"prompt\": \"Hello\"}.")
        }
        self.id = id
        self.size = size
        policy = try Policy(members["policy"])
        webhook = try Self.webhook(members["webhook"])
        var fields: JSON.Object = ["id": .string(id)]
        for (key, value) in members where key != "id" { fields[key] = value }
        self.fields = fields
    }

    private static func webhook(_ json: JSON?) throws(Refusal) -> String? {
        guard let json, !json.isNull else { return nil }
        guard let url = json.string else {
            throw Refusal(422, "\"webhook\" is \(json.typeName); it must be a URL such as https://example.org/hook.")
        }
        return try WebhookURL(url).text
    }
}
