import Crypto
import Foundation
import TestSupport

/// Signatures made again from what came over the wire: a second implementation, which shares no line with the first.
extension TestServer.Request {
    /// What the `Authorization` header says that it was signed for.
    struct Scope {
        let day: String
        let region: String
        let headers: [String]
        let signature: String
    }

    var signedScope: Scope? {
        guard
            let match = header("Authorization")?.wholeMatch(
                of:
                    /AWS4-HMAC-SHA256 Credential=([^\/]+)\/(\d{8})\/([^\/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=(\w{64})/
            ), match.1 == exampleID
        else { return nil }
        let headers = match.4.split(separator: ";").map(String.init)
        return Scope(day: String(match.2), region: String(match.3), headers: headers, signature: String(match.5))
    }

    /// From the request line and headers as they came over the wire.
    func hasValidSignature(secret: String, _ scope: Scope) -> Bool {
        let hash = SHA256.hash(data: body).map { String(format: "%02x", $0) }.joined()
        guard header("x-amz-content-sha256") == hash, let date = header("x-amz-date"), date.hasPrefix(scope.day),
            Set(scope.headers).isSuperset(of: ["host", "x-amz-date", "x-amz-content-sha256"])
        else { return false }
        let lines = scope.headers.map { "\($0):\(header($0) ?? "")\n" }.joined()
        return signature(secret, scope, date, pairs(), lines, scope.headers, hash) == scope.signature
    }

    /// Whether the URL alone is enough, as it came over the wire.
    func isPresigned(secret: String) -> Bool {
        let parameters = query
        let credential = (parameters["X-Amz-Credential"] ?? "").split(separator: "/").map(String.init)
        guard let date = parameters["X-Amz-Date"], let signature = parameters["X-Amz-Signature"], credential.count == 5,
            credential[0] == exampleID, parameters["X-Amz-SignedHeaders"] == "host", header("Authorization") == nil,
            Int(parameters["X-Amz-Expires"] ?? "").map({ $0 <= 604_800 }) == true
        else { return false }
        let scope = Scope(day: credential[1], region: credential[2], headers: ["host"], signature: signature)
        let pairs = pairs().filter { !$0.hasPrefix("X-Amz-Signature=") }
        let host = "host:\(header("Host") ?? "")\n"
        return self.signature(secret, scope, date, pairs, host, ["host"], "UNSIGNED-PAYLOAD") == signature
    }

    private func pairs() -> [String] {
        let query = target.contains("?") ? String(target.dropFirst(path.count + 1)) : ""
        return query.split(separator: "&").map { $0.contains("=") ? String($0) : "\($0)=" }.sorted()
    }

    private func signature(
        _ secret: String,
        _ scope: Scope,
        _ date: String,
        _ pairs: [String],
        _ lines: String,
        _ names: [String],
        _ payload: String
    ) -> String {
        let canonical = [method, path, pairs.joined(separator: "&"), lines, names.joined(separator: ";"), payload]
            .joined(separator: "\n")
        let digest = SHA256.hash(data: Data(canonical.utf8)).map { String(format: "%02x", $0) }.joined()
        let text = "AWS4-HMAC-SHA256\n\(date)\n\(scope.day)/\(scope.region)/s3/aws4_request\n\(digest)"
        var key = Data("AWS4\(secret)".utf8)
        for part in [scope.day, scope.region, "s3", "aws4_request", text] {
            key = Data(HMAC<SHA256>.authenticationCode(for: Data(part.utf8), using: SymmetricKey(data: key)))
        }
        return key.map { String(format: "%02x", $0) }.joined()
    }
}
