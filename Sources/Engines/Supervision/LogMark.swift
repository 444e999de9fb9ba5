import Glibc
import JSON

/// A line of an engine's log that says how far a start has come.
///
/// Ollama passes its runner's lines on, so llama-server's marks are found in both engines' logs. A runner's line has no
/// time of its own (Ollama switches prefixes off): its arrival counts.
enum LogMark: Sendable, Hashable {
    /// The process runs its own code.
    case up
    /// The socket is open. Ollama accepts connections from here on and answers them only after the discovery.
    case listening
    /// The search for GPUs begins.
    case discovering
    /// A device that was found.
    case device(library: String, name: String, memory: String)
    /// Ollama starts its runner.
    case runnerStarting
    /// llama-server opens the model's file.
    case opening
    /// A first pass over the metadata finds out how much fits into which memory.
    case fitting
    /// That pass is over.
    case fitted
    /// A fact about the model or its place in memory, for the phase that runs.
    case fact(String, JSON)
    /// The tensors' data are read from here on.
    case weights
    /// They are in; context and caches are made.
    case context
    /// The first, empty run.
    case runnerWarmUp
    /// The runner answers.
    case loaded

    /// Reads a line; nil: it marks nothing.
    init?(_ line: String) {
        if let mark = Self.fixed.first(where: { Self.place(of: $0.text, in: line) != nil }) {
            self = mark.mark
            return
        }
        if Self.place(of: "msg=\"inference compute\"", in: line) != nil {
            self = .device(
                library: Self.field("library", in: line),
                name: Self.field("description", in: line),
                memory: Self.field("total", in: line)
            )
            return
        }
        guard let fact = Self.fact(in: line) else { return nil }
        self = fact
    }

    private static let fixed: [(text: String, mark: LogMark)] = [
        ("msg=\"server config\"", .up),
        ("msg=\"Listening on ", .listening),
        ("msg=\"discovering available GPUs", .discovering),
        ("msg=\"starting llama-server\"", .runnerStarting),
        ("common_params_print_info: build ", .up),
        ("common_params_print_info: verbosity ", .up),
        ("start: binding port", .listening),
        ("load_model: loading model '", .opening),
        ("common_init_: fitting params to device memory", .fitting),
        ("fitting params to free memory took", .fitted),
        ("load_tensors: loading model tensors", .weights),
        ("llama_context: constructing llama_context", .context),
        ("warming up the model with an empty run", .runnerWarmUp),
        ("llama_server: model loaded", .loaded),
    ]

    private static func fact(in line: String) -> LogMark? {
        if let text = text(after: "print_info: file type", in: line) { return .fact("quantisation", .string(text)) }
        if let text = text(after: "print_info: file size", in: line) { return .fact("size", .string(text)) }
        if let text = text(after: "load_tensors: offloaded ", in: line) { return .fact("offloaded", .string(text)) }
        if let size = text(after: "model buffer size", in: line) {
            let device = line.split(separator: " ").drop { $0 != "load_tensors:" }.dropFirst().first
            return .fact("buffer.\(device ?? "?")", .string(size))
        }
        if let text = text(after: "llama_context: n_ctx  ", in: line) { return .fact("context", .string(text)) }
        return nil
    }

    /// Where a pattern ends in a line, in bytes. `String.contains` took 127 µs for all patterns of one line, and a load
    /// writes 250 lines while the engine needs every core; this takes less than one.
    private static func place(of pattern: String, in line: String) -> Int? {
        line.withCString { line in
            pattern.withCString { pattern in
                strstr(line, pattern).map { UnsafePointer($0) - line + strlen(pattern) }
            }
        }
    }

    /// What stands after `key`, without the sign of equality and blanks.
    private static func text(after key: String, in line: String) -> String? {
        guard let end = place(of: key, in: line) else { return nil }
        var text = line[line.utf8.index(line.startIndex, offsetBy: end)...].drop { $0 == " " || $0 == "=" }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// The value of `key=value` or `key="value with blanks"`.
    private static func field(_ key: String, in line: String) -> String {
        guard let value = text(after: " \(key)", in: line) else { return "" }
        return value.hasPrefix("\"")
            ? String(value.dropFirst().prefix { $0 != "\"" }) : String(value.prefix { $0 != " " })
    }
}
