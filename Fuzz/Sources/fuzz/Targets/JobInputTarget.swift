import Generation
import JSON
import Jobs

/// No input gets past the operator's limits: what reaches the engine has them under every name that an engine reads.
enum JobInputTarget: FuzzTarget {
    static let name = "job-input"

    private static let policy = GenerationPolicy(tokenCap: 4096, pinnedContext: 8192, maximumPrompts: 16)

    static func run(_ input: [UInt8]) throws {
        guard let json = try? JSON(parsing: input) else { return }
        let request: JobRequest
        do {
            request = try JobRequest(parsing: json, policy: policy)
        } catch {
            promise(!error.description.isEmpty, "an error has words")
            return
        }
        switch request {
        case .generation(let generation): try check(generation)
        case .batch(let items):
            promise(items.count <= policy.maximumPrompts, "a job brings \(items.count) prompts")
            for case .success(let generation) in items { try check(generation) }
        case .warmup, .models: break
        }
    }

    private static func check(_ generation: Generation) throws {
        let call = generation.call(model: "the-model")
        let body = call.body ?? [:]
        promise(values("model", in: body) == ["the-model"], "one model answers: \(body)")
        _ = try JSON(parsing: JSON.object(body).bytes, maximumDepth: 140)
        checkMedia(.object(body), under: "")
        if case .openAI(let path) = call.route {
            checkOpenAI(body, path)
        } else {
            checkNative(body, isGenerating: call.route == .generate || call.route == .chat)
        }
    }

    private static func checkNative(_ body: JSON.Object, isGenerating: Bool) {
        promise(values("keep_alive", in: body) == [-1], "the model stays loaded: \(body)")
        let allOptions = values("options", in: body)
        promise(allOptions.count <= 1, "options stand there once: \(body)")
        let options = allOptions.first?.object ?? [:]
        promise(values("num_ctx", in: options).isEmpty, "the context stays as it was loaded: \(body)")
        guard isGenerating else { return }
        let limits = values("num_predict", in: options).map(\.int)
        promise(limits.count == 1 && isWithinCap(limits[0]), "one limit holds: \(body)")
        promise(values("stream", in: body) == [true], "the engine streams: \(body)")
    }

    private static func checkOpenAI(_ body: JSON.Object, _ path: String) {
        promise(values("keep_alive", in: body).isEmpty, "how long the model stays is not the job's matter: \(body)")
        guard path != "/v1/embeddings" else { return }
        let names = ["max_tokens", "max_completion_tokens", "max_output_tokens", "n_predict"]
        let limits = names.flatMap { values($0, in: body) }.filter { !$0.isNull }.map(\.int)
        promise(!limits.isEmpty && limits.allSatisfy(isWithinCap), "every limit holds: \(body)")
        promise(values("stream", in: body) == [true], "the engine streams: \(body)")
    }

    /// Engines fetch what they are given, `file:` included, from inside the operator's network.
    private static func checkMedia(_ value: JSON, under name: String) {
        switch value {
        case .string(let text):
            guard ["url", "uri", "image", "images", "image_url", "input_image", "file_url"].contains(name) else {
                return
            }
            let start = text.unicodeScalars.drop { $0.value <= 0x20 }.prefix(6).map { String($0).lowercased() }.joined()
            let isURL = ["http:", "https:", "file:", "ftp:"].contains { start.hasPrefix($0) }
            promise(!isURL, "no URL reaches the engine: \(name): \(text)")
        case .array(let elements): for element in elements { checkMedia(element, under: name) }
        case .object(let members):
            // What somebody said before, in these, is no order to fetch.
            let said = ["annotations", "arguments", "function_call", "tool_calls"]
            for (key, value) in members where !said.contains(key) { checkMedia(value, under: folded(key)) }
        case .null, .bool, .number: return
        }
    }

    private static func isWithinCap(_ limit: Int?) -> Bool {
        limit.map { (1...policy.tokenCap).contains($0) } ?? false
    }

    /// The values of a member as Go's decoder finds it, which looks neither at case nor at two look-alikes of letters.
    private static func values(_ name: String, in object: JSON.Object) -> [JSON] {
        object.filter { folded($0.key) == name }.map(\.value)
    }

    private static func folded(_ key: String) -> String {
        String(
            String.UnicodeScalarView(
                key.unicodeScalars.map { scalar in
                    switch scalar {
                    case "A"..."Z": Unicode.Scalar(UInt8(scalar.value) | 0x20)
                    case "\u{17F}": "s"
                    case "\u{212A}": "k"
                    default: scalar
                    }
                }
            )
        )
    }
}
