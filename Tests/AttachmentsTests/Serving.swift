import Attachments
import HTTPTransport
import TestSupport

/// Runs `body` with a server and a fetcher that may ask it.
func serving(
    limits: AttachmentFetcher.Limits = AttachmentFetcher.Limits(),
    rule: AddressRule = .any,
    _ handler: @escaping TestServer.Handler,
    _ body: (TestServer, AttachmentFetcher) async throws -> Void
) async throws {
    let server = try TestServer(handler: handler)
    defer { server.stop() }
    let http = HTTPClient(configuration: HTTPClient.Configuration(environment: [:]))
    defer { http.shutdown() }
    try await body(server, AttachmentFetcher(http: http, limits: limits, rule: rule))
}

/// What `body` throws; nil if it returns.
func failure(_ body: () async throws(AttachmentError) -> Attachment) async -> AttachmentError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}

enum Picture {
    static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]
    static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 16, 0x4A, 0x46, 0x49, 0x46]
    static let gif = Array("GIF89a".utf8) + [1, 0, 1, 0]
    static let webp = Array("RIFF".utf8) + [4, 0, 0, 0] + Array("WEBPVP8 ".utf8)
    static let bmp =
        Array("BM".utf8) + [26, 0, 0, 0, 0, 0, 0, 0, 26, 0, 0, 0, 40, 0, 0, 0] + [UInt8](repeating: 0, count: 36)
}
