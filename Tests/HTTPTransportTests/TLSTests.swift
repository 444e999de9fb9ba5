import Foundation
import HTTPTransport
import TestSupport
import Testing

@Suite("TLS", .enabled(if: OpenSSL.isInstalled, "needs the openssl command"), .timeLimit(.minutes(2)))
struct TLSTests {
    private let folder: TemporaryFolder
    private let authority: String

    /// A CA of our own, and a certificate of it for 127.0.0.1 only.
    init() throws {
        folder = try TemporaryFolder("kindling-tls")
        authority = folder.path("ca.pem")
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        try OpenSSL.run(
            ["req", "-x509", "-keyout", folder.path("ca.key"), "-out", authority, "-subj", "/CN=Test CA"] + key
        )
        try OpenSSL.run(
            ["req", "-x509", "-keyout", folder.path("key.pem"), "-out", folder.path("certificate.pem")] + key + [
                "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE",
                "-CA", authority, "-CAkey", folder.path("ca.key"),
            ]
        )
    }

    @Test("a CA named by SSL_CERT_FILE is trusted")
    func trustedByFile() async throws {
        try await withServer { port in
            let reply = try await fetch("https://127.0.0.1:\(port)/", environment: ["SSL_CERT_FILE": authority])
            #expect(reply.status == 200)
            #expect(String(decoding: reply.body, as: UTF8.self).contains("Cipher"))
        }
    }

    @Test("a CA in a directory named by SSL_CERT_DIR is trusted")
    func trustedByDirectory() async throws {
        try OpenSSL.run(["x509", "-hash", "-noout", "-in", authority], output: folder.path("hash"))
        let hash = try String(contentsOfFile: folder.path("hash"), encoding: .utf8).prefix { !$0.isWhitespace }
        let directory = folder.path("hashed")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        try FileManager.default.copyItem(atPath: authority, toPath: "\(directory)/\(hash).0")
        try await withServer { port in
            let reply = try await fetch("https://127.0.0.1:\(port)/", environment: ["SSL_CERT_DIR": directory])
            #expect(reply.status == 200)
        }
    }

    @Test("an unknown CA is not trusted, and the message says what to do")
    func unknown() async throws {
        try await withServer { port in
            let error = await failure { _ = try await fetch("https://127.0.0.1:\(port)/", environment: [:]) }
            #expect(error?.code == .tls)
            #expect(error?.message.contains("127.0.0.1:\(port)") == true)
            #expect(error?.message.contains("SSL_CERT_FILE") == true)
        }
    }

    @Test("a certificate for another name is not trusted")
    func otherName() async throws {
        try await withServer { port in
            let error = await failure {
                _ = try await fetch("https://localhost:\(port)/", environment: ["SSL_CERT_FILE": authority])
            }
            #expect(error?.code == .tls)
            // The cause is the name, also where localhost has an IPv6 address that refused before.
            #expect(error?.message.contains("refused") == false)
        }
    }

    @Test("a bundle that is not there fails as TLS does and is named")
    func missingBundle() async throws {
        try await withServer { port in
            let environment = ["SSL_CERT_FILE": "/no/such/bundle.pem"]
            let error = await failure { _ = try await fetch("https://127.0.0.1:\(port)/", environment: environment) }
            #expect(error?.code == .tls)
            #expect(error?.message.contains("/no/such/bundle.pem") == true)
        }
    }

    @Test("a server that speaks no TLS")
    func plainServer() async throws {
        try await serving { _, connection in
            try connection.respond(200)
        } _: { server, client in
            // What looks like a head to the server must end, or it would wait for the rest of it.
            let error = await failure {
                var request = HTTPRequest("https://127.0.0.1:\(server.port)/")
                request.connectTimeout = .seconds(1)
                _ = try await client.fetch(request, upTo: 0)
            }
            #expect(error?.code == .tls || error?.code == .couldNotConnect)
        }
    }

    private func fetch(_ url: String, environment: [String: String]) async throws -> HTTPReply {
        let client = HTTPClient(configuration: .init(environment: environment))
        defer { client.shutdown() }
        return try await client.fetch(HTTPRequest(url), upTo: 1 << 20)
    }

    /// Runs `body` with the port of a TLS server that answers every request with a page about its connection.
    private func withServer(_ body: (Int) async throws -> Void) async throws {
        let log = folder.path("server.log")
        let certificate = ["-cert", folder.path("certificate.pem"), "-key", folder.path("key.pem")]
        let server = try OpenSSL.start(["s_server", "-www", "-accept", "127.0.0.1:0"] + certificate, output: log)
        defer {
            kill(server, SIGKILL)
            waitpid(server, nil, 0)
        }
        var port: Int?
        _ = await eventually {
            port = try? String(contentsOfFile: log, encoding: .utf8).firstMatch(of: /ACCEPT .*:(\d+)/).flatMap {
                Int($0.1)
            }
            return port != nil
        }
        try await body(#require(port))
    }
}

/// The command. Not through Foundation's `Process`, whose pipes leak into children that other tests start meanwhile.
private enum OpenSSL {
    private static let program = "/usr/bin/openssl"

    struct Failed: Error {
        let arguments: [String]
        let code: Int32
    }

    static var isInstalled: Bool { access(program, X_OK) == 0 }

    /// Runs it to its end, for some milliseconds.
    static func run(_ arguments: [String], output: String = "/dev/null") throws {
        var status: Int32 = 0
        waitpid(try start(arguments, output: output), &status, 0)
        guard status == 0 else { throw Failed(arguments: arguments, code: status) }
    }

    /// Starts it with its output in a file; returns its process id.
    static func start(_ arguments: [String], output: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, program, &actions, nil, &words, environ)
        guard code == 0 else { throw Failed(arguments: arguments, code: code) }
        return child
    }
}
