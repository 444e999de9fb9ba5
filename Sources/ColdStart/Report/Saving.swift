/// A way to make starts shorter: how much, and by which setting.
public struct Saving: Sendable, Hashable {
    /// What would be different: `read the weights ahead`.
    public let what: String
    /// What to set: `KINDLING_PREFETCH=auto`.
    public let setting: String
    /// Of the median cold start.
    public let time: Duration
    /// Whether it is no more than this, but may be less: not everything about it could be measured.
    public let isUpperBound: Bool
    /// The phases that get shorter. Savings on the same phase do not add up.
    public let phases: [String]
}

/// Finds the largest savings of a group of starts from what the phases took on the critical path: only there a second less
/// is a second less for whoever waits.
struct Savings {
    /// Below this nobody would notice.
    private static let least = Duration.milliseconds(5)

    private let shares: [String: Percentiles]
    private let waits: Percentiles
    private let floors: Percentiles?
    private let subject: StartSubject
    private let latest: Timeline

    /// - Parameter starts: cold ones that became ready, oldest first; the last one says what is set now
    init?(_ starts: [KeptStart]) {
        guard let last = starts.last else { return nil }
        // What was set otherwise before has been changed since.
        let alike = starts.filter { $0.subject.model == last.subject.model && $0.subject.engine == last.subject.engine }
        let shares = alike.map(\.timeline.shares)
        let names = Set(shares.flatMap(\.keys))
        self.shares = Dictionary(
            uniqueKeysWithValues: names.map { name in (name, Percentiles(shares.map { $0[name] ?? .zero })) }
        )
        waits = Percentiles(alike.map { $0.timeline.total - $0.timeline.workTime })
        // A key path through an optional makes the runtime copy overlapping memory (AddressSanitizer, Swift 6.3).
        let floors = alike.compactMap { $0.floor?.duration }
        self.floors = floors.isEmpty ? nil : Percentiles(floors)
        subject = last.subject
        latest = last.timeline
    }

    /// The largest first, at most `count`, none of less than a hundredth of the start.
    func largest(_ count: Int = 3) -> [Saving] {
        let total = shares.values.reduce(Duration.zero) { $0 + $1.p50 }
        return [eager, prefetch, direct, quantisation, baked, context].compactMap { $0 }
            .filter { $0.time >= max(Self.least, total / 100) }
            .sorted { ($0.time, $1.what) > ($1.time, $0.what) }
            .prefix(count).map { $0 }
    }

    private func median(_ names: [String]) -> Duration {
        names.reduce(.zero) { $0 + (shares[$1]?.p50 ?? .zero) }
    }

    /// While a lazy worker waits for its first job, the engine could have started.
    private var eager: Saving? {
        let work = shares.keys.filter { name in
            !["container", "worker", "job.take", "first_token", "first_result", "job.done", Timeline.unattributedName]
                .contains(name)
        }
        let hidden = min(waits.p50, median(work))
        guard isLazy, hidden > .zero else { return nil }
        return Saving(
            what: "start the engine while the worker waits for its first job",
            setting: "KINDLING_START=eager",
            time: hidden,
            isUpperBound: false,
            phases: work.sorted()
        )
    }

    /// Whether the engine was started when the wait was over; an eager worker waits afterwards.
    private var isLazy: Bool {
        let engine = latest.phases.filter { $0.name.hasPrefix("engine.") || $0.name == "model.load" }.map(\.begin).min()
        guard let engine else { return false }
        return latest.phases.contains { $0.isIdle && ($0.end ?? latest.end) <= engine }
    }

    /// What the weights take beyond the floor; all of it where the floor is not known.
    private var prefetch: Saving? {
        let prefetch = latest.phases.first { $0.name == Timeline.prefetch }
        let skipped = prefetch?.attributes["skipped"]?.string
        // Other reasons to skip it (in memory already, no room, a fast disk, direct reads) are good ones.
        let isOff = prefetch == nil || skipped?.hasPrefix("switched off") == true
        guard isOff, latest.attribute("load_mode") != "direct" else { return nil }
        return Saving(
            what: "read the weights ahead while the engine starts",
            setting: "KINDLING_PREFETCH=auto",
            time: max(.zero, weights - (floors?.p50 ?? .zero)),
            isUpperBound: floors == nil,
            phases: ["weights"]
        )
    }

    /// What Ollama does around its runner, and the runner's own search for what fits.
    private var direct: Saving? {
        let steps = ["engine.listen", "engine.discover", "model.inspect", "runner.fit", "runner.notice"]
        guard subject.engine?.hasPrefix("ollama") == true else { return nil }
        return Saving(
            what: "run Ollama's model files without the server in between",
            setting: "KINDLING_ENGINE=direct",
            time: median(steps),
            isUpperBound: false,
            phases: steps.filter { median([$0]) > .zero }
        )
    }

    /// Time by bytes: 4.8 bits a weight is Q4_K_M with its scales.
    private var quantisation: Saving? {
        let bits: [(prefix: String, bits: Double)] = [
            ("F32", 32), ("F16", 16), ("BF16", 16), ("Q8", 8.5), ("Q6", 6.6), ("Q5", 5.7),
        ]
        let name = subject.quantisation?.uppercased() ?? ""
        guard let now = bits.first(where: { name.hasPrefix($0.prefix) }) else { return nil }
        return Saving(
            what: "load the model in 4 bits instead of \(name.printable); answers change, so try them first",
            setting: "KINDLING_MODEL=NAME:TAG of a Q4_K_M",
            time: weights * (1 - 4.8 / now.bits),
            isUpperBound: false,
            phases: ["weights"]
        )
    }

    private var baked: Saving? {
        guard let fileSystem = latest.attribute("file_system"), Self.isRemote(fileSystem) else { return nil }
        return Saving(
            what: "bake the weights into the image instead of reading them from a network volume",
            setting: "kindling pull into /opt/kindling/models when the image is built",
            time: weights,
            isUpperBound: true,
            phases: ["weights"]
        )
    }

    private static func isRemote(_ fileSystem: String) -> Bool {
        let names = ["nfs", "fuse", "ceph", "9p", "cifs", "smb", "lustre", "glusterfs", "beegfs"]
        // Containers without privileges have their own layers on this one.
        return fileSystem != "fuse.fuse-overlayfs" && names.contains { fileSystem.hasPrefix($0) }
    }

    /// The cache's size goes with the context.
    private var context: Saving? {
        Saving(
            what: "allocate half of the context, if prompts are short enough for it",
            setting: "KINDLING_CONTEXT_LENGTH",
            time: median(["kv_cache"]) / 2,
            isUpperBound: true,
            phases: ["kv_cache"]
        )
    }

    private var weights: Duration { median(["weights", Timeline.prefetch]) }
}
