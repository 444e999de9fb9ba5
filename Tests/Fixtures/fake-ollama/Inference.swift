import JSON
import TestSupport

/// Requests for a model: what is wrong with them, the model's runner, the answer.
extension Server {
    func infer(_ request: InferenceRequest, _ exchange: Exchange) throws {
        flood()
        if switches.isOn(.busy) {
            throw Refusal(503, "server busy, please try again.  maximum pending requests exceeded")
        }
        let recording = switches.text(.tokens) == nil ? library.answer(to: exchange.key) : nil
        let script = recording.map(Script.init(replaying:))
        // A recorded refusal is sent as it is; all else must be for a model that is here.
        if let script, script.status != 200, !script.needsRunner {
            return try exchange.play(script, on: nil, loaded: .zero)
        }
        let model = try request.check(models: models)
        let demand = demand(request, model, exchange)
        if request.isLoadOnly, request.unloads {
            scheduler.unload(model.name)
            return try exchange.sendLoadAnswer(request, reason: "unload")
        }
        try scheduler.withRunner(demand) { runner in
            let loaded = exchange.begin.duration(to: .now)
            if request.isLoadOnly { return try exchange.sendLoadAnswer(request, reason: "load") }
            if let script { return try exchange.play(script, on: runner, loaded: loaded) }
            try request.checkAtRunner(
                model: model,
                context: Schedule.rounded(request.context ?? settings.context)
            )
            let length = switches.number(.tokens)
            let script = try Script(generating: request, library: library, naturalLength: length)
            try exchange.play(script, on: runner, loaded: loaded)
        }
    }

    private func demand(_ request: InferenceRequest, _ model: Model, _ exchange: Exchange) -> Demand {
        Demand(
            ticket: exchange.ticket,
            model: model.name,
            context: request.context,
            keepAlive: ServerSettings.lasting(request.keepAlive, default: settings.keepAlive),
            connection: exchange.connection
        )
    }
}
