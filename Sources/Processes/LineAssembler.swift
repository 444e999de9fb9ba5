import Glibc

/// Makes lines of the bytes of one stream as they come.
struct LineAssembler {
    /// Programs do write megabytes without a newline; memory stays bounded because such a line comes in pieces.
    static let maximumLength = 64 * 1024

    private var pending: [UInt8] = []

    /// The lines that these bytes complete.
    mutating func append(_ bytes: UnsafeRawBufferPointer) -> [String] {
        var lines: [String] = []
        var rest = bytes
        // memchr: walking a collection byte by byte is 20 times slower in a debug build.
        while let start = rest.baseAddress, let newline = memchr(start, 0x0A, rest.count) {
            let length = start.distance(to: UnsafeRawPointer(newline))
            pending.append(contentsOf: rest[..<length])
            cutPending(into: &lines)
            if pending.last == 0x0D { pending.removeLast() }
            lines.append(takePending())
            rest = UnsafeRawBufferPointer(rebasing: rest[(length + 1)...])
        }
        pending.append(contentsOf: rest)
        cutPending(into: &lines)
        return lines
    }

    /// The last line, if it had no newline.
    mutating func finish() -> String? {
        pending.isEmpty ? nil : takePending()
    }

    private mutating func takePending() -> String {
        defer { pending.removeAll(keepingCapacity: true) }
        return String(decoding: pending, as: UTF8.self)
    }

    private mutating func cutPending(into lines: inout [String]) {
        while pending.count > Self.maximumLength {
            let end = Self.boundary(in: pending)
            lines.append(String(decoding: pending[..<end], as: UTF8.self))
            pending.removeFirst(end)
        }
    }

    /// Where to cut so that no character is torn: a UTF-8 character has at most three continuation bytes.
    private static func boundary(in bytes: [UInt8]) -> Int {
        for end in stride(from: maximumLength, to: maximumLength - 4, by: -1) where bytes[end] & 0xC0 != 0x80 {
            return end
        }
        return maximumLength
    }
}
