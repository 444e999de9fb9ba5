import JSON
import TestSupport

/// What a real Ollama answered, from `Fixtures/ollama/exchanges`.
struct Recording {
    let name: String

    /// The answer's body.
    func body() throws -> JSON {
        let path = Fixture.path("ollama/exchanges/\(name).json")
        let response = try Require.some(try JSON(parsing: try Fixture.bytes(of: path))["response"])
        let chunks = response["chunks_t_ms_data"]?.array?.compactMap { $0[1]?.string }.joined()
        return try JSON(parsing: try Require.some(response["body"]?.string ?? chunks))
    }
}
