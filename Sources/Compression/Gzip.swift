import CZlib

/// Packs and unpacks what is kept or sent: records and results of a few megabytes, seldom hundreds.
public enum Gzip {
    /// A 15-bit window with gzip's header and trailer, whose checksum zlib tests by itself.
    private static let window: Int32 = 15 + 16

    /// The bytes with gzip's frame around them.
    ///
    /// - Parameter level: zlib's, from 1 (fast) to 9 (small)
    public static func pack(_ bytes: [UInt8], level: Int32 = 6) throws(GzipError) -> [UInt8] {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        let code = deflateInit2_(&stream, level, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
        guard code == Z_OK else { throw GzipError("zlib has no memory for it") }
        defer { deflateEnd(&stream) }
        var packed: [UInt8] = []
        let end = try run(&stream, bytes, limit: .max, into: &packed) { deflate($0, Z_FINISH) }
        guard end == Z_STREAM_END else { throw GzipError("zlib gave up with code \(end)") }
        return packed
    }

    /// The bytes in gzip's frame, checked against its sum.
    ///
    /// - Parameter limit: of the unpacked bytes; a small file can hold a thousand times its size
    public static func unpack(_ bytes: [UInt8], limit: Int) throws(GzipError) -> [UInt8] {
        var stream = z_stream()
        let code = inflateInit2_(&stream, window, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { throw GzipError("zlib has no memory for it") }
        defer { inflateEnd(&stream) }
        var plain: [UInt8] = []
        let end = try run(&stream, bytes, limit: limit, into: &plain) { inflate($0, Z_NO_FLUSH) }
        guard plain.count <= limit else { throw GzipError("it holds more than \(text(of: limit))") }
        switch end {
        case Z_STREAM_END where stream.avail_in == 0: return plain
        case Z_STREAM_END: throw GzipError("\(stream.avail_in) bytes stand behind its end")
        case Z_OK, Z_BUF_ERROR: throw GzipError("it ends too early")
        default: throw GzipError("it is damaged")
        }
    }

    private static func text(of limit: Int) -> String {
        limit > 0 && limit % (1 << 20) == 0 ? "\(limit >> 20) MiB" : "\(limit) bytes"
    }

    /// Calls `step` until the stream ends, fails, runs out of input or has given more than `limit`; returns its last code.
    private static func run(
        _ stream: inout z_stream,
        _ input: [UInt8],
        limit: Int,
        into output: inout [UInt8],
        step: (UnsafeMutablePointer<z_stream>) -> Int32
    ) throws(GzipError) -> Int32 {
        guard let count = uInt(exactly: input.count) else { throw GzipError("it is larger than 4 GiB") }
        var input = input
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        return input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = count
            var code = Z_OK
            repeat {
                let (result, count) = buffer.withUnsafeMutableBufferPointer { buffer in
                    stream.next_out = buffer.baseAddress
                    stream.avail_out = uInt(buffer.count)
                    return (step(&stream), buffer.count - Int(stream.avail_out))
                }
                output += buffer[..<count]
                code = result
            } while code == Z_OK && output.count <= limit
            return code
        }
    }
}

/// Bytes that cannot be packed or unpacked.
public struct GzipError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A clause that says why: `it ends too early`.
    public let description: String

    /// An error.
    public init(_ description: String) {
        self.description = description
    }
}
