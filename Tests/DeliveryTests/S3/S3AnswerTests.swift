import Testing

@testable import Delivery

@Suite struct S3AnswerTests {
    private func text(_ element: String, in xml: String) -> String? { S3Answer(Array(xml.utf8)).text(of: element) }

    @Test("Finds the words that are wanted")
    func words() {
        let xml = """
            <?xml version="1.0" encoding="UTF-8"?>
            <Error><Code>AuthorizationHeaderMalformed</Code><Message>no</Message><Region>eu-west-1</Region></Error>
            """
        #expect(S3Answer(Array(xml.utf8)).code == "AuthorizationHeaderMalformed")
        #expect(S3Answer(Array(xml.utf8)).region == "eu-west-1")
        #expect(text("UploadId", in: "<r xmlns=\"x\"><UploadId>a/b+c&amp;d&lt;&quot;</UploadId></r>") == "a/b+c&d<\"")
    }

    @Test(
        "What is not plain text is not there",
        arguments: [
            "", "<Code>", "<Code></Code>", "<Code>x", "<Code>x</Cod>", "<Code><b>x</b></Code>", "<Code>a\u{0}b</Code>",
            "<Code>a\nb</Code>", "<Code>&xxe;</Code>", "<Code>&#65;</Code>", "<Code>a&b</Code>", "<Code ",
            "Code>x</Code>",
        ]
    )
    func inert(_ xml: String) {
        #expect(text("Code", in: xml) == nil)
    }

    @Test("Entities of a document's own are neither expanded nor fetched")
    func bomb() {
        var definitions = "<!ENTITY a0 \"lol\">"
        for level in 1...30 { definitions += "<!ENTITY a\(level) \"&a\(level - 1);&a\(level - 1);\">" }
        let xml =
            "<!DOCTYPE x [\(definitions)<!ENTITY f SYSTEM \"file:///etc/passwd\">]><Error><Code>&a30;&f;</Code></Error>"
        #expect(S3Answer(Array(xml.utf8)).code == nil)
    }

    @Test("Depth and length cost nothing")
    func huge() {
        let deep = String(repeating: "<a>", count: 20_000) + "<Code>Deep</Code>"
        #expect(S3Answer(Array(deep.utf8)).code == "Deep")
        let long = "<Code>\(String(repeating: "x", count: 60_000))</Code>"
        #expect(S3Answer(Array(long.utf8)).code == nil)
        #expect(text("Code", in: long) == nil)
    }

    @Test("Bytes that are no text are no word")
    func invalidText() {
        #expect(S3Answer(Array("<Code>".utf8) + [0xFF, 0xC0] + Array("</Code>".utf8)).text(of: "Code") == nil)
    }

    @Test("Only a word is a code, only a name a region", arguments: ["two words", "a\u{1B}[2J", "<", "\u{E9}"])
    func oddWords(_ word: String) {
        let answer = S3Answer(
            Array("<Code>\(S3Answer.escaped(word))</Code><Region>\(S3Answer.escaped(word))</Region>".utf8)
        )
        #expect(answer.code == nil)
        #expect(answer.region == nil)
    }

    @Test("A tag goes back escaped")
    func escaping() {
        let call = S3Call.complete("u", tags: ["\"a<b>&\"", "x"])
        #expect(
            String(decoding: call.body ?? [], as: UTF8.self) == """
                <CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>&quot;a&lt;b&gt;&amp;&quot;</ETag></Part>\
                <Part><PartNumber>2</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>
                """
        )
    }
}
