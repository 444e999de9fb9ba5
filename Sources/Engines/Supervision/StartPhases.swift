import JSON

/// Turns a start's marks into phases that follow each other without a gap.
///
/// Each mark closes the running phase and opens the next. Marks that are missing (another version, a quiet log) leave
/// their time with the phase before; marks that come late or twice are ignored.
struct StartPhases: Sendable {
    /// The steps of a start in order.
    enum Step: Int, Sendable, Comparable, CaseIterable {
        case spawn, listen, discover, inspect, runnerStart, fit, vocabulary, weights, context, runnerWarmUp, notice
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

    private(set) var step: Step?
    private var attributes: JSON.Object = [:]
    private var loadAttributes: JSON.Object

    /// - Parameter model: what is known of the model before the load
    init(model: JSON.Object = [:]) {
        loadAttributes = model
    }

    /// A mark of the log.
    mutating func take(_ mark: LogMark) -> [Change] {
        switch mark {
        case .up: return enter(.listen)
        case .listening: return step.map { $0 < .listen } == true ? enter(.listen) : []
        case .discovering: return enter(.discover)
        case .device(let library, let name, let memory):
            attributes["library"] = .string(library)
            attributes["device"] = .string(name)
            attributes["memory"] = .string(memory)
            return []
        case .runnerStarting, .opening: return enter(.runnerStart)
        case .fitting: return enter(.fit)
        case .fitted: return enter(.vocabulary)
        case .weights: return enter(.weights)
        case .context: return enter(.context)
        case .runnerWarmUp: return enter(.runnerWarmUp)
        case .loaded: return enter(.notice)
        case .fact(let name, let value):
            if step?.isLoad == true { loadAttributes[name] = value }
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
