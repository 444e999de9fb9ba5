import Glibc
@testable import ModelStore
import TestSupport
import Testing

/// What is asked of the disk, and what is done to it.
@Suite struct FileSystemTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func text(_ name: String) -> String? {
        FileSystem.contents(of: folder.path(name), limit: 100).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `a file is replaced in one step, and nothing else is left`() throws {
        try folder.write("a", Array("old".utf8))
        try FileSystem.replace(folder.path("a"), with: Array("new".utf8), durably: true)
        #expect(text("a") == "new")
        try FileSystem.symlink(folder.path("a"), to: "elsewhere")
        #expect(FileSystem.target(ofLink: folder.path("a")) == "elsewhere")
        try FileSystem.symlink(folder.path("a"), to: "b")
        try FileSystem.replace(folder.path("b"), with: [])
        #expect(FileSystem.realPath(folder.path("a")) == FileSystem.realPath(folder.path("b")))
        #expect(entries() == ["a", "b"])
    }

    @Test func `what cannot be done is said with its path and the system's reason, and leaves nothing behind`() throws {
        try folder.write("file", [1])
        try FileSystem.makeFolder(folder.path("full/of/folders"))
        func problem(_ body: () throws -> Void) -> String? {
            #expect(throws: FileProblem.self, performing: body)?.description
        }
        let file = folder.path("file")
        #expect(
            problem { try FileSystem.makeFolder("\(file)/x") } == "cannot make the folder \(file): File exists"
        )
        #expect(problem { try FileSystem.replace("\(file)/x", with: []) }?.hasSuffix(": Not a directory") == true)
        #expect(problem { try FileSystem.link(file, to: file) }?.hasSuffix(": File exists") == true)
        #expect(
            problem { try FileSystem.replace(folder.path("full"), with: []) }?.hasSuffix(": Is a directory") == true
        )
        #expect(entries() == ["file", "full"])
    }

    @Test func `a second name is the same file, and a change makes another state of it`() throws {
        let path = try folder.write("a", [1])
        try FileSystem.link(folder.path("b"), to: path)
        let before = FileSystem.identity(of: path)
        #expect(before != nil)
        #expect(FileSystem.identity(of: folder.path("b")) == before)
        try folder.write("a", [1, 2])
        #expect(FileSystem.identity(of: path) != before)
        #expect(FileSystem.identity(of: folder.path) == nil, "a folder is no file")
    }

    @Test func `only files that can be read whole have contents`() throws {
        try folder.write("a", [1, 2, 3])
        #expect(FileSystem.contents(of: folder.path("a"), limit: 3) == [1, 2, 3])
        #expect(FileSystem.contents(of: folder.path("a"), limit: 2) == nil)
        #expect(FileSystem.contents(of: folder.path, limit: 1 << 20) == nil)
        #expect(FileSystem.contents(of: folder.path("no"), limit: 1) == nil)
        #expect(FileSystem.names(in: folder.path) == ["a"])
        #expect(FileSystem.names(in: folder.path("a")).isEmpty)
    }

    @Test(arguments: [
        ("/a/b", "/a", "b"), ("/a", "/", "a"), ("a", ".", "a"), ("./a", ".", "a"), ("a/b/c", "a/b", "c"),
    ])
    func `a path is taken apart and put together`(path: String, parent: String, name: String) {
        #expect(FileSystem.folder(of: path) == parent)
        #expect(FileSystem.name(of: path) == name)
        #expect(["a", path].contains(parent == "." ? name : FileSystem.path(name, in: parent)))
    }

    @Test func `a leading tilde is the home`() {
        #expect(FileSystem.expand("~/m", home: "/h") == "/h/m")
        #expect(FileSystem.expand("~other/m", home: "/h") == "~other/m")
        #expect(FileSystem.expand("/m", home: nil) == "/m")
    }

    /// Hidden ones among them.
    private func entries() -> [String] {
        var names: [String] = []
        guard let directory = opendir(folder.path) else { return [] }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
            )
        }
        return names.filter { $0 != "." && $0 != ".." }.sorted()
    }
}
