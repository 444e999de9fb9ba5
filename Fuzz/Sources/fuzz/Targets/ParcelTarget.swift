@testable import Delivery
import JSON
import Jobs

/// A stored result comes back as it was, and no file that is not one is taken for it.
enum ParcelTarget: FuzzTarget {
    static let name = "parcel-file"

    static func run(_ input: [UInt8]) throws {
        _ = try? ParcelFile.decode(input)
        try checkDamage(input)
        try checkForged(input)
        let text = String(decoding: input, as: UTF8.self)
        if let name = ParcelName(text) {
            promise(name.file == text && !text.contains("/"), "a name is a file's name: \(text)")
        }
    }

    /// The input as what is to be stored.
    private static func checkDamage(_ input: [UInt8]) throws {
        var bodies = input.split(separator: 0xFF, omittingEmptySubsequences: false).map { Array($0) }
        let result = bodies.removeLast()
        let job = String(decoding: result, as: UTF8.self)
        let parcel = Parcel(
            address: ReturnAddress(job: job, result: "http://queue.test/\(bodies.count)", stream: job),
            chunks: bodies,
            result: result,
            finished: input.count
        )
        // Some of them packed: what zlib asks for, the sanitizer fills slowly.
        let isPacked = fingerprint(of: input) & 15 == 0
        var file = ParcelFile.encode(parcel, packingFrom: isPacked ? 0 : .max)
        let again = try ParcelFile.decode(file)
        promise(again == parcel, "a parcel comes back")
        let place = Int(fingerprint(of: input) >> 8) % file.count
        file[place] ^= 1 << UInt8(fingerprint(of: input) & 7)
        promise((try? ParcelFile.decode(file)) == nil, "a flipped bit at \(place) of \(file.count) is seen")
        file[place] ^= 1 << UInt8(fingerprint(of: input) & 7)
        promise((try? ParcelFile.decode(file.dropLast())) == nil, "a missing byte is seen")
    }

    /// The input's first line as a header and the rest as its bodies, with all checksums right: what only a forger writes.
    private static func checkForged(_ input: [UInt8]) throws {
        let parts = input.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
        guard var header = (try? JSON(parsing: Array(parts[0])))?.object else { return }
        let bodies = parts.count > 1 ? parts[1] : []
        header["size"] = JSON(bodies.count)
        header["sha256"] = .string(ParcelFile.checksum(bodies))
        let text = JSON.object(header).bytes
        let digits = String(text.count)
        let length = String(repeating: "0", count: 10 - digits.count) + digits
        let start = "kindling-parcel 1 \(length) \(ParcelFile.checksum(text[...]))\n"
        let file = Array(start.utf8) + text + [UInt8(ascii: "\n")] + bodies
        guard let parcel = try? ParcelFile.decode(file) else { return }
        let again = try ParcelFile.decode(ParcelFile.encode(parcel))
        promise(again == parcel, "what was taken can be stored again")
    }
}

extension ParcelFile {
    fileprivate static func decode(_ bytes: ArraySlice<UInt8>) throws(ParcelProblem) -> Parcel {
        try decode(Array(bytes))
    }
}
