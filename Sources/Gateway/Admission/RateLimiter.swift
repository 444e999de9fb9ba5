/// Counts requests by visitor: a bucket of tokens for each, filled at an even pace, one token a request.
///
/// A bucket holds a minute's tokens, so who has been quiet may send them all at once.
struct RateLimiter: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Verdict: Sendable, Hashable {
        case allowed
        /// Try again after so many seconds. `isFirst`: he was allowed just before, so it is worth a line in the log.
        case refused(retryAfter: Int, isFirst: Bool)
    }

    private struct Bucket {
        var tokens: Double
        var filledAt: Instant
        var isDry = false
    }

    let perMinute: Int
    private let maximumBuckets: Int
    private var buckets: [Visitor: Bucket] = [:]
    /// For all who find no room: memory stays bounded whatever the number of addresses somebody commands.
    private var others: Bucket?
    private var sweptAt: Instant?

    /// - Parameter perMinute: at least 1
    init(perMinute: Int, maximumBuckets: Int = 4096) {
        self.perMinute = max(1, perMinute)
        self.maximumBuckets = maximumBuckets
    }

    var bucketCount: Int { buckets.count }

    /// One request.
    mutating func take(_ visitor: Visitor, at now: Instant) -> Verdict {
        if let bucket = buckets[visitor] {
            let (verdict, rest) = draw(from: bucket, at: now)
            buckets[visitor] = rest
            return verdict
        }
        sweepIfFull(at: now)
        let full = Bucket(tokens: Double(perMinute), filledAt: now)
        guard buckets.count >= maximumBuckets else {
            let (verdict, rest) = draw(from: full, at: now)
            buckets[visitor] = rest
            return verdict
        }
        let (verdict, rest) = draw(from: others ?? full, at: now)
        others = rest
        return verdict
    }

    private func draw(from bucket: Bucket, at now: Instant) -> (Verdict, Bucket) {
        var bucket = filled(bucket, at: now)
        guard bucket.tokens >= 1 else {
            let seconds = (1 - bucket.tokens) * 60 / Double(perMinute)
            let isFirst = !bucket.isDry
            bucket.isDry = true
            return (.refused(retryAfter: max(1, Int(seconds.rounded(.up))), isFirst: isFirst), bucket)
        }
        bucket.tokens -= 1
        bucket.isDry = false
        return (.allowed, bucket)
    }

    private func filled(_ bucket: Bucket, at now: Instant) -> Bucket {
        var bucket = bucket
        let gained = max(0, (now - bucket.filledAt) / .seconds(60)) * Double(perMinute)
        bucket.tokens = min(Double(perMinute), bucket.tokens + gained)
        bucket.filledAt = max(now, bucket.filledAt)
        return bucket
    }

    /// A full bucket knows nothing that a new one does not. Looking through all of them is done once a second at most,
    /// or a flood of addresses would buy a scan of the table with each request.
    private mutating func sweepIfFull(at now: Instant) {
        guard buckets.count >= maximumBuckets else { return }
        if let sweptAt, now - sweptAt < .seconds(1) { return }
        sweptAt = now
        buckets = buckets.filter { filled($0.value, at: now).tokens < Double(perMinute) }
    }
}
