import JSON
import Jobs
import LocalQueue

/// A request without a route of its own, told by its shape: a body of `/invocations`, or one instance of a prediction.
///
/// | shape | is |
/// | --- | --- |
/// | `"text"` | a completion |
/// | `{"messages": […]}` | OpenAI's chat |
/// | `{"prompt": …}` | OpenAI's completion |
/// | `{"input": "text" or […]}` | OpenAI's embeddings |
/// | `{"input": {…}}` | a queue's job |
/// | `{"inputs": "text", "parameters": {…}}` | a completion in Hugging Face's words |
struct Instance: Sendable, Hashable {
    /// In whose words the answer is given.
    enum Answer: Sendable, Hashable {
        case asItIs
        /// The text alone, as who sends text expects.
        case text
        /// `[{"generated_text": TEXT}]`, the prompt before the text if that was asked for.
        case generatedText(prompt: String)
    }

    let input: InferenceRequest.Input
    let streams: Bool
    let answer: Answer

    /// - Parameters:
    ///   - defaults: what the body may leave unsaid, in anybody's names
    ///   - model: the model that the path names
    /// - Throws: ``Refusal`` with 400
    init(_ instance: JSON, defaults: JSON.Object = [:], model: String? = nil) throws(Refusal) {
        switch instance {
        case .string(let prompt):
            self = try Self.completion(["prompt": .string(prompt)], defaults, model, answer: .text)
        case .object(let body):
            guard body.count <= PredictionLimits.members else {
                throw Refusal(400, "It has \(body.count) members; at most \(PredictionLimits.members) are taken.")
            }
            switch try Shape(of: body) {
            case .messages: self = try Self.openAI("/v1/chat/completions", body, defaults, model)
            case .prompt: self = try Self.openAI("/v1/completions", body, defaults, model)
            case .inputs: self = try Self.huggingFace(body, defaults, model)
            case .input:
                guard case .object(let job)? = body["input"] else {
                    self = try Self.openAI("/v1/embeddings", body, [:], model)
                    return
                }
                self = try Self.job(job, defaults, model)
            }
        default: throw Refusal(400, "It is \(instance.typeName); it must be text or an object with \(Shape.known).")
        }
    }

    private init(_ input: InferenceRequest.Input, streams: Bool, answer: Answer) {
        self.input = input
        self.streams = streams
        self.answer = answer
    }

    private enum Shape: String, CaseIterable {
        case messages, prompt, inputs, input

        static let known = allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")

        init(of body: JSON.Object) throws(Refusal) {
            let found = Self.allCases.filter { body[$0.rawValue]?.isNull == false }
            guard let first = found.first else {
                throw Refusal(400, "The object must have one of \(Self.known), to say what is wanted.")
            }
            guard found.count == 1 else {
                let both = "\"\(first.rawValue)\" and \"\(found[1].rawValue)\""
                throw Refusal(400, "The object has both \(both). Send one of them.")
            }
            self = first
        }
    }

    private static func openAI(
        _ path: String,
        _ body: JSON.Object,
        _ defaults: JSON.Object,
        _ model: String?,
        answer: Answer = .asItIs
    ) throws(Refusal) -> Instance {
        var body = body
        body.fill(from: defaults.inOpenAIsWords)
        if let model { body["model"] = .string(model) }
        return Instance(.openAI(path, body), streams: try body.streams() ?? false, answer: answer)
    }

    private static func completion(
        _ body: JSON.Object,
        _ defaults: JSON.Object,
        _ model: String?,
        answer: Answer
    ) throws(Refusal) -> Instance {
        try openAI("/v1/completions", body, defaults, model, answer: answer)
    }

    private static func huggingFace(
        _ body: JSON.Object,
        _ defaults: JSON.Object,
        _ model: String?
    ) throws(Refusal) -> Instance {
        guard case .string(let prompt)? = body["inputs"] else {
            let type = (body["inputs"] ?? .null).typeName
            throw Refusal(400, "\"inputs\" is \(type); it must be text. Send several texts as \"instances\".")
        }
        var parameters: JSON.Object = [:]
        switch body["parameters"] {
        case .object(let given)?: parameters = given
        case nil, .null: break
        case let other?: throw Refusal(400, "\"parameters\" is \(other.typeName); it must be an object.")
        }
        parameters.fill(from: defaults)
        let withPrompt = parameters["return_full_text"]?.bool ?? false
        var completion = parameters.inOpenAIsWords
        completion["prompt"] = .string(prompt)
        for key in ["stream", "model"] { completion[key] = body[key] ?? completion[key] }
        return try self.completion(
            completion,
            [:],
            model,
            answer: .generatedText(prompt: withPrompt ? prompt : "")
        )
    }

    private static func job(_ job: JSON.Object, _ defaults: JSON.Object, _ model: String?) throws(Refusal) -> Instance {
        var job = job
        // The body of an OpenAI route lies one level deeper, and so does what it may leave unsaid.
        if case .object(var body)? = job["openai_input"] {
            body.fill(from: defaults.inOpenAIsWords)
            if let model { body["model"] = .string(model) }
            job["openai_input"] = .object(body)
            return Instance(.job(.object(job)), streams: try body.streams() ?? false, answer: .asItIs)
        }
        job.fill(from: defaults)
        if let model { job["model"] = .string(model) }
        return Instance(.job(.object(job)), streams: try job.streams() ?? false, answer: .asItIs)
    }
}

extension JSON.Object {
    /// Adds the members that are not there.
    fileprivate mutating func fill(from defaults: JSON.Object) {
        for (key, value) in defaults where self[key] == nil { self[key] = value }
    }
}
