import Support

/// The memory limits of the control groups that this process is in, version 1, version 2, or both at once.
enum ControlGroup {
    /// Every limit that applies: a group's own and those above it. The tightest counts.
    static func memory(root: String) -> [MemoryFacts.Container] {
        guard let text = SmallFile.text(of: "\(root)proc/self/cgroup") else { return [] }
        return text.split(separator: "\n").flatMap { line -> [MemoryFacts.Container] in
            // `4:memory:/docker/0123`, or `0::/` for version 2. A path may hold colons.
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return [] }
            if fields[0] == "0", fields[1].isEmpty {
                let mounts = ["\(root)sys/fs/cgroup", "\(root)sys/fs/cgroup/unified"]
                return mounts.flatMap { groups(below: $0, path: fields[2]).compactMap(second) }
            }
            guard fields[1].split(separator: ",").contains("memory") else { return [] }
            return groups(below: "\(root)sys/fs/cgroup/memory", path: fields[2]).compactMap(first)
        }
    }

    /// The group's folder and all above it. In a container the path is often the host's and does not exist inside; the
    /// mount's own folder, last in the list, is then the container's group.
    private static func groups(below mount: String, path: Substring) -> [String] {
        let parts = path.split(separator: "/")
        // A group that lies outside a container's own namespace is written with "..".
        guard !parts.contains("..") else { return [mount] }
        return (0...parts.count).reversed().map { ([mount] + parts.prefix($0).map(String.init)).joined(separator: "/") }
    }

    private static func second(_ folder: String) -> MemoryFacts.Container? {
        container(folder, limit: "memory.max", usage: "memory.current", cache: "inactive_file")
    }

    /// `total_` sums the groups below, as the usage does.
    private static func first(_ folder: String) -> MemoryFacts.Container? {
        container(folder, limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes", cache: "total_inactive_file")
    }

    /// Nil without a limit: version 2 says `max`, version 1 a number near 2^63, which is above any machine's memory.
    private static func container(
        _ folder: String,
        limit: String,
        usage: String,
        cache: String
    ) -> MemoryFacts.Container? {
        guard let limit = number("\(folder)/\(limit)"), let usage = number("\(folder)/\(usage)") else { return nil }
        let lines = SmallFile.text(of: "\(folder)/memory.stat")?.split(separator: "\n") ?? []
        let reclaimable = lines.lazy.map { $0.split(separator: " ") }.first { $0.count == 2 && $0[0] == cache }
        return MemoryFacts.Container(limit: limit, usage: usage, reclaimable: reclaimable.flatMap { Int($0[1]) } ?? 0)
    }

    private static func number(_ path: String) -> Int? {
        guard let text = SmallFile.text(of: path), let value = Int(text.prefix { !$0.isWhitespace }) else { return nil }
        return value >= 0 ? value : nil
    }
}
