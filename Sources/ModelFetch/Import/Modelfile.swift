public import JSON

/// A Modelfile, as far as it makes a model out of GGUF files on this disk.
public struct Modelfile: Sendable, Equatable {
    /// What is wrong, and where.
    public struct ParseError: Error, Sendable, Hashable, CustomStringConvertible {
        /// Counted from 1.
        public let line: Int
        /// What is wrong, and what to do.
        public let reason: String
        /// `line 3: …`
        public var description: String { "line \(line): \(reason)" }
    }

    /// A path as it was written, and the line.
    public struct File: Sendable, Hashable {
        /// Relative to the Modelfile's folder, or absolute.
        public let path: String
        /// Counted from 1.
        public let line: Int
    }

    /// The GGUF files: the weights, and a projector if there is one.
    public internal(set) var files: [File] = []
    /// LoRA adapters, GGUF files.
    public internal(set) var adapters: [File] = []
    /// How messages become a prompt, in Go's template language.
    public internal(set) var template: String?
    /// The system prompt.
    public internal(set) var system: String?
    /// What the owner allows; may be several texts.
    public internal(set) var licenses: [String] = []
    /// Options for each request, of the types that Ollama gives them.
    public internal(set) var parameters: [String: JSON] = [:]
    /// Messages that stand before each conversation.
    public internal(set) var messages: [JSON] = []
    /// How Ollama's own code turns messages into a prompt.
    public internal(set) var renderer: String?
    /// How Ollama's own code takes answers apart.
    public internal(set) var parser: String?

    /// The values of parameters that may stand there often, gathered here: in ``parameters`` each would copy the others.
    private var texts: [String: [JSON]] = [:]

    /// A model of one GGUF file and nothing else.
    init(file path: String) {
        files = [File(path: path, line: 1)]
    }

    /// Reads a Modelfile's text.
    public init(parsing text: String) throws(ParseError) {
        var lines = ModelfileLines(text)
        while let instruction = try lines.next() {
            try take(instruction)
        }
        for (name, values) in texts { parameters[name] = .array(values) }
        guard !files.isEmpty else { throw ParseError(line: 1, reason: "there is no FROM that names a GGUF file") }
    }

    private mutating func take(_ instruction: ModelfileLines.Instruction) throws(ParseError) {
        let (name, value, line) = (instruction.name, instruction.value, instruction.line)
        switch name {
        case "FROM": files.append(try Self.file(value, line, after: name))
        case "ADAPTER": adapters.append(try Self.file(value, line, after: name))
        case "TEMPLATE": template = value
        case "SYSTEM": system = value
        case "LICENSE": licenses.append(value)
        case "RENDERER": renderer = value
        case "PARSER": parser = value
        case "PARAMETER": try takeParameter(instruction)
        case "MESSAGE": try takeMessage(instruction)
        default:
            throw ParseError(
                line: line,
                reason:
                    "\(name.prefix(40)) is not understood here; known are FROM, ADAPTER, TEMPLATE, SYSTEM, LICENSE, "
                    + "PARAMETER, MESSAGE, RENDERER and PARSER"
            )
        }
    }

    private static func file(_ path: String, _ line: Int, after name: String) throws(ParseError) -> File {
        guard path.lowercased().hasSuffix(".gguf") else {
            throw ParseError(
                line: line,
                reason: "\(name) \(path.prefix(200)): only a .gguf file on this disk can be used"
            )
        }
        return File(path: path, line: line)
    }

    private mutating func takeParameter(_ instruction: ModelfileLines.Instruction) throws(ParseError) {
        guard let name = instruction.word else {
            throw ParseError(line: instruction.line, reason: "PARAMETER takes a name and a value")
        }
        guard let type = ParameterType.of(name.lowercased()) else {
            throw ParseError(line: instruction.line, reason: "there is no PARAMETER \(name.prefix(40))")
        }
        guard let value = type.value(instruction.value) else {
            throw ParseError(
                line: instruction.line,
                reason: "PARAMETER \(name) is \"\(instruction.value.prefix(40))\", but it takes \(type.description)"
            )
        }
        if type == .texts {
            texts[name.lowercased(), default: []].append(value)
        } else {
            parameters[name.lowercased()] = value
        }
    }

    private mutating func takeMessage(_ instruction: ModelfileLines.Instruction) throws(ParseError) {
        guard let role = instruction.word?.lowercased(), ["system", "user", "assistant"].contains(role) else {
            throw ParseError(line: instruction.line, reason: "MESSAGE takes system, user or assistant, and a text")
        }
        messages.append(["role": .string(role), "content": .string(instruction.value)])
    }
}
