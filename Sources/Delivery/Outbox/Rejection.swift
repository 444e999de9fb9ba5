import JSON
import Jobs

/// Why the queue will never take a result.
public struct Rejection: Sendable, Hashable {
    /// One sentence for a person.
    public let reason: String
    /// The queue's status.
    public let status: Int?
    /// The queue's own words; the first 64 KB of them are kept.
    public let answer: String?

    /// A rejection.
    public init(reason: String, status: Int? = nil, answer: String? = nil) {
        self.reason = reason
        self.status = status
        self.answer = answer
    }

    /// What lies beside the rejected result.
    func record(of parcel: Parcel) -> JSON {
        var members: JSON.Object = [
            "job": .string(parcel.address.job), "reason": .string(reason),
            "finished_ms": JSON(parcel.finished), "result_url": .string(parcel.address.result),
        ]
        if let status { members["status"] = JSON(status) }
        if let answer { members["answer"] = .string(String(decoding: answer.utf8.prefix(64 * 1024), as: UTF8.self)) }
        return .object(members)
    }
}
