import HummingbirdCore
import Jobs

extension Responder {
    /// Answered from what is known: a check every second must cost nothing and wait for nobody.
    func health(_ probe: Probe) async -> Response {
        let (status, body) = probe.answer(await condition(), whileStarting: statusWhileStarting)
        guard let body else { return Response(status: .init(code: status)) }
        return .json(status, body)
    }

    /// Of a gateway that closes: draining, whether or not whoever answers has heard of it yet.
    private func condition() async -> ServiceCondition {
        guard !desk.isClosing else { return .draining }
        return await inference?.condition() ?? .ready
    }
}
