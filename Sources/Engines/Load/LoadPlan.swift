/// What was decided about a load before the engine is started.
struct LoadPlan: Sendable, Hashable {
    /// Tokens of context for each slot, where fewer fit than were asked for; nil: as configured.
    var context: Int?
    /// The folder that Ollama gets, where that is not what its environment says.
    var store: String?
    /// Variables for the engine.
    var variables: [String: String] = [:]
}
