import Glibc

/// Files of a few kilobytes that are read whole, such as those below `/proc`. Blocks; for use at start.
public enum SmallFile {
    /// The bytes of a file, nil if it cannot be read or is larger than `limit`.
    public static func bytes(of path: String, limit: Int = 1 << 20) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return bytes(from: descriptor, limit: limit)
    }

    /// What a descriptor still has to give, nil if that cannot be read or is more than `limit`.
    public static func bytes(from descriptor: Int32, limit: Int) -> [UInt8]? {
        var whole: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0, whole.count + count <= limit else { return nil }
            guard count > 0 else { return whole }
            whole += buffer[..<count]
        }
    }

    /// Writes a file anew. False if that failed; `errno` says why.
    public static func write(_ bytes: [UInt8], to path: String) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// The environment that this process was started with.
    ///
    /// From `/proc`, because `environ` is a mutable global that any thread of any library may change.
    public static func environment() -> [String: String] {
        let entries = (bytes(of: "/proc/self/environ", limit: 16 << 20) ?? []).split(separator: 0)
        return entries.reduce(into: [:]) { environment, entry in
            guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { return }
            let name = String(decoding: entry[..<equals], as: UTF8.self)
            environment[name] = String(decoding: entry[(equals + 1)...], as: UTF8.self)
        }
    }

    /// A random identifier, `xxxxxxxx-xxxx-4xxx-…`, from the kernel.
    public static func uuid() -> String {
        let text = bytes(of: "/proc/sys/kernel/random/uuid").map { String(decoding: $0, as: UTF8.self) } ?? ""
        let line = text.prefix { !$0.isNewline }
        return line.isEmpty ? String(UInt64.random(in: .min ... .max), radix: 16) : String(line)
    }
}
