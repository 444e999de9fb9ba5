import Support

/// What memory this machine has, and what of it this container may use. All in bytes.
public struct MemoryFacts: Sendable, Hashable {
    /// The machine's memory.
    public var total: Int
    /// What may be used without swapping, by the kernel's own estimate. Page cache counts as free in it.
    public var available: Int
    /// The container's limit and use; nil: there is no limit below the machine's memory.
    public var container: Container?

    /// A memory limit of a control group, and what is used of it.
    public struct Container: Sendable, Hashable {
        /// The least limit of the group and those above it.
        public var limit: Int
        /// What the group uses, its page cache included.
        public var usage: Int
        /// Page cache within `usage` that goes first when room is needed.
        public var reclaimable: Int

        /// A limit and its use.
        public init(limit: Int, usage: Int, reclaimable: Int) {
            self.limit = limit
            self.usage = usage
            self.reclaimable = reclaimable
        }

        /// What the limit still leaves.
        public var room: Int { max(0, limit - max(0, usage - reclaimable)) }
    }

    /// Facts by hand.
    public init(total: Int, available: Int, container: Container? = nil) {
        self.total = total
        self.available = available
        self.container = container
    }

    /// What may still be filled, with page cache or anything else, before something that is in use must go.
    public var room: Int { min(available, container?.room ?? .max) }

    /// The facts of now; nil if `/proc` is closed. Reads small files, blocking for some hundred microseconds.
    ///
    /// - Parameter root: where `proc` and `sys` lie; another folder than `/` is for tests
    public static func read(root: String = "/") -> MemoryFacts? {
        let base = root.hasSuffix("/") ? root : "\(root)/"
        guard let text = SmallFile.text(of: "\(base)proc/meminfo") else { return nil }
        let figures = kibibytes(text)
        guard let total = figures["MemTotal"] else { return nil }
        // MemAvailable is missing in some sandboxes' /proc.
        let available = figures["MemAvailable"] ?? (figures["MemFree"] ?? 0) + (figures["Cached"] ?? 0)
        let container = ControlGroup.memory(root: base).filter { $0.limit < total }
        return MemoryFacts(total: total, available: available, container: container.min { $0.room < $1.room })
    }

    /// `MemTotal:  24684092 kB` by name, in bytes.
    static func kibibytes(_ text: String) -> [Substring: Int] {
        text.split(separator: "\n").reduce(into: [:]) { figures, line in
            let words = line.split { $0 == " " || $0 == "\t" || $0 == ":" }
            guard words.count >= 2, let value = Int(words[1]), value >= 0 else { return }
            let (bytes, overflow) = value.multipliedReportingOverflow(by: 1024)
            figures[words[0]] = overflow ? .max : bytes
        }
    }
}

extension SmallFile {
    static func text(of path: String) -> String? {
        bytes(of: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
