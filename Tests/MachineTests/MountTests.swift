import Testing
import TestSupport

@testable import Machine

@Suite("Mounts")
struct MountTests {
    private let text = """
        21 26 0:20 / /proc rw,relatime - proc proc rw
        26 1 253:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
        42 26 0:39 / /models ro,nosuid - fuse.juicefs JuiceFS:vol ro,user_id=0
        43 26 0:40 / /mnt/my\\040vol\\134x rw shared:2 master:3 - nfs4 10.0.0.1:/export rw,vers=4.2
        44 26 0:41 / /models/hot rw - tmpfs tmpfs rw
        45 26 0:42 / /models/hot rw - 9p share ro
        garbage
        46 26 broken / /x rw - ext4 a rw
        47 26 0:43 / /short rw -
        """

    @Test("Lines are read with optional fields or none, and what is no line is left out")
    func parse() {
        let table = Mount.parse(text)
        #expect(table.map(\.fileSystem) == ["proc", "ext4", "fuse.juicefs", "nfs4", "tmpfs", "9p"])
        #expect(table[3].folder == "/mnt/my vol\\x")
        #expect(table[3].source == "10.0.0.1:/export")
        #expect(table.map(\.isReadOnly) == [false, false, true, false, false, true])
        #expect(table.map(\.isNetwork) == [false, false, true, true, false, true])
    }

    @Test(
        "The deepest folder wins, the last mount on it, and only whole names match",
        arguments: [
            ("/models/a.gguf", "fuse.juicefs"), ("/models", "fuse.juicefs"), ("/models2/a", "ext4"),
            ("/models/hot/a", "9p"), ("/", "ext4"),
        ]
    )
    func choose(path: String, fileSystem: String) {
        #expect(Mount.choose(from: Mount.parse(text), path: path, device: (9, 9))?.fileSystem == fileSystem)
    }

    @Test("The file's own device decides between mounts above it")
    func device() {
        #expect(Mount.choose(from: Mount.parse(text), path: "/models/hot/a", device: (0, 41))?.fileSystem == "tmpfs")
    }

    @Test("A real folder has a mount and free space, a missing one has neither")
    func real() throws {
        let folder = try TemporaryFolder()
        let mount = try #require(Mount.of(folder.path))
        #expect(folder.path.hasPrefix(mount.folder) && !mount.fileSystem.isEmpty)
        #expect(try #require(Mount.freeSpace(folder.path)) > 0)
        #expect(Mount.of("/proc/self/stat")?.fileSystem == "proc")
        #expect(Mount.of(folder.path("none")) == nil)
        #expect(Mount.freeSpace(folder.path("none")) == nil)
    }

    @Test("The file system of processes with a similar name is no network")
    func fusectl() {
        var mount = Mount.parse(text)[0]
        for (name, expected) in [
            ("fusectl", false), ("fuse", true), ("fuseblk", true), ("overlay", false), ("nfs", true),
        ] {
            mount.fileSystem = name
            #expect(mount.isNetwork == expected, "\(name)")
        }
    }
}
