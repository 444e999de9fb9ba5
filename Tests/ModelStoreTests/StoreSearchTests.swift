@testable import ModelStore
import TestSupport
import Testing

/// Where models are looked for, and in which order.
@Suite struct StoreSearchTests {
    private let folder: TemporaryFolder
    private let writer: StoreWriter
    private let model = GGUFWriter.small().bytes

    init() throws {
        folder = try TemporaryFolder()
        writer = StoreWriter(folder: folder)
    }

    private func search(_ folders: [String], caches: [String] = []) -> StoreSearch {
        StoreSearch(folders: folders.map(folder.path), caches: caches.map(folder.path), home: folder.path)
    }

    @Test func `an environment's places come in their order, each once`() {
        let search = StoreSearch(environment: [
            "OLLAMA_MODELS": "~/mine/", "HOME": "/h", "HF_HOME": "/hf/", "HF_HUB_CACHE": "",
        ])
        #expect(
            search.folders == [
                "/h/mine", "/opt/kindling/models", "/models", "/runpod-volume/ollama", "/opt/ml/model",
                "/h/.ollama/models", "/usr/share/ollama/.ollama/models",
            ]
        )
        #expect(search.caches == ["/hf/hub", "/runpod-volume/huggingface-cache/hub", "/h/.cache/huggingface/hub"])
        let configured = StoreSearch(environment: ["OLLAMA_MODELS": "/v"], modelFolders: ["/v", "/w"])
        #expect(configured.folders == ["/v", "/opt/kindling/models", "/w", "/usr/share/ollama/.ollama/models"])
    }

    @Test func `names of models in OLLAMA_MODELS are no folder`() {
        let search = StoreSearch(environment: ["OLLAMA_MODELS": "gemma:270m llama3"], modelFolders: [])
        #expect(search.folders == ["/opt/kindling/models", "/usr/share/ollama/.ollama/models"])
    }

    @Test func `the first store that has the model wins, and every step is told`() throws {
        try writer.add("gemma", weights: [1], at: "second")
        try writer.add("gemma", weights: [2, 2], at: "third")
        try writer.add("other", at: "first")
        let resolution = search(["nowhere", "first", "second", "third"]).find("gemma")
        #expect(resolution.model?.bytes == 1)
        #expect(resolution.steps.map(\.verdict) == [.absent, .notThere, .found])
        #expect(resolution.steps.last?.description == "ollama \(folder.path("second")): found")
    }

    @Test func `a broken model does not hide a whole one`() throws {
        try writer.add("gemma", weights: [1], claimed: 100, at: "volume")
        let alone = search(["volume"]).find("gemma")
        #expect(throws: ModelProblem.self) { try alone.result.get() }
        try writer.add("gemma", weights: [2], at: "image")
        let resolution = search(["volume", "image"]).find("gemma")
        #expect(resolution.model?.weights.contains("/image/") == true)
        #expect(resolution.steps.first?.verdict.description.contains("has 1 of 100 bytes") == true)
    }

    @Test func `plain files come after stores, and caches after both`() throws {
        try folder.write("files/gemma.gguf", model)
        try folder.write("files/notes.txt", [1])
        try writer.cache("org/name", "name-q8_0.gguf", model)
        let search = search(["files", "store"], caches: ["hub"])
        #expect(search.find("gemma").model?.place == .file)
        #expect(search.find("gemma:latest").model?.name == "gemma")
        #expect(search.find("gemma.gguf").model?.name == "gemma")
        #expect(search.find("org/name:Q8_0").steps.map(\.kind) == [.ollama, .ollama, .files, .files, .huggingFace])
        try writer.add("gemma", weights: [1])
        #expect(search.find("gemma").model?.bytes == 1)
        #expect(search.all().models.map(\.name) == ["gemma:latest", "hf.co/org/name:Q8_0"])
    }

    @Test func `a path is a model of its own, and what is wrong with it is said`() throws {
        let path = try folder.write("files/x.gguf", model)
        let broken = try folder.write("files/broken.gguf", Array("not a model".utf8))
        let search = search([])
        #expect(search.find(path).model?.name == "x")
        #expect(search.find("~/files/x.gguf").model?.weights == path)
        func problem(_ name: String) throws -> String {
            let result = search.find(name).result
            return try #require(throws: ModelProblem.self) { try result.get() }.description
        }
        #expect(
            try problem("/no.gguf")
                == "The model /no.gguf lacks a file: /no.gguf is not there. Put a whole GGUF file there."
        )
        #expect(try problem(broken).contains("\(broken) is not a GGUF file"))
        #expect(try problem(folder.path).contains("is a folder, not a GGUF file"))
    }

    @Test func `a model that nobody has is told with the places that were looked in`() throws {
        try writer.add("other")
        let problem = #expect(throws: ModelProblem.self) {
            try search(["store", "nowhere"]).find("gemma").result.get()
        }
        #expect(
            problem?.description
                == "The model gemma is not on this machine (looked in \(folder.path("store"))). "
                + "Mend it with: kindling pull gemma"
        )
    }

    @Test func `a listing names what is broken`() throws {
        try writer.add("cut", claimed: 9)
        try writer.add("whole")
        try folder.write("files/empty.gguf", [])
        let all = search(["store", "files"]).all()
        #expect(all.models.map(\.name) == ["whole:latest"])
        #expect(all.problems.map(\.model) == ["cut:latest", "empty"])
    }
}
