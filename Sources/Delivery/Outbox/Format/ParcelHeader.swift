import Compression
import JSON
import Jobs

/// What a parcel's file says of itself, readable without its bodies.
struct ParcelHeader: Hashable {
    /// How the bodies lie in the file.
    enum Encoding: String {
        case plain
        case gzip
    }

    let address: ReturnAddress
    let finished: Int
    /// Of each body, in bytes; the last is the result's.
    let lengths: [Int]
    let encoding: Encoding
    /// How many bytes follow the header, as they lie there.
    let size: Int
    /// SHA-256 of those bytes.
    let checksum: String

    var chunks: Int { lengths.count - 1 }

    init(of parcel: Parcel, encoding: Encoding, payload: [UInt8]) {
        address = parcel.address
        finished = parcel.finished
        lengths = (parcel.chunks + [parcel.result]).map(\.count)
        self.encoding = encoding
        size = payload.count
        checksum = ParcelFile.checksum(payload[...])
    }

    var json: JSON {
        [
            "job": .string(address.job), "result": .string(address.result), "stream": .string(address.stream),
            "finished": JSON(finished), "lengths": .array(lengths.map { JSON($0) }),
            "encoding": .string(encoding.rawValue), "size": JSON(size), "sha256": .string(checksum),
        ]
    }

    init(_ bytes: [UInt8]) throws(ParcelProblem) {
        let json: JSON
        do { json = try JSON(parsing: bytes) } catch { throw .damaged("its header is no JSON") }
        guard let job = json["job"]?.string, let result = json["result"]?.string,
            let stream = json["stream"]?.string, let finished = json["finished"]?.int,
            let lengths = json["lengths"]?.array, let encoding = json["encoding"]?.string.flatMap(Encoding.init),
            let size = json["size"]?.int, let checksum = json["sha256"]?.string
        else { throw .damaged("its header lacks a member") }
        address = ReturnAddress(job: job, result: result, stream: stream)
        self.finished = finished
        self.lengths = lengths.compactMap(\.int)
        self.encoding = encoding
        self.size = size
        self.checksum = checksum
        guard !lengths.isEmpty, self.lengths.count == lengths.count, self.lengths.allSatisfy(Self.isPossible),
            Self.isPossible(size)
        else { throw .damaged("its header has impossible lengths") }
    }

    /// zlib counts in 32 bits, and no result is near that.
    private static func isPossible(_ length: Int) -> Bool { (0...Int(UInt32.max)).contains(length) }

    /// The bodies as they are sent.
    func bodies(in payload: ArraySlice<UInt8>) throws(ParcelProblem) -> [[UInt8]] {
        let whole = lengths.reduce(0, +)
        let plain: ArraySlice<UInt8>
        switch encoding {
        case .plain: plain = payload
        case .gzip:
            do {
                plain = try Gzip.unpack(Array(payload), limit: whole)[...]
            } catch {
                throw .damaged(error.description)
            }
        }
        guard plain.count == whole else { throw .damaged("its bodies are \(plain.count) bytes, not \(whole)") }
        var start = plain.startIndex
        return lengths.map { length in
            defer { start += length }
            return Array(plain[start..<(start + length)])
        }
    }
}
