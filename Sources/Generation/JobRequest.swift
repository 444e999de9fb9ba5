public import JSON
public import Jobs

/// What a job asks for.
public enum JobRequest: Sendable, Hashable {
    /// One request to the engine.
    case generation(Generation)
    /// Many in one job, run side by side and answered in order. A bad one fails in its place only.
    case batch([Result<Generation, InputError>])
    /// Make ready and say how the start went. The model, if one is named.
    case warmup(model: String?)
    /// List the engine's models.
    case models

    /// Reads a job's input. Takes microseconds and asks nobody.
    public init(parsing input: JSON, policy: GenerationPolicy = GenerationPolicy()) throws(InputError) {
        guard case .object(let fields) = input else {
            throw InputError(
                "the job's input must be an object such as {\"prompt\": \"…\"}, but it is \(input.typeName)"
            )
        }
        try Self.checkSize(of: input, policy)
        switch try Kind(of: fields) {
        case .prompt:
            self = .generation(try NativeInput(fields: fields, policy: policy).generate())
        case .messages:
            self = .generation(try NativeInput(fields: fields, policy: policy).chat())
        case .prompts:
            self = .batch(try BatchInput(fields: fields, policy: policy).generations())
        case .embed:
            self = .generation(try Self.embedding(fields, policy))
        case .method:
            self = .generation(try Self.method(fields, policy))
        case .openAI:
            let generation = try OpenAIInput(input: fields, policy: policy).generation()
            self = generation.map(JobRequest.generation) ?? .models
        case .warmup:
            try FieldTable(["model": .string]).check(fields)
            self = .warmup(model: policy.model(fields.model))
        }
    }
}

extension JobRequest {
    /// Reads a request to our own port.
    public init(answering input: InferenceRequest.Input, policy: GenerationPolicy) throws(InputError) {
        switch input {
        case .job(let input):
            self = try JobRequest(parsing: input, policy: policy)
        case .load(let model):
            self = .warmup(model: policy.model(model))
        case .openAI(let path, let body):
            try Self.checkSize(of: .object(body), policy)
            let input: JSON.Object = ["openai_route": .string(path), "openai_input": .object(body)]
            let generation = try OpenAIInput(input: input, policy: policy, prefix: "").generation()
            self = generation.map(JobRequest.generation) ?? .models
        case .native(let route, let fields):
            try Self.checkSize(of: .object(fields), policy)
            let input = NativeInput(fields: fields, policy: policy)
            switch route {
            case .generate: self = .generation(try input.generate())
            case .chat: self = .generation(try input.chat())
            case .embed: self = .generation(try input.embed())
            case .embeddings: self = .generation(try input.embeddings())
            case .openAI(let path): try self.init(answering: .openAI(path, fields), policy: policy)
            }
        }
    }

    private static func checkSize(of input: JSON, _ policy: GenerationPolicy) throws(InputError) {
        guard !InputSize.exceeds(policy.maximumInputBytes, input) else {
            throw InputError(
                "the job's input is larger than the \(policy.maximumInputBytes) bytes that are taken (KINDLING_JOB_MEGABYTES)"
            )
        }
    }

    /// The member that says what kind of input it is.
    private enum Kind: String, CaseIterable {
        case prompt, messages, prompts, embed, warmup
        case openAI = "openai_route"
        case method = "method_name"

        init(of fields: JSON.Object) throws(InputError) {
            try FieldTable(["warmup": .boolean]).check(fields)
            let found = Self.allCases.filter { kind in
                guard let value = fields.present(kind.rawValue) else { return false }
                return kind != .warmup || value == true
            }
            guard let first = found.first else { throw Self.nothingToDo(fields) }
            if found.count > 1 {
                let second = found[1].rawValue
                let both = "\"\(first.rawValue)\" and \"\(second)\""
                throw InputError("the input has both \(both); a job does one thing, so send one of them", at: second)
            }
            self = first
        }

        private static func nothingToDo(_ fields: JSON.Object) -> InputError {
            let known = alternatives(allCases.map { "\"\($0.rawValue)\"" })
            let found =
                fields.isEmpty
                ? "it is empty" : "it has only \(fields.prefix(5).map { "\"\($0.key)\"" }.joined(separator: ", "))"
            return InputError("the job's input must have \(known), but \(found)")
        }
    }

    /// `{"embed": "text"}`, `{"embed": ["a", "b"]}` or `{"embed": {"input": …}}`, further fields beside or inside.
    private static func embedding(_ fields: JSON.Object, _ policy: GenerationPolicy) throws(InputError) -> Generation {
        let texts = FieldType.either(.either(.string, .list(of: .string)), .object)
        let content = fields["embed"] ?? .null
        try texts.check(content, at: "embed")
        var request = fields
        request["embed"] = nil
        guard let inner = content.object else {
            request["input"] = content
            return try NativeInput(fields: request, policy: policy).embed()
        }
        try NativeFields.embed.check(request)
        try FieldTable.checkCount(of: inner, at: "embed")
        for (key, value) in inner { request[key] = value }
        return try NativeInput(fields: request, policy: policy, prefix: "embed.").embed()
    }

    /// `{"method_name": "chat", "input": {…}}`: Ollama's routes by name.
    private static func method(_ fields: JSON.Object, _ policy: GenerationPolicy) throws(InputError) -> Generation {
        try FieldTable([
            "method_name": .choice(["generate", "chat", "embed", "embeddings"]),
            "input": .object,
            "include": .list(of: .choice(["timings"])),
            "stream": .boolean,
        ]).check(fields)
        guard var inner = fields.present("input")?.object else {
            throw InputError(missing: "input", mustBe: "an object with the method's fields")
        }
        for key in ["include", "stream"] where inner[key] == nil { inner[key] = fields[key] }
        let request = NativeInput(fields: inner, policy: policy, prefix: "input.")
        return switch fields["method_name"]?.string {
        case "chat": try request.chat()
        case "embed": try request.embed()
        case "embeddings": try request.embeddings()
        default: try request.generate()
        }
    }
}
