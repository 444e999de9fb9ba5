/// What the name of an S3 server says about where it stands and which bucket it serves.
struct S3HostName: Sendable, Hashable {
    /// The bucket that the name begins with, as far as its form tells.
    private(set) var bucket: String?
    /// The region to sign for; nil: the name has none.
    private(set) var region: String?
    /// Whether it is Amazon's own, whose newer regions know buckets by the host's name only.
    private(set) var isAmazon = false
    /// Whether it is the door to RunPod's network volumes, which gives out no presigned URLs.
    private(set) var isNetworkVolume = false

    /// - Parameter host: in lower case, without a port
    init(_ host: some StringProtocol) {
        let labels = host.split(omittingEmptySubsequences: false) { $0 == "." }.map { String($0) }
        if labels.suffix(2) == ["runpod", "io"], labels[0].hasPrefix("s3api-") {
            isNetworkVolume = true
        } else if labels.suffix(2) == ["digitaloceanspaces", "com"], labels.count > 2 {
            region = labels[labels.count - 3]
            bucket = Self.joined(labels.dropLast(3))
        } else if labels.suffix(3) == ["r2", "cloudflarestorage", "com"] {
            // One region, `auto`. The account is a number of 32 digits, sometimes followed by a jurisdiction.
            region = "auto"
            bucket = labels.firstIndex { $0.utf8.count == 32 }.flatMap { Self.joined(labels[..<$0]) }
        } else {
            isAmazon = labels.suffix(2) == ["amazonaws", "com"] || labels.suffix(3) == ["amazonaws", "com", "cn"]
            readServiceName(in: labels)
        }
    }

    /// `[BUCKET.]s3.REGION.…`, `[BUCKET.]s3-REGION.…`, `[BUCKET.]s3.dualstack.REGION.…`: Amazon's forms, which most others
    /// have taken over.
    private mutating func readServiceName(in labels: [String]) {
        guard let place = labels.lastIndex(where: { $0 == "s3" || $0.hasPrefix("s3-") }) else { return }
        bucket = Self.joined(labels[..<place])
        let suffix = String(labels[place].dropFirst(3))
        if Self.isRegion(suffix) {
            region = suffix
            return
        }
        let rest = labels[(place + 1)...].drop { $0 == "dualstack" }
        // `s3.wasabisys.com` has none: what follows is the provider's domain.
        guard let candidate = rest.first, rest.count > 2, candidate != "amazonaws" else { return }
        region = candidate
    }

    /// `eu-west-1`, `us-west-002`, `us-gov-west-1`
    private static func isRegion(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count >= 3 && parts.allSatisfy { !$0.isEmpty }
            && (parts.last?.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false)
    }

    private static func joined(_ labels: ArraySlice<String>) -> String? {
        labels.isEmpty ? nil : labels.joined(separator: ".")
    }
}
