/// Which fault strikes which request: rules in order, of which the first that applies is used. Pure.
public struct FaultScript: Sendable {
    /// How long a rule holds.
    public enum Extent: Sendable, Hashable {
        /// For so many requests.
        case times(Int)
        /// Until the rules are taken back.
        case always
    }

    private struct Rule {
        let fault: Fault
        let routes: Set<QueueRoute>
        /// Bodies of fewer bytes are spared.
        let minimumSize: Int
        var extent: Extent
    }

    private var rules: [Rule] = []

    /// No faults.
    public init() {}

    /// Adds a rule behind those that are there.
    public mutating func add(_ fault: Fault, on routes: Set<QueueRoute>, _ extent: Extent, minimumSize: Int = 0) {
        rules.append(Rule(fault: fault, routes: routes, minimumSize: minimumSize, extent: extent))
    }

    /// Takes all rules back.
    public mutating func clear() {
        rules = []
    }

    /// What happens to a request with a body of `size` bytes.
    public mutating func strike(_ route: QueueRoute, size: Int = 0) -> Fault? {
        for index in rules.indices where rules[index].routes.contains(route) && size >= rules[index].minimumSize {
            switch rules[index].extent {
            case .always:
                return rules[index].fault
            case .times(let left):
                guard left > 0 else { continue }
                rules[index].extent = .times(left - 1)
                return rules[index].fault
            }
        }
        return nil
    }
}
