import HTTPTransport
import JSON
import Jobs
import Support

/// One request to the engine, from its first byte to the last event.
struct EngineExchange: Sendable {
    /// Why it failed, and whether the connection did: then the process may be dying, and knows why.
    struct Failure: Error, Sendable {
        var failure: EngineFailure
        var isTransport = false
    }

    let client: HTTPClient
    let url: String
    let request: EngineRequest
    let stallTimeout: Duration
    /// What sees progress: each token does; for a load it is the process's own, which sees other signs too.
    var watch = StallWatch()
    let lookout: StallLookout
    /// What an answer that is not a 2xx means.
    let failure: @Sendable (_ status: Int, _ body: [UInt8]) -> EngineFailure

    /// Hands each event to `yield`. Cancelling the task closes the connection.
    func run(yield: @escaping @Sendable (EngineEvent) -> Void) async -> Result<Void, Failure> {
        watch.touch()
        return await withTaskGroup(of: Result<Void, Failure>?.self) { group in
            group.addTask { await exchange(yield) }
            group.addTask {
                guard await lookout.stall(of: watch, after: stallTimeout) else { return nil }
                let text = "The engine gave no token and no sign of progress for \(stallTimeout)."
                return .failure(Failure(failure: EngineFailure(.stalled, text)))
            }
            defer { group.cancelAll() }
            while let outcome = await group.next() {
                if let outcome { return outcome }
            }
            return .failure(Failure(failure: EngineFailure(.cancelled, "The request was cancelled.")))
        }
    }

    private func exchange(
        _ yield: @Sendable (EngineEvent) -> Void
    ) async -> Result<Void, Failure> {
        do throws(HTTPError) {
            let clock = AnswerClock.starting()
            let response = try await client.send(httpRequest)
            guard (200..<300).contains(response.status) else {
                let body = try await response.collect(upTo: 1 << 20)
                return .failure(Failure(failure: failure(response.status, body)))
            }
            watch.touch()
            var decoder = request.decoding.decoder(contentType: response.headers["Content-Type"], clock: clock)
            let executor = decoder.readsStream ? StreamExecutor.current : nil
            return try await withTaskExecutorPreference(executor) { () async throws(HTTPError) in
                try await read(response.body, with: &decoder) { event in
                    watch.touch()
                    yield(event)
                }
            }
        } catch {
            return .failure(Self.failure(of: error))
        }
    }

    private func read(
        _ body: HTTPBody,
        with decoder: inout any ResponseDecoder,
        _ yield: (EngineEvent) -> Void
    ) async throws(HTTPError) -> Result<Void, Failure> {
        var pieces = body.makeAsyncIterator()
        while let piece = try await pieces.next() {
            do throws(EngineFailure) {
                for event in try decoder.decode(piece) { yield(event) }
            } catch {
                return .failure(Failure(failure: error))
            }
        }
        do throws(EngineFailure) {
            for event in try decoder.finish() { yield(event) }
            return .success(())
        } catch {
            // The body ended as it should: the server lives, whatever became of its runner.
            return .failure(Failure(failure: error))
        }
    }

    private var httpRequest: HTTPRequest {
        var http = HTTPRequest(request.method, url + request.path)
        if let body = request.body {
            http.body = JSON.object(body).bytes
            http.headers.append((name: "Content-Type", value: "application/json"))
        }
        // A proxy is for the world outside; the engine is beside us.
        http.usesProxy = false
        return http
    }

    private static func failure(of error: HTTPError) -> Failure {
        switch error.code {
        case .cancelled:
            return Failure(failure: EngineFailure(.cancelled, "The request was cancelled."))
        case .invalidRequest, .tooLarge, .tls, .forbiddenAddress:
            return Failure(failure: EngineFailure(.refused(status: 500), error.message))
        case .couldNotResolve, .couldNotConnect, .timedOut, .connectionLost, .protocolViolation:
            let failure = EngineFailure(.died, "The connection to the engine broke: \(error.message)")
            return Failure(failure: failure, isTransport: true)
        }
    }
}
