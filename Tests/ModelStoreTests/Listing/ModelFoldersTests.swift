import ModelStore
import TestSupport
import Testing

/// What is found in a folder that a platform filled from an archive.
@Suite struct ModelFoldersTests {
    private let folder: TemporaryFolder
    private let writer: StoreWriter
    private let model = GGUFWriter.small().bytes

    init() throws {
        folder = try TemporaryFolder()
        writer = StoreWriter(folder: folder)
    }

    private func names(_ folders: [String]) -> [String] {
        StoreSearch(folders: folders).all().models.map(\.name)
    }

    @Test func `a bare file and a store are found as they are`() throws {
        try folder.write("files/gemma.gguf", model)
        try writer.add("gemma:270m", at: "store")
        #expect(names([folder.path("files")]) == ["gemma"])
        #expect(names([folder.path("store")]) == ["gemma:270m"])
        #expect(StoreSearch.folders(unpackedIn: folder.path("store")) == [folder.path("store")])
    }

    @Test func `what lies one folder deeper is found only where that is asked for`() throws {
        try folder.write("root/packed/gemma.gguf", model)
        try writer.add("llama", at: "root/store")
        try folder.write("root/code/inference.py", [1])
        try folder.write("root/config.json", [1])
        try folder.write("root/a/b/deep.gguf", model)
        let root = folder.path("root")
        #expect(names([root]) == [])
        let folders = StoreSearch.folders(unpackedIn: root)
        #expect(folders == [root, "\(root)/packed", "\(root)/store"])
        #expect(names(folders) == ["llama:latest", "gemma"])
    }

    @Test func `a folder that is not there is still a place to look`() {
        #expect(StoreSearch.folders(unpackedIn: "/nowhere") == ["/nowhere"])
    }
}
