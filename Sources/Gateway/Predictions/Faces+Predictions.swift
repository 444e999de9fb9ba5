import HummingbirdCore
import JSON
import Jobs
import LocalQueue

// SageMaker's `/invocations`, Vertex AI's predict route, KServe's `:predict`.

extension Faces {
    func predict(_ model: String?, _ exchange: Exchange) async throws -> Response {
        let example = "{\"instances\": [\"Hello\"]}"
        switch try Prediction(try await exchange.object(upTo: bodyLimit, example: example), model: model) {
        case .one(let instance) where instance.streams:
            return try await stream(instance.input, as: ServerSentStream(end: .done), exchange)
        case .one(let instance):
            return .json(200, instance.answer.words(try await answer(instance.input, exchange)))
        case .many(let instances):
            let outputs = try await answers(instances.map(\.input), called: "instances", exchange)
            return .json(200, ["predictions": .array(zip(instances, outputs).map { $0.answer.words($1) })])
        }
    }

    /// Answers many in order, a few side by side. The first failure ends them all.
    ///
    /// - Parameter name: what the many are called, for errors: `instances`
    func answers(
        _ inputs: [InferenceRequest.Input],
        called name: String,
        _ exchange: Exchange
    ) async throws -> [JSON] {
        try await exchange.connection.whileThere {
            try await inOrder(inputs, atOnce: predictionsAtOnce) { index, input in
                while true {
                    do throws(Refusal) {
                        return try await answer(InferenceRequest(id: "\(exchange.id)-\(index)", input: input))
                    } catch {
                        // The request is in: what it has done already is not thrown away because the line is full now.
                        // An engine's own 429 names no time, and is the answer.
                        guard error.status == 429, error.retryAfter != nil, index > 0 else {
                            throw error.naming("\(name)[\(index)]")
                        }
                    }
                    try await Task.sleep(for: .milliseconds(250))
                }
            }
        }
    }
}

/// Does something with each item, at most so many at once, and gives what came of them in the items' order.
func inOrder<Item: Sendable, Result: Sendable>(
    _ items: [Item],
    atOnce limit: Int,
    _ work: @escaping @Sendable (Int, Item) async throws -> Result
) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
        var results = [Result?](repeating: nil, count: items.count)
        for (index, item) in items.enumerated() {
            if index >= max(1, limit), let (done, result) = try await group.next() { results[done] = result }
            group.addTask { (index, try await work(index, item)) }
        }
        for try await (done, result) in group { results[done] = result }
        return results.compactMap(\.self)
    }
}
