/// The variables of a process, as platforms set them. An empty one is none.
struct PlatformVariables: Sendable {
    private let environment: [String: String]

    init(_ environment: [String: String]) {
        self.environment = environment.filter { !$0.value.isEmpty }
    }

    subscript(name: String) -> String? { environment[name] }

    /// - Throws: ``ServingPlatformError`` if it is no port
    func port(_ name: String) throws(ServingPlatformError) -> Int? {
        guard let text = environment[name] else { return nil }
        guard let port = Int(text), (1...65535).contains(port) else { throw .notAPort(name, text) }
        return port
    }

    /// - Throws: ``ServingPlatformError`` if it is no path
    func path(_ name: String) throws(ServingPlatformError) -> String? {
        guard let text = environment[name] else { return nil }
        guard text.hasPrefix("/"), !text.contains(where: { $0 == "?" || $0 == "#" || $0.isWhitespace }) else {
            throw .notAPath(name, text)
        }
        return text
    }
}
