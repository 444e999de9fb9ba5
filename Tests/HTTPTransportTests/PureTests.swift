import Testing

@testable import HTTPTransport

@Suite("The buffer between curl and the reader")
struct BodyBufferTests {
    private let error = HTTPError(.connectionLost, "lost")

    @Test("bytes are taken until the buffer is full, and none of the refused ones are kept")
    func full() {
        var buffer = BodyBuffer(capacity: 4)
        #expect(take(&buffer) == .nothing)
        #expect(offer([1, 2, 3], to: &buffer) == .taken)
        #expect(offer([4, 5, 6], to: &buffer) == .taken)
        #expect(offer([7], to: &buffer) == .full)
        #expect(take(&buffer) == .chunk([1, 2, 3, 4, 5, 6], resumes: true))
        #expect(offer([7], to: &buffer) == .taken)
        #expect(take(&buffer) == .chunk([7], resumes: false))
        #expect(take(&buffer) == .nothing)
    }

    @Test("an ending comes after the bytes", arguments: [true, false])
    func ending(fails: Bool) {
        var buffer = BodyBuffer(capacity: 4)
        #expect(offer([1], to: &buffer) == .taken)
        buffer.finish(fails ? error : nil)
        #expect(buffer.hasEnded)
        #expect(take(&buffer) == .chunk([1], resumes: false))
        for _ in 0..<2 { #expect(take(&buffer) == (fails ? .failure(error) : .end)) }
    }

    @Test("abandoning throws the bytes away and refuses more")
    func abandoned() {
        var buffer = BodyBuffer(capacity: 4)
        #expect(offer([1], to: &buffer) == .taken)
        buffer.abandon(error)
        #expect(take(&buffer) == .failure(error))
        #expect(offer([2], to: &buffer) == .unwanted)
        buffer.finish(nil)
        #expect(take(&buffer) == .failure(error))
    }

    @Test("what is complete stays complete")
    func abandonedTooLate() {
        var buffer = BodyBuffer(capacity: 4)
        #expect(offer([1], to: &buffer) == .taken)
        buffer.finish(nil)
        buffer.abandon(error)
        #expect(take(&buffer) == .chunk([1], resumes: false))
        #expect(take(&buffer) == .end)
    }

    private func offer(_ bytes: [UInt8], to buffer: inout BodyBuffer) -> BodyBuffer.Verdict {
        bytes.withUnsafeBytes { buffer.offer($0) }
    }

    private func take(_ buffer: inout BodyBuffer) -> BodyBuffer.Finding {
        buffer.take()
    }
}

@Suite("Heads")
struct HeadParserTests {
    @Test("names, values, folded lines and doubled names")
    func fields() throws {
        let head = try #require(
            parse("HTTP/1.1 418 I'm a teapot\r\nA:1\r\nb: \t2 \t\r\nA: 3\r\n  more\r\nno colon\r\nEmpty:\r\n\r\n")
        )
        #expect(head.status == 418)
        #expect(head.headers.map(\.name) == ["A", "b", "A", "Empty"])
        #expect(head.headers.map(\.value) == ["1", "2", "3 more", ""])
    }

    @Test("status lines", arguments: [("HTTP/1.0 200", 200), ("HTTP/2 204 ", 204), ("HTTP/1.1  301 Moved", 301)])
    func status(line: String, status: Int) {
        #expect(parse(line + "\r\n\r\n")?.status == status)
    }

    @Test("a redirect that is followed is replaced by what comes after it")
    func redirect() {
        let redirect = "HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n"
        #expect(parse(redirect)?.status == 302)
        #expect(parse(redirect, followsRedirects: true) == nil)
        #expect(parse(redirect + "HTTP/1.1 200 OK\r\nX: 1\r\n\r\n", followsRedirects: true)?.headers.count == 1)
        #expect(parse("HTTP/1.1 304 Not Modified\r\n\r\n", followsRedirects: true)?.status == 304)
        var parser = HeadParser(maximumBytes: 1_000, followsRedirects: true)
        feed(redirect, to: &parser)
        let settled = [parser.settle()?.status, parser.settle()?.status]
        #expect(settled == [302, nil])
    }

    @Test("the limit counts every line of every head")
    func limit() {
        let interim = "HTTP/1.1 100 Continue\r\n\r\n"
        var parser = HeadParser(maximumBytes: interim.utf8.count * 3)
        #expect(!feed(interim + interim + interim, to: &parser))
        #expect(feed(interim, to: &parser))
    }

    private func parse(_ text: String, followsRedirects: Bool = false) -> ResponseHead? {
        var parser = HeadParser(maximumBytes: 1_000, followsRedirects: followsRedirects)
        var found: ResponseHead?
        for line in lines(of: text) {
            if case .complete(let head) = line.withUnsafeBytes({ parser.line($0) }) { found = head }
        }
        return found
    }

    /// Returns whether it became too large.
    @discardableResult
    private func feed(_ text: String, to parser: inout HeadParser) -> Bool {
        for line in lines(of: text) {
            if case .tooLarge = line.withUnsafeBytes({ parser.line($0) }) { return true }
        }
        return false
    }

    private func lines(of text: String) -> [[UInt8]] {
        text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().map {
            Array($0) + [10]
        }
    }
}

@Suite("Silence")
struct IdleWatchTests {
    private let start = ContinuousClock.now

    @Test("time runs from the last byte that came or went")
    func progress() {
        var watch = IdleWatch(limit: .seconds(10), start: start)
        #expect(watch.deadline == start + .seconds(10))
        #expect(expires(&watch, after: 9) == false)
        watch.received(at: start + .seconds(9))
        let looks = [18, 19, 28, 29].map { expires(&watch, after: $0, sent: $0 < 19 ? 0 : 5) }
        #expect(looks == [false, false, false, true])
    }

    @Test("what was sent counts from the look at which it had left, not from the deadline")
    func sending() {
        var watch = IdleWatch(limit: .seconds(10), start: start)
        #expect(expires(&watch, after: 1, sent: 5) == false)
        #expect(watch.deadline == start + .seconds(11))
        #expect([10, 11].map { expires(&watch, after: $0, sent: 5) } == [false, true])
    }

    @Test("a pause stops the time, a resume starts it afresh")
    func pause() {
        var watch = IdleWatch(limit: .seconds(10), start: start)
        watch.pause()
        #expect(watch.deadline == nil)
        #expect(expires(&watch, after: 100) == false)
        watch.resume(at: start + .seconds(100))
        #expect(watch.deadline == start + .seconds(110))
    }

    private func expires(_ watch: inout IdleWatch, after seconds: Int, sent: Int64 = 0) -> Bool {
        watch.hasExpired(at: start + .seconds(seconds), bytesSent: sent)
    }
}

@Suite("Choices made from the environment")
struct EnvironmentTests {
    @Test("the trust store", arguments: [true, false])
    func trust(hasHashes: Bool) {
        let system = hasHashes ? "/etc/ssl/certs" : nil
        let table: [([String: String], TrustStore)] = [
            ([:], TrustStore(file: nil, directory: system)),
            (["SSL_CERT_FILE": "", "SSL_CERT_DIR": ""], TrustStore(file: nil, directory: system)),
            (["SSL_CERT_FILE": "/a.pem"], TrustStore(file: "/a.pem", directory: system)),
            (["SSL_CERT_DIR": "/d"], TrustStore(file: nil, directory: "/d")),
            (["SSL_CERT_FILE": "/a.pem", "SSL_CERT_DIR": "/d"], TrustStore(file: "/a.pem", directory: "/d")),
            (["CURL_CA_BUNDLE": "/c.pem"], TrustStore(file: nil, directory: system)),
        ]
        for (environment, expected) in table {
            #expect(TrustStore.choose(environment: environment, isHashedDirectory: { _ in hasHashes }) == expected)
        }
    }

    @Test(
        "names in a hashed directory",
        arguments: [
            ("002c0b4f.0", true), ("ffffffff.12", true), ("002c0b4f.", false), ("002C0B4F.0", false),
            ("ca-certificates.crt", false), ("002c0b4f.r0", false), ("", false),
        ]
    )
    func hashNames(name: String, isHash: Bool) {
        #expect(TrustStore.isHashName(Array(name.utf8)) == isHash)
    }

    @Test("a folder without such names is not taken for one")
    func hashedDirectory() {
        #expect(!TrustStore.isHashedDirectory("/proc/self/fd"))
        #expect(!TrustStore.isHashedDirectory("/no/such/folder"))
    }

    @Test("proxies: lower case before upper, the scheme's own before the general one, empty is none")
    func proxies() throws {
        let plain = try #require(Origin(of: "http://a/"))
        let secure = try #require(Origin(of: "https://a/"))
        let table: [([String: String], String?, String?)] = [
            ([:], nil, nil),
            (["HTTP_PROXY": "p"], "p", nil),
            (["http_proxy": "q", "HTTP_PROXY": "p"], "q", nil),
            (["HTTPS_PROXY": "s", "ALL_PROXY": "a"], "a", "s"),
            (["https_proxy": "", "all_proxy": "a"], "a", "a"),
        ]
        for (environment, forPlain, forSecure) in table {
            let rules = ProxyRules(environment: environment)
            #expect(rules.proxy(for: plain) == forPlain)
            #expect(rules.proxy(for: secure) == forSecure)
        }
        #expect(ProxyRules(environment: ["NO_PROXY": "a,b"]).exceptions == "a,b")
    }

    @Test(
        "durations for curl: rounded up, never its 'for ever', never beyond an int",
        arguments: [
            (.zero, 1), (.seconds(-1), 1), (.nanoseconds(1), 1), (.milliseconds(250), 250), (.microseconds(1_500), 2),
            (.seconds(10), 10_000), (.seconds(1 << 40), Int(Int32.max)),
        ] as [(Duration, Int)]
    )
    func durations(duration: Duration, milliseconds: Int) {
        #expect(duration.curlMilliseconds == milliseconds)
    }
}
