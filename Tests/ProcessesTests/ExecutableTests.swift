import Glibc
import TestSupport
import Testing

@testable import Processes

struct ExecutableTests {
    private let folder: TemporaryFolder

    /// Two folders with programs; in the first there are also a folder and a plain file.
    init() throws {
        folder = try TemporaryFolder()
        for name in ["a/both", "b/both", "b/second", "a/plain", "a/folder/x"] { try folder.write(name, []) }
        for name in ["a/both", "b/both", "b/second"] { chmod(folder.path(name), 0o755) }
    }

    private func find(_ name: String, _ path: String?, extra: [String] = []) -> String? {
        let expand = { (text: String) in text.split(separator: ":").map { folder.path + $0 }.joined(separator: ":") }
        let found = Executable.find(name, path: path.map(expand), extraFolders: extra.map(expand))
        return found.map { String($0.dropFirst(folder.path.count)) }
    }

    @Test func `the first in the path wins, extra folders come last`() {
        #expect(find("both", "/a:/b") == "/a/both")
        #expect(find("both", "/b:/a") == "/b/both")
        #expect(find("both", "/b", extra: ["/a"]) == "/b/both")
        #expect(find("second", "/a", extra: ["/b/"]) == "/b/second")
        #expect(find("second", nil, extra: ["/b"]) == "/b/second")
    }

    @Test(arguments: ["plain", "folder", "missing", ""])
    func `what is not executable is not found`(name: String) {
        #expect(find(name, "/a:/b") == nil)
    }

    @Test func `a name with a slash is taken as it is`() {
        #expect(Executable.find(folder.path("a/both"), path: nil) == folder.path("a/both"))
        #expect(Executable.find(folder.path("a/plain"), path: "/bin") == nil)
    }

    @Test func `relative entries of the path are passed over`() {
        #expect(Executable.find("sh", path: ":.:bin:/bin") == "/bin/sh")
        #expect(Executable.find("sh", path: ".::bin") == nil)
    }
}
