import Compression
import Crypto
import JSON
import Jobs

/// A parcel as the bytes of a file and back. Pure.
///
///     kindling-parcel 1 0000000231 9f86d081884c7d65…\n     version, length and SHA-256 of the header
///     {"job":"…","result":"https://…",…}\n                 the header
///     …                                                    the bodies, one behind the other
///
/// Header and bodies have a checksum each: a list of what waits needs the headers alone, and no damage anywhere in a file
/// goes unseen. The bodies lie there raw, so that 10 MB cost no escaping.
enum ParcelFile {
    /// Text shrinks to half; below this size a file takes a few blocks of a disk either way.
    static let packingThreshold = 64 * 1024

    private static let version = "1"
    private static let magic = "kindling-parcel"
    private static let lengthDigits = 10
    private static let preambleLength = magic.utf8.count + version.utf8.count + lengthDigits + 64 + 4

    static func encode(_ parcel: Parcel, packingFrom threshold: Int = packingThreshold) -> [UInt8] {
        var payload: [UInt8] = []
        for body in parcel.chunks + [parcel.result] { payload += body }
        var encoding = ParcelHeader.Encoding.plain
        // What zlib cannot pack, or only makes longer, is kept as it is. Level 1 takes 0.2 s for 10 MB of text, the usual 6
        // takes 0.75 s for a tenth less; a worker that drains may have fifty of them to store.
        if payload.count >= threshold, let packed = try? Gzip.pack(payload, level: 1), packed.count < payload.count {
            payload = packed
            encoding = .gzip
        }
        let header = ParcelHeader(of: parcel, encoding: encoding, payload: payload).json.bytes
        let length = String(header.count)
        let zeros = String(repeating: "0", count: max(0, lengthDigits - length.count))
        let preamble = "\(magic) \(version) \(zeros)\(length) \(checksum(header[...]))\n"
        return Array(preamble.utf8) + header + [UInt8(ascii: "\n")] + payload
    }

    static func decode(_ bytes: [UInt8]) throws(ParcelProblem) -> Parcel {
        let header = try header(of: bytes, fileSize: bytes.count)
        let payload = bytes.suffix(header.size)
        guard checksum(payload) == header.checksum else { throw .damaged("its bodies do not match their checksum") }
        var bodies = try header.bodies(in: payload)
        let result = bodies.removeLast()
        return Parcel(address: header.address, chunks: bodies, result: result, finished: header.finished)
    }

    /// How many bytes of a file hold its header, by its first bytes, of which 100 are enough.
    static func headerEnd(of bytes: [UInt8]) throws(ParcelProblem) -> Int {
        try preamble(of: bytes).headerLength + preambleLength + 1
    }

    /// - Parameters:
    ///   - bytes: of the file, up to ``headerEnd(of:)`` at least
    ///   - fileSize: of the whole file: a torn one is shorter than it says
    static func header(of bytes: [UInt8], fileSize: Int) throws(ParcelProblem) -> ParcelHeader {
        let preamble = try preamble(of: bytes)
        let end = preambleLength + preamble.headerLength
        guard bytes.count > end, bytes[end] == UInt8(ascii: "\n") else { throw .damaged("its header is cut off") }
        let text = bytes[preambleLength..<end]
        guard checksum(text) == preamble.checksum else { throw .damaged("its header does not match its checksum") }
        let header = try ParcelHeader(Array(text))
        guard fileSize == end + 1 + header.size else {
            throw .damaged("it is \(fileSize) bytes long, not \(end + 1 + header.size)")
        }
        return header
    }

    static func checksum(_ bytes: ArraySlice<UInt8>) -> String { SHA256.hash(data: bytes).hexadecimal }

    private static func preamble(of bytes: [UInt8]) throws(ParcelProblem) -> (headerLength: Int, checksum: String) {
        let line = bytes.prefix(preambleLength)
        let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard words.count >= 3, words[0] == magic else { throw .damaged("it does not begin as a stored result does") }
        guard words[1] == version else {
            guard Int(words[1]) ?? 0 > 1 else { throw .damaged("its version is no number") }
            throw .unknownVersion(words[1])
        }
        guard words.count == 4, line.count == preambleLength, line.last == UInt8(ascii: "\n"),
            words[2].utf8.count == lengthDigits, words[2].allSatisfy({ ("0"..."9").contains($0) }),
            let length = Int(words[2])
        else { throw .damaged("its first line is cut off") }
        return (length, String(words[3].dropLast()))
    }
}

/// Why a file gives no parcel.
enum ParcelProblem: Error, Hashable, CustomStringConvertible {
    /// It is not what was written.
    case damaged(String)
    /// A newer worker wrote it.
    case unknownVersion(String)

    var description: String {
        switch self {
        case .damaged(let reason): reason
        case .unknownVersion(let version): "it is of version \(version), and this worker reads version 1"
        }
    }
}
