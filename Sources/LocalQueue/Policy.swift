import JSON

/// What a client allows a job.
public struct Policy: Sendable, Hashable {
    /// How long it may run.
    public var executionTimeout: Duration
    /// How long it may exist from its submission on, waiting or running.
    public var timeToLive: Duration
    /// It does not make the platform start workers. Kept for the worker to see; this queue starts none.
    public var isLowPriority: Bool

    /// The platform's defaults: ten minutes of work within a day.
    public init(
        executionTimeout: Duration = .seconds(600),
        timeToLive: Duration = .seconds(24 * 60 * 60),
        isLowPriority: Bool = false
    ) {
        self.executionTimeout = executionTimeout
        self.timeToLive = timeToLive
        self.isLowPriority = isLowPriority
    }

    /// Reads a request's `policy`. The platform's least values (5 s and 10 s) are not asked for, so that a timeout can
    /// be tried out without waiting for it.
    init(_ json: JSON?) throws(Refusal) {
        self.init()
        guard let json, !json.isNull else { return }
        guard case .object(let object) = json else {
            throw Refusal(
                422,
                "\"policy\" is \(json.typeName); it must be an object such as {\"executionTimeout\": 60000}."
            )
        }
        executionTimeout = try Self.milliseconds("executionTimeout", in: object) ?? executionTimeout
        timeToLive = try Self.milliseconds("ttl", in: object) ?? timeToLive
        switch object["lowPriority"] {
        case nil, .null: break
        case .bool(let value): isLowPriority = value
        case .some(let other):
            throw Refusal(422, "\"policy.lowPriority\" is \(other.typeName); it must be true or false.")
        }
    }

    private static func milliseconds(_ key: String, in object: JSON.Object) throws(Refusal) -> Duration? {
        guard let value = object[key], !value.isNull else { return nil }
        let sevenDays = 7 * 24 * 60 * 60 * 1000
        guard let number = value.int, (1...sevenDays).contains(number) else {
            throw Refusal(
                422,
                "\"policy.\(key)\" must be a whole number of milliseconds, 1 to \(sevenDays) (seven days)."
            )
        }
        return .milliseconds(number)
    }
}
