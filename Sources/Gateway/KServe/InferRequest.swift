import JSON
import Jobs
import LocalQueue

/// A body of `/v2/models/NAME/infer`: one tensor of texts, each a prompt.
struct InferRequest: Sendable, Hashable {
    let id: JSON?
    let shape: [JSON]
    let prompts: [Instance]
    /// What the tensor of answers is called.
    let output: String

    static let input = "prompt"
    static let output = "text_output"

    /// - Throws: ``Refusal`` with 400
    init(_ body: JSON.Object, model: String) throws(Refusal) {
        guard case .array(let tensors)? = body["inputs"], let tensor = tensors.first else {
            throw Refusal(400, "\"inputs\" must be an array with one tensor, such as \(Self.example).")
        }
        guard tensors.count == 1 else {
            throw Refusal(400, "\"inputs\" has \(tensors.count) tensors; it must have one, of prompts.")
        }
        if let type = tensor["datatype"]?.string, type != "BYTES" {
            throw Refusal(400, "\"inputs[0].datatype\" is \"\(type)\"; prompts are text, which is \"BYTES\".")
        }
        let texts = try Self.texts(tensor["data"])
        shape = try Self.shape(tensor["shape"], count: texts.count)
        let parameters = try Self.parameters(body["parameters"])
        try PredictionLimits.check(texts.count, parameters, called: "inputs[0].data")
        var prompts: [Instance] = []
        for (index, text) in texts.enumerated() {
            do throws(Refusal) {
                let prompt = try Instance(.string(text), defaults: parameters, model: model)
                guard !prompt.streams else { throw .predictionsAreWhole }
                prompts.append(prompt)
            } catch {
                throw error.naming("inputs[0].data[\(index)]")
            }
        }
        self.prompts = prompts
        id = body["id"]
        output = body["outputs"]?[0]?["name"]?.string ?? Self.output
    }

    static let example =
        "{\"inputs\": [{\"name\": \"prompt\", \"shape\": [1], \"datatype\": \"BYTES\", \"data\": [\"Hello\"]}]}"

    /// The answer, of the tensor's own shape.
    func answer(_ outputs: [JSON], model: String) -> JSON {
        var answer: JSON.Object = ["model_name": .string(model)]
        if let id { answer["id"] = id }
        let texts = outputs.map { JSON.string($0.generatedText ?? $0.description) }
        answer["outputs"] = [
            ["name": .string(output), "datatype": "BYTES", "shape": .array(shape), "data": .array(texts)]
        ]
        return .object(answer)
    }

    private static func parameters(_ parameters: JSON?) throws(Refusal) -> JSON.Object {
        switch parameters {
        case .object(let members)?: return members
        case nil, .null: return [:]
        case let other?: throw Refusal(400, "\"parameters\" is \(other.typeName); it must be an object.")
        }
    }

    /// Elements in order: data may be flat or nested as the shape is.
    private static func texts(_ data: JSON?) throws(Refusal) -> [String] {
        guard case .array(var rest)? = data, !rest.isEmpty else {
            throw Refusal(400, "\"inputs[0].data\" must be an array of texts. Binary tensors are not read here.")
        }
        var texts: [String] = []
        rest.reverse()
        while let item = rest.popLast() {
            switch item {
            case .string(let text): texts.append(text)
            case .array(let items): rest.append(contentsOf: items.reversed())
            default: throw Refusal(400, "\"inputs[0].data\" has \(item.typeName) in it; prompts are texts.")
            }
        }
        return texts
    }

    private static func shape(_ shape: JSON?, count: Int) throws(Refusal) -> [JSON] {
        guard case .array(let sizes)? = shape else { return [JSON(count)] }
        let product = sizes.reduce(1 as Int?) { product, size in
            guard let product, let size = size.int, size >= 0 else { return nil }
            let (result, overflow) = product.multipliedReportingOverflow(by: size)
            return overflow ? nil : result
        }
        guard product == count else {
            let text = JSON.array(sizes).description
            throw Refusal(400, "\"inputs[0].shape\" is \(text), but there are \(count) texts in \"data\".")
        }
        return sizes
    }
}
