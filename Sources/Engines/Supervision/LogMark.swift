import Glibc
import JSON

/// A line of an engine's log that says how far a start has come.
///
/// Ollama passes its runner's lines on, so llama-server's marks are found in both engines' logs. A runner's line has no
/// time of its own (Ollama switches prefixes off): its arrival counts.
enum LogMark: Sendable, Hashable {
    /// The process runs its own code; its version if it says so.
    case up(version: String?)
    /// The socket is open. Ollama accepts connections from here on and answers them only after the discovery.
    case listening(version: String?)
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
    /// The tensors' data are read from here on, and how (`mmap`, `none`, `dio`).
    case weights(mode: String?)
    /// They are in; the context is made.
    case context
    /// The cache of keys and values is allocated.
    case kvCache
    /// The graph is laid out, kernels are chosen and compiled.
    case compile
    /// The first, empty run.
    case runnerWarmUp
    /// The runner answers.
    case loaded
    /// An allocation failed: the engine's own words.
    case memoryShort(String)

    /// Reads a line; nil: it marks nothing.
    init?(_ line: String) {
        if let mark = Self.fixed.first(where: { Self.place(of: $0.text, in: line) != nil }) {
            self = mark.mark.completed(from: line)
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
        if let fact = Self.fact(in: line) {
            self = fact
        } else if Self.shortages.contains(where: { Self.place(of: $0, in: line) != nil }) {
            self = .memoryShort(line)
        } else {
            return nil
        }
    }

    /// How CUDA, ROCm, Vulkan and the CPU's allocator say it.
    private static let shortages = [
        "out of memory", "cudaMalloc failed", "failed to allocate", "unable to allocate", "OutOfDeviceMemory",
        "OutOfHostMemory",
    ]

    private static let fixed: [(text: String, mark: LogMark)] = [
        ("msg=\"server config\"", .up(version: nil)),
        ("msg=\"Listening on ", .listening(version: nil)),
        ("msg=\"discovering available GPUs", .discovering),
        ("msg=\"starting llama-server\"", .runnerStarting),
        ("common_params_print_info: build ", .up(version: nil)),
        ("common_params_print_info: verbosity ", .up(version: nil)),
        ("start: binding port", .listening(version: nil)),
        ("load_model: loading model '", .opening),
        ("common_init_: fitting params to device memory", .fitting),
        ("fitting params to free memory took", .fitted),
        ("load_tensors: loading model tensors", .weights(mode: nil)),
        ("llama_context: constructing llama_context", .context),
        ("llama_kv_cache", .kvCache),
        ("_reserve: reserving", .compile),
        ("warming up the model with an empty run", .runnerWarmUp),
        ("llama_server: model loaded", .loaded),
    ]

    /// With what else the line says.
    private func completed(from line: String) -> LogMark {
        func upToParenthesis(_ key: String) -> String? {
            Self.text(after: key, in: line).map { String($0.prefix { $0 != ")" }) }
        }
        switch self {
        case .weights: return .weights(mode: upToParenthesis("(load_mode = "))
        case .listening: return .listening(version: upToParenthesis("(version "))
        case .up:
            return .up(version: upToParenthesis("print_info: build ").map { "build \($0.replacing(" (", with: " "))" })
        default: return self
        }
    }

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
