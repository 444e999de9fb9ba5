import Glibc
import Testing

@testable import Processes

struct ProcessRecordTests {
    private func parse(_ text: String) -> ProcessRecord? {
        ProcessRecord(stat: Array(text.utf8))
    }

    private func stat(name: String = "ollama", state: String = "S", threads: Int = 9) -> String {
        "812 (\(name)) \(state) 1 811 5 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 \(threads) 0 70123 99 12 1844 1 1 0\n"
    }

    @Test(arguments: ["ollama", "a b", "a) S 1 2", "(sd-pam)", "", "x ("])
    func `a name may hold what it likes`(name: String) throws {
        let record = try #require(parse(stat(name: name)))
        #expect(record.name == name)
        #expect(record.pid == 812)
        #expect(record.group == 811)
        #expect(record.startTicks == 70123)
    }

    @Test(arguments: [("S", 9, false), ("R", 1, false), ("Z", 1, true), ("X", 1, true), ("Z", 4, false)])
    func `dead is a zombie without living threads`(state: String, threads: Int, isDead: Bool) {
        #expect(parse(stat(state: state, threads: threads))?.isDead == isDead)
    }

    @Test(arguments: ["", "812", "812 (a", "812 (a) S 1", ") (", "x (a) S 1 2"])
    func `other text is no record`(text: String) {
        #expect(parse(text) == nil)
    }

    @Test func `we find ourselves`() throws {
        let own = try #require(ProcessTable.record(of: getpid()))
        #expect(own.pid == getpid())
        #expect(own.group == getpgrp())
        #expect(!own.isDead)
        #expect(ProcessTable.pids().contains(getpid()))
        #expect(ProcessTable.namespace(of: getpid())?.hasPrefix("pid:[") == true)
    }
}

struct OwnerTests {
    @Test(arguments: ["", "1", ":", "1:", ":1", "1:2:3", "0:1", "-4:1", "a:1", "1:-1", "1: 2"])
    func `other text is no owner`(text: String) {
        #expect(Owner(text) == nil)
    }

    @Test func `it is read back from an environment`() throws {
        let owner = try #require(Owner("812:70123"))
        let environment = Array("PATH=/bin\0XKINDLING_OWNER=1:1\0KINDLING_OWNER=\(owner)\0HOME=/\0".utf8)
        #expect(Owner(environment: environment) == owner)
        #expect(Owner(environment: Array("PATH=/bin\0KINDLING_OWNERS=1:1\0".utf8)) == nil)
        #expect(Owner(environment: []) == nil)
    }

    @Test func `the start time tells a process from a later one with its number`() throws {
        let current = try #require(Owner.current)
        #expect(current.isAlive)
        #expect(try #require(Owner("\(current.pid):\(current.startTicks + 1)")).isAlive == false)
        let parent = try #require(Owner(of: getppid()))
        #expect(parent.isAlive)
    }
}
