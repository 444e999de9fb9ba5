import Glibc

/// The command line: what the real program offers to a supervisor, and the runner that `serve` starts for itself.
func run(_ arguments: [String]) -> Int32 {
    let environment = currentEnvironment()
    do {
        let switches = try Switchboard(environment: environment)
        switch arguments.first {
        case "serve" where arguments.count == 1:
            return try Server(environment: environment, switches: switches).run()
        case "runner":
            return try RunnerProgram(arguments: Array(arguments.dropFirst()), switches: switches).run()
        case "--version", "-v":
            print("ollama version is 0.32.15")
            return 0
        default:
            print(usage)
            return arguments.first == "--help" ? 0 : 64
        }
    } catch let error as UsageError {
        Log.standardError("fake-ollama: \(error.message)")
        return 64
    } catch {
        Log.standardError("Error: \(error)")
        return 1
    }
}

/// A switch that does not exist or has a value that it does not take: a typing error in a test, so it is loud.
struct UsageError: Error {
    let message: String
}

private var usage: String {
    let rows = Switch.allCases.map { "  \($0.variable)\n      \($0.meaning)" }
    return """
        fake-ollama serve: an Ollama 0.32.15 without a model, which answers as the recorded one did.

        It reads OLLAMA_HOST, OLLAMA_MODELS, OLLAMA_CONTEXT_LENGTH, OLLAMA_NUM_PARALLEL, OLLAMA_MAX_QUEUE,
        OLLAMA_MAX_LOADED_MODELS, OLLAMA_KEEP_ALIVE, OLLAMA_LOAD_TIMEOUT and HOME, and misbehaves on request:

        \(rows.joined(separator: "\n"))

        While it runs: GET /fake/state, GET /fake/recordings, POST /fake/switches {"TOKEN_US": "50", "BUSY": null}
        """
}

private func currentEnvironment() -> [String: String] {
    var result: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
        let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 { result[String(parts[0])] = String(parts[1]) }
        entry += 1
    }
    return result
}
