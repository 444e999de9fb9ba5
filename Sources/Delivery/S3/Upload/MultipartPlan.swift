/// How a large object is cut: parts of one size, and a rest.
struct MultipartPlan: Sendable, Hashable {
    /// The offsets of each part; S3 counts them from 1.
    let parts: [Range<Int>]

    /// S3's limit; the parts of an object beyond it are made larger.
    private static let mostParts = 10_000

    /// - Parameters:
    ///   - size: of the object, at least 1
    ///   - partSize: at least 1; servers want 5 MiB, but for the last part
    init(size: Int, partSize: Int) {
        let partSize = max(partSize, (size + Self.mostParts - 1) / Self.mostParts)
        parts = stride(from: 0, to: size, by: partSize).map { $0..<min($0 + partSize, size) }
    }
}
