import Glibc

/// What has arrived on a connection and is not yet consumed. Reads are as large as the socket has bytes for.
struct InputBuffer {
    private let descriptor: Int32
    private var bytes = [UInt8](repeating: 0, count: 16 * 1024)
    private var begin = 0
    private var end = 0

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// The bytes before the first `delimiter` (which ends in a line feed), both consumed; nil if the stream ends first.
    mutating func read(
        through delimiter: StaticString,
        limit: Int = 1 << 20
    ) throws -> [UInt8]? {
        var searched = begin
        while true {
            if let found = find(delimiter, from: searched) {
                defer { begin = found + delimiter.utf8CodeUnitCount }
                return Array(bytes[begin..<found])
            }
            guard end - begin < limit else { throw MalformedMessage(reason: "a head or line of over \(limit) bytes") }
            let seen = end - begin
            guard try fill() else { return nil }
            searched = begin + seen
        }
    }

    /// Exactly `count` bytes; nil if the stream ends first.
    mutating func read(count: Int) throws -> [UInt8]? {
        let buffered = min(count, end - begin)
        var result = Array(bytes[begin..<begin + buffered])
        begin += buffered
        guard buffered < count else { return result }
        let descriptor = descriptor
        let rest = try [UInt8](unsafeUninitializedCapacity: count - buffered) { target, filled in
            while filled < target.count {
                let free = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: target[filled...]))
                let read = try Socket.receive(into: free, from: descriptor)
                guard read > 0 else { return }
                filled += read
            }
        }
        guard rest.count == count - buffered else { return nil }
        result += rest
        return result
    }

    /// All up to the end of the stream.
    mutating func readToEnd() throws -> [UInt8] {
        while try fill() {}
        defer { begin = end }
        return Array(bytes[begin..<end])
    }

    /// Whether bytes wait here that nobody has consumed.
    var hasBytes: Bool { begin < end }

    /// Waits for more bytes; false at the end of the stream.
    private mutating func fill() throws -> Bool {
        if begin == end {
            begin = 0
            end = 0
        } else if end == bytes.count {
            if begin > 0 {
                bytes.removeSubrange(..<begin)
                end -= begin
                begin = 0
            }
            bytes.append(contentsOf: repeatElement(0, count: max(16 * 1024, end)))
        }
        let (descriptor, used) = (descriptor, end)
        let count = try bytes.withUnsafeMutableBytes {
            try Socket.receive(into: UnsafeMutableRawBufferPointer(rebasing: $0[used...]), from: descriptor)
        }
        end += count
        return count > 0
    }

    /// Where the first `delimiter` begins. Looks for its last byte, a line feed, which is rare.
    private func find(_ delimiter: StaticString, from start: Int) -> Int? {
        let count = delimiter.utf8CodeUnitCount
        return bytes.withUnsafeBytes { all -> Int? in
            guard let base = all.baseAddress else { return nil }
            var position = start
            while position < end, let found = memchr(base + position, Int32(UInt8(ascii: "\n")), end - position) {
                position = UnsafeRawPointer(found) - base + 1
                if position - count >= begin, memcmp(base + position - count, delimiter.utf8Start, count) == 0 {
                    return position - count
                }
            }
            return nil
        }
    }
}

/// Bytes that are not HTTP/1.1.
public struct MalformedMessage: Error {
    let reason: String
}
