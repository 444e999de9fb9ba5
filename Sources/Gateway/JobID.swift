/// Makes job ids in the platform's form: a random UUID (version 4) with the suffix `-u1`, `sync-` before it for `/runsync`.
enum JobID {
    static func make(isSync: Bool = false) -> String {
        (isSync ? "sync-" : "") + uuid() + "-u1"
    }

    /// An id for a request that is no job of the queue: `req-` and a random UUID.
    static func request() -> String {
        "req-" + uuid()
    }

    private static func uuid() -> String {
        var random = SystemRandomNumberGenerator()
        let version: UInt64 = 0x4000, versionMask: UInt64 = 0xF000
        let variant: UInt64 = 0x8 << 60, variantMask: UInt64 = 0xC << 60
        let high = random.next() & ~versionMask | version
        let low = random.next() & ~variantMask | variant
        let digits = hex(high) + hex(low)
        let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(decoding: digits[$0], as: UTF8.self) }
        return groups.joined(separator: "-")
    }

    private static func hex(_ value: UInt64) -> [UInt8] {
        stride(from: 60, through: 0, by: -4).map { shift in
            let digit = UInt8(value >> UInt64(shift) & 0xF)
            return digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
    }
}
