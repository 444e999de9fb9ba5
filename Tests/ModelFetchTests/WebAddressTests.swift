import Testing

@testable import ModelFetch

@Suite struct WebAddressTests {
    @Test(arguments: [
        ("https://hf.co/v2/a/b", "hf.co", "/v2/a/b"),
        ("HTTPS://HF.co:443", "hf.co", "/"),
        ("http://127.0.0.1:5000/x?y=z#w", "127.0.0.1:5000", "/x?y=z"),
        ("http://[::1]:80?x", "[::1]", "/?x"),
    ]) func partsOfAURL(text: String, authority: String, target: String) throws {
        let address = try #require(WebAddress(text))
        #expect(address.authority == authority)
        #expect(address.target == target)
    }

    @Test(arguments: [
        "ftp://host/", "host/path", "https://", "https://user:secret@host/", "https://host/a b", "https://:80/",
        "https://host\\@evil/", "https://ho\nst/",
    ]) func whatIsNoAddressIsRefused(text: String) {
        #expect(WebAddress(text) == nil)
    }

    @Test(arguments: [
        ("https://cdn.example/x?sig=1", "https://cdn.example/x?sig=1"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("/other", "https://host/other"),
        ("file", "https://host/a/file"),
        ("?q", "https://host/a/b?q"),
        ("x/y:1", "https://host/a/x/y:1"),
    ]) func redirectsAreSeenFromWhereTheyCome(location: String, url: String) {
        #expect(WebAddress("https://host/a/b?old")?.resolving(location)?.url == url)
    }

    @Test func descriptionsLeaveSignaturesOut() {
        #expect(
            "\(WebAddress("https://cdn.example/x?X-Signature=secret").map { "\($0)" } ?? "")" == "https://cdn.example/x"
        )
    }

    @Test func aChallengeNamesItsRealm() throws {
        let challenge = try #require(
            BearerChallenge(
                "Bearer realm=\"https://auth.example/token\",service=\"r\", scope=\"repository:a/b:pull,push\""
            )
        )
        #expect(
            challenge.tokenAddress.url
                == "https://auth.example/token?service=r&scope=repository:a/b:pull,push"
        )
    }

    @Test(arguments: ["Basic realm=\"x\"", "Bearer", "Bearer realm=nowhere", "Bearer realm=\"https://u:p@h/\"", "="])
    func otherChallengesAreNone(header: String) {
        #expect(BearerChallenge(header) == nil)
    }

    @Test(arguments: [
        ("bytes 0-99/1000", 0..<100, 1000 as Int?), ("bytes 5-5/*", 5..<6, nil), ("BYTES 1-2/3", 1..<3, 3),
    ]) func contentRanges(header: String, bytes: Range<Int>, total: Int?) throws {
        let range = try #require(ContentRange(header))
        #expect(range.bytes == bytes)
        #expect(range.total == total)
    }

    @Test(arguments: [
        "", "bytes", "bytes */10", "bytes 5-4/10", "bytes -1-4/10", "bytes 0-10/10", "bytes 0-9223372036854775807/*",
        "lines 0-1/2", "bytes 0-99999999999999999999/*",
    ]) func brokenContentRangesAreNone(header: String) {
        #expect(ContentRange(header) == nil)
    }
}

@Suite struct AccessTokenTests {
    @Test(arguments: [
        ("https://huggingface.co/x", true), ("https://hf.co/v2/", true), ("http://hf.co/v2/", false),
        ("https://hf.co:8443/", false), ("https://evil-hf.co/", false), ("https://hf.co.evil/", false),
        ("https://cdn-lfs.hf.co/", false),
    ]) func onlyItsHostsSeeIt(url: String, isSent: Bool) throws {
        let token = try #require(AccessToken(huggingFace: "hf_secret\n"))
        let address = try #require(WebAddress(url))
        #expect((token.authorization(for: address) == "Bearer hf_secret") == isSent)
    }

    @Test func itIsNeverPrinted() throws {
        let token = try #require(AccessToken(huggingFace: "hf_secret"))
        var dumped = ""
        dump(token, to: &dumped)
        #expect(!"\(token) \(String(reflecting: token)) \(dumped)".contains("secret"))
    }

    @Test(arguments: ["", "a b", "a\r\nX: y", "ü"]) func whatNoHeaderCanHoldIsNoToken(text: String) {
        #expect(AccessToken(huggingFace: text) == nil)
    }
}
