/// What a figure of ours has to reach.
enum Target: Sendable, Equatable {
    /// Nothing: the figure explains another one.
    case none
    case atMost(Double)
    case atLeast(Double)
    /// At most the SDK's figure times this.
    case atMostOfSDK(Double)
    /// At least the SDK's figure times this.
    case atLeastOfSDK(Double)

    enum Verdict: String, Sendable {
        case met = "yes"
        case missed = "**missed**"
        /// No target, or a figure that it needs is missing.
        case open = "–"
    }

    func verdict(ours: Double?, sdk: Double?) -> Verdict {
        guard let ours, let limit = limit(sdk: sdk) else { return .open }
        switch self {
        case .atMost, .atMostOfSDK: return ours <= limit ? .met : .missed
        case .atLeast, .atLeastOfSDK: return ours >= limit ? .met : .missed
        case .none: return .open
        }
    }

    private func limit(sdk: Double?) -> Double? {
        switch self {
        case .none: nil
        case .atMost(let limit), .atLeast(let limit): limit
        case .atMostOfSDK(let factor), .atLeastOfSDK(let factor): sdk.map { $0 * factor }
        }
    }

    /// For the table.
    func text(unit: String) -> String {
        switch self {
        case .none: ""
        case .atMost(let limit): "at most \(shortText(limit)) \(unit)"
        case .atLeast(let limit): "at least \(shortText(limit)) \(unit)"
        case .atMostOfSDK(1): "no more than the SDK's"
        case .atMostOfSDK(let factor): "at most 1/\(shortText(1 / factor)) of the SDK's"
        case .atLeastOfSDK(let factor): "at least \(shortText(factor)) × the SDK's"
        }
    }
}

/// Without decimals that say nothing: `0.3`, `5`, `1,600`.
private func shortText(_ value: Double) -> String {
    value == value.rounded() ? value.grouped : "\(value)"
}
