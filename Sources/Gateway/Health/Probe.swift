import JSON
import Jobs

/// A question after health.
enum Probe: Sendable, Hashable {
    /// `/ping`, and whatever a platform calls it: 204 on the way, 200 ready, else 503.
    case readiness
    /// Whether the process answers at all: `/v2/health/live`.
    case live
    /// Whether requests are answered now: `/v2/health/ready`. A 2xx is a yes to whoever asks here.
    case ready

    /// The answer's status, and its body where the status leaves room for one.
    func answer(_ condition: ServiceCondition, whileStarting: Int) -> (status: Int, body: JSON?) {
        switch (self, condition) {
        case (.live, _): (200, ["live": true])
        case (.ready, .ready): (200, ["ready": true])
        case (.ready, _): (503, condition.body(["ready": false]))
        case (.readiness, .ready): (200, ["status": "ready"])
        case (.readiness, .starting): whileStarting == 204 ? (204, nil) : (whileStarting, condition.body([:]))
        case (.readiness, .failed), (.readiness, .draining): (503, condition.body([:]))
        }
    }
}

extension ServiceCondition {
    var word: String {
        switch self {
        case .starting: "starting"
        case .ready: "ready"
        case .failed: "failed"
        case .draining: "draining"
        }
    }

    fileprivate func body(_ members: JSON.Object) -> JSON {
        var members = members
        members["status"] = .string(word)
        if case .failed(let cause) = self { members["error"] = .string(cause) }
        return .object(members)
    }
}
