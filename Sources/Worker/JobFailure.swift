import Generation
import JSON
import Jobs

/// Why a job failed, in the words and the shape that its client expects.
struct JobFailure {
    let message: String
    /// What an HTTP server would have answered: 4xx for the client's own mistakes.
    let status: Int

    /// Sorts whatever ended a job by whose matter it is.
    init(_ error: any Error) {
        message = String(describing: error)
        switch error {
        case is InputError: status = 400
        case let failure as EngineFailure:
            switch failure.kind {
            case .unknownModel: status = 404
            // What the engine cannot do at all (embeddings of a model that has none) is no reason to try again, which is
            // what OpenAI's clients do after each 5xx.
            case .refused(501): status = 400
            case .refused(let given): status = (400..<500).contains(given) ? given : 500
            default: status = 500
            }
        default: status = 500
        }
    }

    /// The job's result. A job's error is always text; for an OpenAI route it is OpenAI's error object as JSON text, with
    /// the HTTP status as its code, so that whoever relays it can answer as OpenAI would.
    func result(of job: Job, isStream: Bool) -> JobResult {
        guard job.input["openai_route"] != nil else { return .failure(message, isStream: isStream) }
        let error: JSON = [
            "error": [
                "message": .string(message),
                "type": .string(status < 500 ? "invalid_request_error" : "server_error"),
                "param": .null,
                "code": JSON(status),
            ]
        ]
        return .failure(error.description, isStream: isStream)
    }
}

extension Job {
    /// Whether the client wants chunks, as far as an input that was refused still says so.
    var asksForStream: Bool {
        [input, input["input"], input["openai_input"]].contains { $0?["stream"]?.bool == true }
    }
}
