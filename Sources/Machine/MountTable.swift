extension Mount {
    /// The lines of `/proc/self/mountinfo`, in the order of mounting. A line that is none is left out.
    static func parse(_ text: String) -> [Mount] {
        text.split(separator: "\n").compactMap(line)
    }

    /// `42 27 0:39 / /models ro,nosuid shared:1 - fuse.juicefs JuiceFS:vol rw,user_id=0`: the fields before the dash
    /// vary in number.
    private static func line(_ text: Substring) -> Mount? {
        let fields = text.split(separator: " ", omittingEmptySubsequences: true)
        guard fields.count > 6, let dash = fields[6...].firstIndex(of: "-"), dash + 2 < fields.count else { return nil }
        let device = fields[2].split(separator: ":").map { Int($0) }
        guard device.count == 2, let major = device[0], let minor = device[1] else { return nil }
        // Read-only is the mount's own option, or the file system's.
        let options =
            fields[5].split(separator: ",") + (dash + 3 < fields.count ? fields[dash + 3].split(separator: ",") : [])
        return Mount(
            folder: unescaped(fields[4]),
            fileSystem: String(fields[dash + 1]),
            source: unescaped(fields[dash + 2]),
            major: major,
            minor: minor,
            isReadOnly: options.contains("ro")
        )
    }

    /// Of the mounts above a path the deepest, and of several on one folder the last, which hides the others. A mount of
    /// the file's own device goes before them: a bind mount of a single file has a folder that is none.
    static func choose(from table: [Mount], path: String, device: (major: Int, minor: Int)) -> Mount? {
        let above = table.filter { $0.contains(path) }
        let own = above.filter { $0.major == device.major && $0.minor == device.minor }
        return deepest(own) ?? deepest(above)
    }

    private static func deepest(_ mounts: [Mount]) -> Mount? {
        // `max(by:)` gives the first of equals.
        mounts.reversed().max { $0.folder.utf8.count < $1.folder.utf8.count }
    }

    private func contains(_ path: String) -> Bool {
        folder == "/" || path == folder || path.hasPrefix("\(folder)/")
    }

    /// Blanks, tabs, line feeds and backslashes stand there as three octal digits.
    private static func unescaped(_ text: Substring) -> String {
        guard text.utf8.contains(UInt8(ascii: "\\")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
