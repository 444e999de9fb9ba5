/// What the queue saw of one request.
struct Exchange: Sendable {
    enum Kind: Sendable {
        case take, stop, stream, done, ping, other
    }

    let kind: Kind
    /// The request was read whole; at a queue that is far away, after its way there.
    let arrived: Instant
    /// Just before the answer was written; from a queue that is far away, after the way back.
    var answered: Instant
    /// Handed out by a take, or reported on by a POST.
    var jobs: [String]
    /// Of the request's body.
    let bytes: Int
    /// In the request's body.
    var tokens = 0
    var reportsError = false
}

extension [Exchange] {
    func of(_ kinds: Exchange.Kind...) -> [Exchange] {
        filter { kinds.contains($0.kind) }
    }

    /// The POSTs that concern one job, in the order in which they came.
    func posts(about job: String) -> [Exchange] {
        filter { ($0.kind == .stream || $0.kind == .done) && $0.jobs == [job] }.sorted { $0.arrived < $1.arrived }
    }

    /// When each job was handed out.
    var handOuts: [String: Instant] {
        reduce(into: [:]) { moments, exchange in
            guard exchange.kind == .take else { return }
            for job in exchange.jobs { moments[job] = exchange.answered }
        }
    }

    /// When each job's result arrived.
    var results: [String: Instant] {
        reduce(into: [:]) { moments, exchange in
            guard exchange.kind == .done, let job = exchange.jobs.first else { return }
            moments[job] = exchange.arrived
        }
    }
}
