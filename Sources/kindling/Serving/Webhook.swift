import HTTPTransport

/// Posts a job's report to the URL that its client gave.
struct Webhook {
    let http: HTTPClient
    let addresses: AddressRule

    @Sendable func send(_ url: String, _ body: [UInt8]) async -> Bool {
        var request = HTTPRequest("POST", url)
        request.headers = [("Content-Type", "application/json")]
        request.body = body
        request.timeout = .seconds(10)
        request.addresses = addresses
        return (try? await http.fetch(request, upTo: 1 << 20))?.status == 200
    }
}
