import Machine
import Support
import TestSupport
import Testing

@Suite("Memory")
struct MemoryFactsTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try write(
            "proc/meminfo",
            "MemTotal:       16000 kB\nMemFree:  1000 kB\nMemAvailable:    8000 kB\nHugePages_Total: 0\n"
        )
    }

    private func write(_ name: String, _ text: String) throws {
        try folder.write(name, Array(text.utf8))
    }

    private func kibibytes(_ count: Int) -> Int { count * 1024 }

    @Test("Without control groups the machine's own figures count")
    func machine() {
        let facts = MemoryFacts.read(root: folder.path)
        #expect(facts == MemoryFacts(total: kibibytes(16_000), available: kibibytes(8_000)))
        #expect(facts?.room == kibibytes(8_000))
    }

    @Test("A version 2 limit counts, and page cache that can go is room")
    func second() throws {
        try write("proc/self/cgroup", "0::/pod/box\n")
        try write("sys/fs/cgroup/pod/box/memory.max", "4096000\n")
        try write("sys/fs/cgroup/pod/box/memory.current", "4000000\n")
        try write("sys/fs/cgroup/pod/box/memory.stat", "anon 1000000\nfile 3000000\ninactive_file 2500000\n")
        let facts = MemoryFacts.read(root: folder.path)
        #expect(facts?.container == .init(limit: 4_096_000, usage: 4_000_000, reclaimable: 2_500_000))
        #expect(facts?.room == 2_596_000)
    }

    @Test("A limit of a group above is a limit, and the tightest counts")
    func parents() throws {
        try write("proc/self/cgroup", "0::/pod/box\n")
        for (group, limit) in [("pod/box", "max"), ("pod", "2000000")] {
            try write("sys/fs/cgroup/\(group)/memory.max", limit)
            try write("sys/fs/cgroup/\(group)/memory.current", "500000")
        }
        #expect(MemoryFacts.read(root: folder.path)?.room == 1_500_000)
    }

    @Test(
        "Inside a container the group's path is the host's: then the mount's own folder is the group",
        arguments: ["4:memory:/docker/0123", "4:cpu,memory:/", "9:x:/\n4:memory:/a:b/c"]
    )
    func first(cgroup: String) throws {
        try write("proc/self/cgroup", "\(cgroup)\n0::/\n")
        try write("sys/fs/cgroup/memory/memory.limit_in_bytes", "3000000\n")
        try write("sys/fs/cgroup/memory/memory.usage_in_bytes", "2000000\n")
        try write("sys/fs/cgroup/memory/memory.stat", "inactive_file 1\ntotal_inactive_file 700000\n")
        let container = MemoryFacts.read(root: folder.path)?.container
        #expect(container == .init(limit: 3_000_000, usage: 2_000_000, reclaimable: 700_000))
    }

    @Test("With both versions mounted the one that has the memory counts")
    func hybrid() throws {
        try write("proc/self/cgroup", "4:memory:/\n0::/\n")
        try write("sys/fs/cgroup/unified/cgroup.procs", "1\n")
        try write("sys/fs/cgroup/memory/memory.limit_in_bytes", "3000000\n")
        try write("sys/fs/cgroup/memory/memory.usage_in_bytes", "1000000\n")
        #expect(MemoryFacts.read(root: folder.path)?.room == 2_000_000)
    }

    @Test("No limit is no limit", arguments: ["9223372036854771712", "max", "-1", "18446744073709551615", "", "lots"])
    func unlimited(limit: String) throws {
        try write("proc/self/cgroup", "4:memory:/\n")
        try write("sys/fs/cgroup/memory/memory.limit_in_bytes", limit)
        try write("sys/fs/cgroup/memory/memory.usage_in_bytes", "1000000\n")
        #expect(MemoryFacts.read(root: folder.path)?.container == nil)
    }

    @Test("A group over its limit has no room, not less than none")
    func over() {
        #expect(MemoryFacts.Container(limit: 100, usage: 300, reclaimable: 50).room == 0)
        #expect(MemoryFacts.Container(limit: 100, usage: 30, reclaimable: 50).room == 100)
    }

    @Test("Without a figure there are no facts", arguments: ["", "MemTotal: many kB\n", "MemTotal\n", "\u{0}\n"])
    func nothing(meminfo: String) throws {
        try write("proc/meminfo", meminfo)
        #expect(MemoryFacts.read(root: folder.path) == nil)
    }

    @Test("This machine has memory, and less of it is available")
    func real() throws {
        let facts = try #require(MemoryFacts.read())
        #expect(facts.total > 0 && facts.room > 0 && facts.available <= facts.total)
    }
}
