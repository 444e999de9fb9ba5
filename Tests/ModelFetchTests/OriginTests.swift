import HTTPTransport
import ModelStore
import Support
import TestSupport
import Testing

@testable import ModelFetch

/// Redirects, tokens and challenges: who gets to see what.
@Suite struct OriginTests {
    @Test func bytesComeFromWhereTheRegistryPoints() async throws {
        let network = try LocalRegistry()
        let address = network.url
        let registry = try LocalRegistry { request, connection, registry in
            guard registry.isForWeights(request) else { return false }
            try connection.respond(307, headers: [("Location", "\(address)/cdn/file?signature=s3cret")])
            return true
        }
        var pulling = try Pulling()
        pulling.token = AccessToken("hf_secret", for: [String(registry.url.dropFirst(7))], needsTLS: false)
        try await pulling.pull(registry)
        #expect(pulling.blob(registry.digest) == registry.weights)
        // One request asked the way; all others went there by themselves.
        #expect(registry.weightRequests == 1)
        #expect(network.requests.count == 12)
        #expect(registry.requests.allSatisfy { $0.header("Authorization") == "Bearer hf_secret" })
        #expect(network.requests.allSatisfy { $0.header("Authorization") == nil })
    }

    @Test func anExpiredAddressIsAskedForAgain() async throws {
        let network = try LocalRegistry { request, connection, registry in
            // Each signature is good for five requests.
            guard registry.requests.count(where: { $0.target == request.target }) > 5 else { return false }
            try connection.respond(403)
            return true
        }
        let address = network.url
        let signatures = Lock(0)
        let registry = try LocalRegistry { request, connection, registry in
            guard registry.isForWeights(request) else { return false }
            // A new one each time: two connections that ask at once must not use up one signature before they have it.
            let signature = signatures.withLock { number in
                number += 1
                return number
            }
            try connection.respond(302, headers: [("Location", "\(address)/cdn/\(signature)")])
            return true
        }
        let pulling = try Pulling()
        try await pulling.pull(registry)
        #expect(pulling.blob(registry.digest) == registry.weights)
        #expect(registry.weightRequests >= 3)
    }

    @Test func redirectsWithoutEndHaveOne() async throws {
        let registry = try LocalRegistry { _, connection, _ in
            try connection.respond(302, headers: [("Location", "/again")])
            return true
        }
        let pulling = try Pulling()
        await #expect {
            try await pulling.pull(registry)
        } throws: { error in
            if case .refused(_, _, 302) = error as? PullError { true } else { false }
        }
        #expect(registry.requests.count == 11)
    }

    @Test(arguments: ["ftp://elsewhere/x", "file:///etc/passwd", "http://user:pass@127.0.0.1/", ""])
    func redirectsToOtherThingsAreNotFollowed(location: String) async throws {
        let registry = try LocalRegistry { _, connection, _ in
            try connection.respond(302, headers: [("Location", location)])
            return true
        }
        let pulling = try Pulling()
        await #expect(throws: PullError.self) { try await pulling.pull(registry) }
    }

    @Test func anAnonymousTokenIsFetchedAndStaysWithItsRegistry() async throws {
        let network = try LocalRegistry()
        let address = network.url
        let registry = try LocalRegistry { request, connection, registry in
            if request.path == "/token" {
                try connection.respond(200, json: #"{"token":"anonymous"}"#)
            } else if request.header("Authorization") != "Bearer anonymous" {
                let challenge =
                    "Bearer realm=\"\(registry.url)/token\",service=\"reg\",scope=\"repository:library/m:pull\""
                try connection.respond(401, headers: [("WWW-Authenticate", challenge)])
            } else if registry.isForWeights(request) {
                try connection.respond(307, headers: [("Location", "\(address)/cdn/file")])
            } else {
                return false
            }
            return true
        }
        let pulling = try Pulling()
        try await pulling.pull(registry)
        #expect(pulling.blob(registry.digest) == registry.weights)
        let tokens = registry.requests.filter { $0.path == "/token" }
        #expect(tokens.map { $0.query["scope"] } == ["repository:library/m:pull"])
        #expect(network.requests.allSatisfy { $0.header("Authorization") == nil })
    }

    @Test func aTokenThatIsNotTakenIsAnErrorThatDoesNotNameIt() async throws {
        let registry = try LocalRegistry { request, connection, registry in
            let challenge = "Bearer realm=\"\(registry.url)/token\""
            if request.path == "/token" {
                try connection.respond(200, json: #"{"token":"anonymous-secret"}"#)
            } else {
                try connection.respond(401, headers: [("WWW-Authenticate", challenge)])
            }
            return true
        }
        var pulling = try Pulling()
        pulling.token = AccessToken("hf_secret", for: [String(registry.url.dropFirst(7))], needsTLS: false)
        await #expect {
            try await pulling.pull(registry)
        } throws: { error in
            guard case .notAllowed(_, _, 401) = error as? PullError else { return false }
            return !"\(error)".contains("secret") && "\(error)".contains("HF_TOKEN")
        }
    }
}
