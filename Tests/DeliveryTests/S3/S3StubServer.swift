import Foundation
import Support
import TestSupport

/// An S3 server in memory that trusts nobody: each request's signature is made again from the bytes that came, by code
/// that shares none with what is tested.
///
/// A test may put an answer of its own before that of the server.
final class S3StubServer: Sendable {
    /// Answers instead of the server, or returns false. Told how often this kind of request came before.
    typealias Fault = @Sendable (TestServer.Request, TestServer.Connection, Int) throws -> Bool

    private struct State {
        var objects: [String: [UInt8]] = [:]
        var uploads: [String: [Int: [UInt8]]] = [:]
        var counts: [String: Int] = [:]
        var lines: [String] = []
        var partsUnderWay = 0
        var mostPartsUnderWay = 0
    }

    private let state = Lock(State())
    private let running = Lock<TestServer?>(nil)
    private let secret: String
    private let region: String

    init(secret: String = exampleSecret, region: String = "us-east-1", fault: @escaping Fault = { _, _, _ in false })
        throws
    {
        self.secret = secret
        self.region = region
        let server = try TestServer { [weak self] request, connection in
            guard let self else { return }
            let number = self.count(request)
            guard try !fault(request, connection, number) else { return }
            try self.answer(request, connection)
        }
        running.withLock { $0 = server }
    }

    var url: String { running.withLock { $0?.url } ?? "" }
    func stop() { running.withLock { $0 }?.stop() }

    func object(_ path: String) -> [UInt8]? { state.withLock { $0.objects[path] } }
    /// Uploads in parts that were begun and neither completed nor aborted.
    var openUploads: Int { state.withLock { $0.uploads.count } }
    /// `PUT ?partNumber=2`, and so on, in the order in which they came.
    var requests: [String] { state.withLock { $0.lines } }
    func requests(_ kind: String) -> Int { requests.count { $0 == kind } }
    var mostPartsAtOnce: Int { state.withLock { $0.mostPartsUnderWay } }

    static func kind(of request: TestServer.Request) -> String {
        let query = request.query
        if query["uploads"] != nil { return "POST uploads" }
        if let part = query["partNumber"] { return "PUT part \(part)" }
        return query["uploadId"] == nil ? request.method : "\(request.method) upload"
    }

    static func error(_ code: String, _ more: String = "") -> [UInt8] {
        Array("<?xml version=\"1.0\"?>\n<Error><Code>\(code)</Code><Message>\(exampleID)</Message>\(more)</Error>".utf8)
    }

    /// Completes an upload as its request asks, without an answer.
    func perform(_ request: TestServer.Request) {
        guard let upload = request.query["uploadId"] else { return }
        _ = complete(upload, request)
    }

    private func count(_ request: TestServer.Request) -> Int {
        let kind = Self.kind(of: request)
        return state.withLock { state in
            state.lines.append(kind)
            defer { state.counts[kind, default: 0] += 1 }
            return state.counts[kind, default: 0]
        }
    }

    private func answer(_ request: TestServer.Request, _ connection: TestServer.Connection) throws {
        if request.query["X-Amz-Signature"] != nil {
            guard request.method == "GET", request.isPresigned(secret: secret) else {
                return try connection.respond(403, body: Self.error("SignatureDoesNotMatch"))
            }
            return try whole(request, connection)
        }
        guard let scope = request.signedScope, scope.region == region else {
            let body = Self.error("AuthorizationHeaderMalformed", "<Region>\(region)</Region>")
            return try connection.respond(400, body: body)
        }
        guard request.hasValidSignature(secret: secret, scope) else {
            return try connection.respond(403, body: Self.error("SignatureDoesNotMatch"))
        }
        let query = request.query
        if query["uploads"] != nil {
            // All that an id may hold, to see it come back.
            let upload = "u/+ =&\(UUID().uuidString)"
            state.withLock { $0.uploads[upload] = [:] }
            let text = upload.replacing("&", with: "&amp;")
            let body = "<InitiateMultipartUploadResult><UploadId>\(text)</UploadId></InitiateMultipartUploadResult>"
            return try connection.respond(200, body: Array(body.utf8))
        }
        guard let upload = query["uploadId"] else { return try whole(request, connection) }
        guard state.withLock({ $0.uploads[upload] != nil }) else {
            return try connection.respond(404, body: Self.error("NoSuchUpload"))
        }
        switch request.method {
        case "PUT": try part(Int(query["partNumber"] ?? "") ?? 0, of: upload, request, connection)
        case "POST":
            let success = Array("<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>".utf8)
            // Real ones say 200 before they know.
            let isComplete = complete(upload, request)
            try connection.respond(200, body: isComplete ? success : Self.error("InvalidPart"))
        default:
            state.withLock { _ = $0.uploads.removeValue(forKey: upload) }
            try connection.respond(204)
        }
    }

    private func whole(_ request: TestServer.Request, _ connection: TestServer.Connection) throws {
        if request.method == "PUT" {
            state.withLock { $0.objects[request.path] = request.body }
            return try connection.respond(200, headers: [("ETag", "\"whole\"")])
        }
        guard let object = object(request.path) else { return try connection.respond(404) }
        try connection.respond(200, body: object)
    }

    private func part(
        _ number: Int,
        of upload: String,
        _ request: TestServer.Request,
        _ connection: TestServer.Connection
    ) throws {
        state.withLock { state in
            state.partsUnderWay += 1
            state.mostPartsUnderWay = max(state.mostPartsUnderWay, state.partsUnderWay)
            state.uploads[upload]?[number] = request.body
        }
        // Long enough for the others to come, if others come.
        usleep(50_000)
        state.withLock { $0.partsUnderWay -= 1 }
        try connection.respond(200, headers: [("ETag", "\"<\(number)>\"")])
    }

    private func complete(_ upload: String, _ request: TestServer.Request) -> Bool {
        state.withLock { state in
            let parts = (state.uploads[upload] ?? [:]).sorted { $0.key < $1.key }
            let list = parts.map {
                "<Part><PartNumber>\($0.key)</PartNumber><ETag>&quot;&lt;\($0.key)&gt;&quot;</ETag></Part>"
            }
            guard request.text == "<CompleteMultipartUpload>\(list.joined())</CompleteMultipartUpload>" else {
                return false
            }
            state.uploads[upload] = nil
            state.objects[request.path] = parts.flatMap(\.value)
            return true
        }
    }
}
