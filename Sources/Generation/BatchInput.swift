internal import JSON

/// Many prompts in one job: `{"prompts": ["a", {"prompt": "b", "options": {"seed": 1}}], "system": "…"}`.
///
/// An item takes the fields that stand beside `prompts` and overrides them by its own, `options` one by one.
struct BatchInput {
    let fields: JSON.Object
    let policy: GenerationPolicy

    func generations() throws(InputError) -> [Result<Generation, InputError>] {
        guard let items = fields["prompts"]?.array else {
            throw InputError(fields["prompts"] ?? .null, at: "prompts", mustBe: "an array of strings or objects")
        }
        guard (1...max(1, policy.maximumPrompts)).contains(items.count) else {
            let bounds = "an array of 1 to \(policy.maximumPrompts) prompts"
            throw InputError("\"prompts\" must be \(bounds), but it has \(items.count)", at: "prompts")
        }
        if fields["stream"]?.bool == true {
            throw InputError(
                "\"stream\" must be false beside \"prompts\"; to stream, send a job for each prompt",
                at: "stream"
            )
        }
        var shared = fields
        shared["prompts"] = nil
        try NativeFields.generate.check(shared)
        let generations = items.enumerated().map { index, item in
            Result { () throws(InputError) in try generation(of: item, over: shared, at: "prompts[\(index)]") }
        }
        try checkMedia(of: generations)
        return generations
    }

    /// Each item is within the limit by itself; what the job costs is what all of them bring.
    private func checkMedia(of generations: [Result<Generation, InputError>]) throws(InputError) {
        let count = generations.reduce(0) { $0 + ((try? $1.get())?.mediaCount ?? 0) }
        guard count > policy.maximumImages else { return }
        throw InputError(
            "\"prompts\" bring \(count) images together; at most \(policy.maximumImages) are taken (KINDLING_JOB_IMAGES)",
            at: "prompts"
        )
    }

    private func generation(
        of item: JSON,
        over shared: JSON.Object,
        at path: String
    ) throws(InputError) -> Generation {
        var merged = shared
        switch item {
        case .string:
            merged["prompt"] = item
        case .object(let own):
            try FieldTable.checkCount(of: own, at: path)
            for (key, value) in own { merged[key] = try overridden(merged[key], by: value, field: key, at: path) }
        default:
            throw InputError(item, at: path, mustBe: "a string or an object")
        }
        merged["stream"] = nil
        let request = NativeInput(fields: merged, policy: policy, prefix: "\(path).")
        guard merged.present("messages") != nil else { return try request.generate() }
        guard merged.present("prompt") == nil else {
            throw InputError("\"\(path)\" has both \"prompt\" and \"messages\"; send one of them", at: path)
        }
        return try request.chat()
    }

    private func overridden(
        _ value: JSON?,
        by own: JSON,
        field: String,
        at path: String
    ) throws(InputError) -> JSON {
        guard field == "options", var options = value?.object, let override = own.object else { return own }
        try FieldTable.checkCount(of: options, at: "options")
        try FieldTable.checkCount(of: override, at: "\(path).options")
        for (key, value) in override { options[key] = value }
        return .object(options)
    }
}
