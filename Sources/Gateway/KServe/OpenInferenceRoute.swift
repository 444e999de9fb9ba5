/// The routes of the Open Inference Protocol, KServe's second version, below `/v2`. Health is the gateway's own.
enum OpenInferenceRoute: Sendable, Hashable {
    case server
    case model(String)
    case ready(String)
    case infer(String)

    init?(_ segments: [String]) {
        guard let first = segments.first else {
            self = .server
            return
        }
        let rest = segments.dropFirst()
        guard first == "models", let last = rest.last else { return nil }
        let name = { (segments: ArraySlice<String>) in segments.joined(separator: "/") }
        switch (last, rest.count) {
        case ("ready", 2...): self = .ready(name(rest.dropLast()))
        case ("infer", 2...): self = .infer(name(rest.dropLast()))
        default: self = .model(name(rest))
        }
    }

    var methods: [String] {
        switch self {
        case .server, .model, .ready: ["GET", "HEAD"]
        case .infer: ["POST"]
        }
    }
}
