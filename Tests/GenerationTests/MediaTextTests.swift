import Testing

@testable import Generation

@Suite("What stands where a picture should")
struct MediaTextTests {
    @Test(
        "a text is what the most generous reader would take it for",
        arguments: [
            ("", MediaText.data(bytes: 0)), ("AAAA", .data(bytes: 3)), ("AAAA\r\nBB==", .data(bytes: 6)),
            ("-_-_", .data(bytes: 3)), ("data:image/png;base64,AAAA", .data(bytes: 3)),
            ("DATA:image/png;base64,AAAAAAAA", .data(bytes: 6)), ("data:,plain", .data(bytes: 5)),
            (" data:image/png;base64,AAAA", .data(bytes: 3)), ("data:nothing", .data(bytes: 7)),
            ("http://a/b", .remote), ("https://a", .remote), ("HTTP://a", .remote), ("http:a", .remote),
            ("http:", .remote), (" \thttp://a", .remote), ("ht\ntp://a", .remote), ("h\u{0}ttps://a", .remote),
            ("file:///etc/passwd", .foreign(scheme: "file")), ("FILE:/etc/passwd", .foreign(scheme: "file")),
            ("fi\tle:x", .foreign(scheme: "file")), ("ftp://a", .foreign(scheme: "ftp")),
            ("gopher://a", .foreign(scheme: "gopher")), ("s3://bucket", .foreign(scheme: "s3")),
            ("blob:http://a", .foreign(scheme: "blob")), ("git+ssh://a", .foreign(scheme: "git+ssh")),
            ("/etc/passwd", .data(bytes: 6)), ("/etc/picture.png", .path), ("../x", .path), ("~/x", .path),
            ("//host.example/x", .path), ("://x", .path), ("a picture", .path), ("é", .path),
        ]
    )
    func kinds(text: String, kind: MediaText) {
        #expect(MediaText(text) == kind)
    }

    @Test(
        "base64 is as others write it",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ]
    )
    func base64(text: String, encoded: String) {
        #expect(ImageData(mediaType: "a/b", bytes: Array(text.utf8)).base64 == encoded)
        #expect(ImageData(mediaType: "a/b", bytes: Array(text.utf8)).dataURL == "data:a/b;base64,\(encoded)")
    }
}
