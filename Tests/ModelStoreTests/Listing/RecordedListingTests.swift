import JSON
@testable import ModelStore
import TestSupport
import Testing

/// A store as a real Ollama left it is listed as that Ollama listed it, to the last byte.
@Suite struct RecordedListingTests {
    @Test func `tags are the recorded ones`() throws {
        let recorded = try RecordedStore()
        #expect(recorded.listing.tags().description == (try Recording(name: "tags").body().description))
    }

    @Test func `no models are an empty list`() throws {
        let folder = try TemporaryFolder()
        let listing = ModelListing(StoreSearch(folders: [folder.path, folder.path("nowhere")]))
        #expect(listing.tags() == (try Recording(name: "tags-empty").body()))
        #expect(listing.running([]) == (try Recording(name: "ps-empty").body()))
    }

    @Test(arguments: [("gemma:270m", "show"), ("gemma-tools:270m", "show-with-template")])
    func `a model is shown as it was`(name: String, recording: String) throws {
        let recorded = try RecordedStore()
        let expected = try Recording(name: recording).body().description
            .replacing("$MODELS", with: recorded.store.folder)
        #expect(try recorded.listing.show(name).description == expected)
    }

    @Test(.enabled(if: realModel?.hasSuffix("gemma-3-270m-q4_k_m.gguf") == true, "needs ENGINE_TEST_MODEL"))
    func `the real weights say what they said`() throws {
        let recorded = try RecordedStore(weights: realModel)
        let expected = try Recording(name: "show").body().description.replacing("$MODELS", with: recorded.store.folder)
        #expect(try recorded.listing.show("gemma:270m").description == expected)
        #expect(recorded.listing.tags() == (try Recording(name: "tags").body()))
    }

    @Test(arguments: ["ps-loaded-default-keepalive", "ps-loaded-keepalive-90s", "ps-loaded-num-parallel-4"])
    func `what is in memory is told as it was`(recording: String) throws {
        let recorded = try RecordedStore()
        let expected = try Recording(name: recording).body()
        let element = try #require(expected["models"]?[0])
        // The recorded moments, which a caller would have as numbers.
        let expires = [
            "2026-11-21T02:21:45.806514074Z": 1_795_227_705_806_514_074,
            "2026-11-21T02:18:16.208760831Z": 1_795_227_496_208_760_831,
            "2026-11-21T02:37:57.501253693Z": 1_795_228_677_501_253_693,
        ]
        let running = RunningModel(
            name: "gemma:270m",
            bytes: try #require(element["size"]?.int),
            gpuBytes: 0,
            contextLength: 4096,
            expires: expires[try #require(element["expires_at"]?.string)]
        )
        #expect(recorded.listing.running([running]).description == expected.description)
    }

    @Test func `an unknown model has the recorded error`() throws {
        let recorded = try RecordedStore()
        let expected = try Recording(name: "error-unknown-model-show").body()["error"]?.string
        let failure = #expect(throws: ListingFailure.self) { try recorded.listing.show("nosuch") }
        #expect(failure?.description == expected)
        #expect(failure == .notFound(name: "nosuch:latest"))
        let empty = try Recording(name: "error-empty-object-generate").body()["error"]?.string
        #expect(#expect(throws: ListingFailure.self) { try recorded.listing.show("") }?.description == empty)
    }
}
