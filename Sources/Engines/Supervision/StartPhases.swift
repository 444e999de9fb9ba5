import JSON

/// Turns a start's marks into phases that follow each other without a gap.
///
/// Each mark closes the running phase and opens the next. Marks that are missing (another version, a quiet log) leave
/// their time with the phase before; marks that come late or twice are ignored.
struct StartPhases: Sendable {
    /// The steps of a start in order.
    enum Step: Int, Sendable, Comparable, CaseIterable {
        case spawn, listen, discover, inspect, runnerStart, fit, vocabulary, weights, context, kvCache, compile
        case runnerWarmUp, notice
        case warmUp

        var name: String {
            switch self {
            case .spawn: "engine.spawn"
            case .listen: "engine.listen"
            case .discover: "engine.discover"
            case .inspect: "model.inspect"
            case .runnerStart: "runner.start"
            case .fit: "runner.fit"
            case .vocabulary: "runner.vocabulary"
            case .weights: "weights"
            case .context: "context"
            case .kvCache: "kv_cache"
            case .compile: "compile"
            case .runnerWarmUp: "runner.warmup"
            // Ollama asks its runner every 250 ms whether it is ready.
            case .notice: "runner.notice"
            case .warmUp: "warmup"
            }
        }

        /// Whether it is a part of `model.load`.
        var isLoad: Bool { (Self.inspect...Self.notice).contains(self) }

        static func < (left: Step, right: Step) -> Bool { left.rawValue < right.rawValue }
    }

    /// What to tell the recorder.
    enum Change: Sendable, Hashable {
        case begin(String, parent: String?)
        case end(String, attributes: JSON.Object)
    }

    static let load = "model.load"
    /// The attribute that holds the engine's words about memory that it did not get.
    static let memoryShort = "out_of_memory"

    private(set) var step: Step?
    /// The engine's version, the first that the log names: Ollama's own before its runner's.
    private(set) var version: String?
    /// The devices that the engine found.
    private(set) var devices: [String] = []
    private var attributes: JSON.Object = [:]
    private(set) var loadAttributes: JSON.Object = [:]
    /// Whether the runner finds out what fits into memory; it does not where we know already.
    var fits = true

    /// What is known of the model, or decided about its load.
    mutating func addToLoad(_ attributes: JSON.Object) {
        for (name, value) in attributes { loadAttributes[name] = value }
    }

    /// What identifies this start among others.
    var facts: JSON.Object {
        var facts: JSON.Object = [:]
        for name in ["model", "digest", "quantisation", "load_mode"] { facts[name] = loadAttributes[name] }
        facts["engine_version"] = version.map { .string($0) }
        facts["device"] = devices.first.map { .string($0) }
        return facts
    }

    /// A mark of the log.
    mutating func take(_ mark: LogMark) -> [Change] {
        switch mark {
        case .up(let version):
            self.version = self.version ?? version
            return enter(.listen)
        case .listening(let version):
            self.version = self.version ?? version
            return step.map { $0 < .listen } == true ? enter(.listen) : []
        case .discovering: return enter(.discover)
        case .device(let library, let name, let memory):
            if library != "cpu", !name.isEmpty { devices.append(name) }
            attributes["library"] = .string(library)
            attributes["device"] = .string(name)
            attributes["memory"] = .string(memory)
            return []
        case .runnerStarting: return enter(.runnerStart)
        // Without a first pass over the metadata the vocabulary is what comes next.
        case .opening: return enter(fits ? .runnerStart : .vocabulary)
        case .fitting: return enter(.fit)
        case .fitted: return enter(.vocabulary)
        case .weights(let mode):
            let changes = enter(.weights)
            if let mode { loadAttributes["load_mode"] = .string(mode) }
            return changes
        case .context: return enter(.context)
        // The first pass over the metadata lays out a cache, too.
        case .kvCache: return step == .context ? enter(.kvCache) : []
        case .compile: return step == .context || step == .kvCache ? enter(.compile) : []
        case .runnerWarmUp: return enter(.runnerWarmUp)
        case .loaded: return enter(.notice)
        case .fact(let name, let value):
            // The header's own word for it (`Q4_K_M`) is the one that users know.
            let isKnown = name == "quantisation" && loadAttributes[name] != nil
            if step?.isLoad == true, !isKnown { loadAttributes[name] = value }
            return []
        case .memoryShort(let text):
            // A GPU's memory is taken as late as the first run. Before the load, words of it are the search for devices.
            if let step, step >= .inspect { loadAttributes[Self.memoryShort] = .string(text) }
            return []
        }
    }

    /// The supervisor's own knowledge: the spawn, the load request, the warm-up.
    mutating func enter(_ next: Step) -> [Change] {
        guard step.map({ $0 < next }) ?? true else { return [] }
        var changes = leave(for: next)
        if next.isLoad, step?.isLoad != true { changes.append(.begin(Self.load, parent: nil)) }
        changes.append(.begin(next.name, parent: next.isLoad ? Self.load : nil))
        step = next
        return changes
    }

    /// The start is over, well or not.
    mutating func finish(error: String? = nil) -> [Change] {
        if let error { attributes["error"] = .string(error) }
        let changes = leave(for: nil)
        step = nil
        return changes
    }

    private mutating func leave(for next: Step?) -> [Change] {
        guard let step else { return [] }
        var changes = [Change.end(step.name, attributes: attributes)]
        attributes = [:]
        if step.isLoad, next?.isLoad != true {
            changes.append(.end(Self.load, attributes: loadAttributes))
        }
        return changes
    }
}
