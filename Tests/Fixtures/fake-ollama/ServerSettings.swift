import Glibc

/// `ollama serve`'s own settings, with the defaults and fallbacks of the recorded version.
struct ServerSettings: Sendable {
    let host: String
    let port: UInt16
    let modelsFolder: String
    let mayCreateModelsFolder: Bool
    let context: Int
    let parallel: Int
    let maximumQueue: Int
    let maximumLoaded: Int
    /// nil: for ever.
    let keepAlive: Duration?
    /// nil: never.
    let loadTimeout: Duration?
    /// Values that it complains about and replaces.
    let warnings: [String]

    init(environment: [String: String]) throws(StartError) {
        var warnings: [String] = []
        func value(_ name: String) -> String? {
            guard let text = environment[name]?.trimmingCharacters(" \"'"), !text.isEmpty else { return nil }
            return text
        }
        func number(_ name: String, default fallback: Int) -> Int {
            guard let text = value(name) else { return fallback }
            if let number = Int(text), number >= 0 { return number }
            let detail = "key=\(name) value=\(text) default=\(fallback)"
            warnings.append("source=config.go:263 msg=\"invalid environment variable, using default\" \(detail)")
            return fallback
        }
        guard let home = environment["HOME"] else { throw StartError(message: "$HOME is not defined") }
        (host, port) = ServerSettings.address(value("OLLAMA_HOST") ?? "", &warnings)
        modelsFolder = value("OLLAMA_MODELS") ?? "\(home)/.ollama/models"
        mayCreateModelsFolder = value("OLLAMA_MODELS") != nil
        let context = number("OLLAMA_CONTEXT_LENGTH", default: 0)
        self.context = context == 0 ? 4096 : context
        parallel = max(1, number("OLLAMA_NUM_PARALLEL", default: 1))
        maximumQueue = number("OLLAMA_MAX_QUEUE", default: 512)
        let loaded = number("OLLAMA_MAX_LOADED_MODELS", default: 0)
        maximumLoaded = loaded == 0 ? 3 : loaded
        keepAlive = ServerSettings.lasting(value("OLLAMA_KEEP_ALIVE"), default: .seconds(300))
        let timeout = value("OLLAMA_LOAD_TIMEOUT").flatMap(Times.parseGoDuration) ?? .seconds(300)
        loadTimeout = timeout > .zero ? timeout : nil
        self.warnings = warnings
    }

    /// A keep-alive: negative is for ever, what cannot be read is the default.
    static func lasting(_ text: String?, default fallback: Duration?) -> Duration? {
        guard let duration = text.flatMap(Times.parseGoDuration) else { return fallback }
        return duration < .zero ? nil : duration
    }

    private static func address(_ text: String, _ warnings: inout [String]) -> (String, UInt16) {
        var rest = Substring(text)
        var fallback: UInt16 = 11434
        if rest.hasPrefix("http://") {
            (rest, fallback) = (rest.dropFirst(7), 80)
        } else if rest.hasPrefix("https://") {
            (rest, fallback) = (rest.dropFirst(8), 443)
        }
        rest = rest.prefix { $0 != "/" }
        let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map(String.init) ?? ""
        let host = name.isEmpty || name == "localhost" ? "127.0.0.1" : name
        guard parts.count == 2 else { return (host, fallback) }
        if let port = UInt16(parts[1]) { return (host, port) }
        warnings.append("source=config.go:51 msg=\"invalid port, using default\" port=\(parts[1]) default=\(fallback)")
        return (host, fallback)
    }

    /// Makes the folder of the models as the program does at its start.
    func prepareModelsFolder() throws(StartError) {
        guard mayCreateModelsFolder else { return }
        var path = ""
        for part in modelsFolder.split(separator: "/") {
            path += "/\(part)"
            if mkdir(path, 0o755) != 0, errno != EEXIST { throw folderError(errno) }
        }
        for name in ["blobs", "manifests"] where mkdir("\(modelsFolder)/\(name)", 0o755) != 0 {
            // An existing store may be read-only: everything but changing it works.
            if errno == ENOTDIR || access("\(modelsFolder)/\(name)", F_OK) != 0 { throw folderError(errno) }
        }
    }

    private func folderError(_ code: Int32) -> StartError {
        StartError(message: "mkdir \(modelsFolder): \(goErrorText(code)): ensure path elements are traversable")
    }
}

/// Why the server does not start: `Error: …` on stderr, exit 1.
struct StartError: Error, CustomStringConvertible {
    let message: String
    var description: String { message }
}

/// An errno in the spelling of the recorded program.
func goErrorText(_ code: Int32) -> String {
    switch code {
    case EACCES: "permission denied"
    case ENOTDIR: "not a directory"
    case EROFS: "read-only file system"
    case EADDRINUSE: "address already in use"
    case EADDRNOTAVAIL: "cannot assign requested address"
    default: String(cString: strerror(code)).lowercased()
    }
}

extension String {
    fileprivate func trimmingCharacters(_ unwanted: String) -> String {
        String(drop { unwanted.contains($0) }.reversed().drop { unwanted.contains($0) }.reversed())
    }
}
