import ModelStore
import Testing

/// Inputs that broke a promise once, found by `scripts/fuzz`.
@Suite struct FuzzFindingsTests {
    @Test(arguments: ["registry.ollama.ai/example.com/m:1", "registry.ollama.ai/localhost/m"])
    func `a name keeps its registry where its namespace looks like one`(text: String) throws {
        let reference = try #require(ModelReference(text))
        #expect(reference.host == "registry.ollama.ai")
        #expect(ModelReference(reference.short) == reference)
    }
}
