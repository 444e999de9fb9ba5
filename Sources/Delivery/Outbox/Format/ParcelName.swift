import Crypto

/// A parcel's file name: `001763719200000-9f86d081884c7d65-5feceb66ffc86f38.2`.
///
/// When it was finished, so that a sorted list is a queue; its job's hash, for whoever looks for one (the id itself may be
/// anything a stranger sent: empty, a path, 4 KB long); a random number, since a job may be stored twice. What stands
/// behind the dot is how many chunks the queue has taken: so one rename, which happens or does not, records one more.
struct ParcelName: Hashable {
    /// The part that stays the same.
    let stem: String
    var acknowledged: Int

    init(finished: Int, job: String, using generator: inout some RandomNumberGenerator) {
        let time = String(min(max(finished, 0), Self.latest))
        let zeros = String(repeating: "0", count: Self.timeDigits - time.count)
        let hash = SHA256.hash(data: Array(job.utf8)).prefix(8).hexadecimal
        let number = (0..<8).map { _ in UInt8.random(in: .min ... .max, using: &generator) }.hexadecimal
        stem = "\(zeros)\(time)-\(hash)-\(number)"
        acknowledged = 0
    }

    /// Nil: this is no parcel's file.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isStem(parts[0]), (1...9).contains(parts[1].utf8.count),
            parts[1].utf8.allSatisfy(\.isDigit), let acknowledged = Int(parts[1]), String(acknowledged) == parts[1]
        else { return nil }
        self.stem = String(parts[0])
        self.acknowledged = acknowledged
    }

    /// The file's name.
    var file: String { "\(stem).\(acknowledged)" }

    /// What a file is called while it is written.
    static let unfinished = ".new"

    private static let timeDigits = 15
    private static let latest = 999_999_999_999_999

    private static func isStem(_ text: Substring) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map(\.utf8)
        return parts.map(\.count) == [timeDigits, 16, 16] && parts[0].allSatisfy(\.isDigit)
            && parts[1...].joined().allSatisfy(\.isHexadecimal)
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    fileprivate var isHexadecimal: Bool { isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self) }
}

extension Sequence<UInt8> {
    /// Two digits a byte, in lower case.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
