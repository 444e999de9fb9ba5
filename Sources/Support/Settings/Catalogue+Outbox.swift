// What becomes of a result that the queue does not take at once.
extension Catalogue {
    /// How long a result is offered.
    public static let outboxHours = Setting.integer(
        "outbox-hours",
        "How long a result is offered to a queue that does not take it.",
        group: .jobs,
        in: 1...8760,
        default: 24,
        unit: "hours"
    )
    /// Results that may wait.
    public static let outboxResults = Setting.integer(
        "outbox-results",
        "When so many results wait for the queue, no more jobs are taken.",
        group: .jobs,
        in: 1...100_000,
        default: 1000
    )
    /// Bytes that may wait.
    public static let outboxMegabytes = Setting.integer(
        "outbox-megabytes",
        "When the waiting results take so much room, no more jobs are taken.",
        group: .jobs,
        in: 1...1_000_000,
        default: 1024,
        unit: "megabytes"
    )
    /// The largest result for the queue itself.
    public static let resultMegabytes = Setting.integer(
        "result-megabytes",
        "A larger result goes to the bucket that the job (s3Config) or BUCKET_ENDPOINT_URL names, and the job is answered "
            + "with its URL; without a bucket, with an error.",
        group: .jobs,
        in: 1...1000,
        default: 10,
        unit: "megabytes"
    )
}
