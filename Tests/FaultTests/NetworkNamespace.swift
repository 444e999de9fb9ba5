import Foundation
import Glibc
import TestSupport

/// A network of its own for a worker, joined to this machine's by one cable that can be cut, so that packets are really
/// lost and names really do not resolve. Gone with its last reference.
final class NetworkNamespace: Sendable {
    /// This end of the cable, from the address block that is set aside for such tests.
    let queueAddress: String
    private let name: String
    private let cable: String

    /// Whether this user and kernel can make one.
    static let isPossible: Bool = geteuid() == 0 && (try? NetworkNamespace()) != nil
    static let needs = "needs root, iproute2 and iptables"

    init() throws {
        // Two suites on one machine, and what a killed one left behind, must not meet.
        let number = Int.random(in: 0..<1 << 14)
        name = "faults-\(number)"
        cable = "fq\(number)"
        let block = "198.18.\(number >> 6)."
        let base = (number & 63) * 4
        queueAddress = "\(block)\(base + 1)"
        try run("ip", "netns", "add", name)
        try run("ip", "link", "add", cable, "type", "veth", "peer", "name", "wire", "netns", name)
        try run("ip", "address", "add", "\(queueAddress)/30", "dev", cable)
        try run("ip", "link", "set", cable, "up")
        try run(inside: "ip", "address", "add", "\(block)\(base + 2)/30", "dev", "wire")
        try run(inside: "ip", "link", "set", "wire", "up")
        try run(inside: "ip", "link", "set", "lo", "up")
        try run(inside: "iptables", "-L", "INPUT")
        // `ip netns exec` lays these files over those in /etc.
        try FileManager.default.createDirectory(atPath: "/etc/netns/\(name)", withIntermediateDirectories: true)
        try setHosts("")
        try Data("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n".utf8).write(to: file("resolv.conf"))
    }

    deinit {
        try? run("ip", "netns", "delete", name)
        try? FileManager.default.removeItem(atPath: "/etc/netns/\(name)")
    }

    /// What starts a program in there.
    func command(_ program: String, _ arguments: [String]) -> (program: String, arguments: [String]) {
        ("/usr/bin/env", ["ip", "netns", "exec", name, program] + arguments)
    }

    /// What crosses the cable from now on: with `-j DROP` nothing does.
    func filter(_ rule: String...) throws {
        for chain in ["INPUT", "OUTPUT"] {
            let side = chain == "INPUT" ? "-i" : "-o"
            try run(inside: ["iptables", "-A", chain, side, "wire"] + rule)
        }
    }

    /// Everything crosses it again.
    func unfilter() throws {
        try run(inside: "iptables", "-F")
    }

    /// The names that resolve in there. In place: programs that run have the file itself, not its name.
    func setHosts(_ lines: String) throws {
        let text = "127.0.0.1 localhost\n\(lines)\n"
        guard FileManager.default.fileExists(atPath: file("hosts").path) else {
            return try Data(text.utf8).write(to: file("hosts"))
        }
        let handle = try FileHandle(forWritingTo: file("hosts"))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    private func file(_ name: String) -> URL {
        URL(fileURLWithPath: "/etc/netns/\(self.name)/\(name)")
    }

    private func run(inside words: String...) throws {
        try run(inside: words)
    }

    private func run(inside words: [String]) throws {
        try run(["ip", "netns", "exec", name] + words)
    }

    private func run(_ words: String...) throws {
        try run(words)
    }

    private func run(_ words: [String]) throws {
        let program = try RunningProgram("/usr/bin/env", words, environment: ["PATH": "/usr/sbin:/sbin:/usr/bin:/bin"])
        guard program.waitForEnd() == .exited(0) else {
            throw NetworkFailure(description: "\(words.joined(separator: " ")): \(program.standardError)")
        }
    }
}

private struct NetworkFailure: Error, CustomStringConvertible {
    let description: String
}
