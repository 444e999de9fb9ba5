import JSON
import Testing

/// The grammar of RFC 8259, case by case.
@Suite struct ConformanceTests {
    /// Compact texts that use no escape without need, so that they must come back byte for byte.
    @Test(
        arguments: [
            "null", "true", "false", "0", "-0", "-1", "\"\"", "[]", "{}", "[[]]", "[{}]", #"{"":{}}"#, #"{"":0}"#,
            #"[1,"a",null,true,false,[],{}]"#, #"{"z":1,"a":2,"m":{"y":[],"b":0}}"#, #"{"a":1,"a":2,"b":3,"a":4}"#,
            "0.0", "-0.0", "1.0", "1.10", "100", "1e5", "1E5", "1e+5", "1e-5", "1E+05", "0e0", "0.5e-00", "1.5E400",
            "1e400", "-1e-999999", "12345678901234567890", "-9223372036854775809",
            "0.1000000000000000055511151231257827",
            #""quote \" backslash \\ solidus /""#, #""\b\t\n\f\r""#, #""\u0000\u0001\u000b\u001f""#, "\"\u{7F}\u{80}\"",
            "\"é ß 日本語 🚀 👩‍👩‍👧‍👦 e\u{301}\"", "\"\u{2028}\u{2029}\u{FEFF}\u{FFFD}\u{FFFE}\u{FFFF}\u{10FFFF}\"",
            #"{"ключ":"значение","\n":"\t","\"":"\\"}"#,
            #"{"model":"m","created_at":"2026-11-21T03:58:12.123Z","response":" Hi","done":false,"load_duration":0}"#,
        ])
    func `a compact text comes back byte for byte`(text: String) throws {
        #expect(Array(try JSON(parsing: text).bytes) == Array(text.utf8))
    }

    @Test(
        arguments: [
            (" \t\r\n1 \t\r\n", "1"), (" [ ] ", "[]"), ("{ }", "{}"), ("[ 1 , 2 ]", "[1,2]"),
            (" { \"a\" : 1 ,\n\t\"b\"\r: [ ] } ", #"{"a":1,"b":[]}"#),
            (#""\/""#, #""/""#), (#""\u0041\u00e9\u00E9\u20ac""#, #""Aéé€""#), (#""\u0022\u005c\u000a""#, #""\"\\\n""#),
            (#""\u007f""#, "\"\u{7F}\""), (#""\uFFFE\uFEFF""#, "\"\u{FFFE}\u{FEFF}\""), (#""\u001F""#, #""\u001f""#),
            (#"{"\u0061":1}"#, #"{"a":1}"#),
        ])
    func `white space and needless escapes go, all else stays`(text: String, compact: String) throws {
        #expect(Array(try JSON(parsing: text).bytes) == Array(compact.utf8))
    }

    @Test(
        arguments: [
            // Nothing, or more than one value.
            "", " ", "\n\t ", "1 2", "null null", "{}{}", "[]]", "{}}", "[],", "1,", "\"a\"b", "[1]x", "1//", "[1]#",
            // Literals.
            "nul", "nulll", "Null", "NULL", "tru", "truee", "True", "fals", "False", "undefined", "None", "nan", "n",
            "t",
            // Arrays.
            "[", "]", "[1", "[1,", "[,", "[,1]", "[1,]", "[1,,2]", "[1 2]", "[1:2]", "[\"a\":1]", "[1}", "[[]", "(1)",
            // Objects.
            "{", "}", "{,}", "{1:2}", "{a:1}", "{'a':1}", "{\"a\"}", "{\"a\":}", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}",
            "{\"a\"1}", "{\"a\",1}", "{\"a\":1 \"b\":2}", "{\"a\":1;\"b\":2}", "{\"a\"::1}", "{null:1}", "{\"a\":1]",
            "{\"a",
            "{\"a\":1,,\"b\":2}", "{[]:1}", "{\"a\" \"b\":1}",
            // Numbers.
            "+1", "-", "--1", "-a", "01", "-01", "00", "00.1", ".5", "-.5", "1.", "1.e1", "1..2", "1.2.3", "1e", "1e+",
            "1e-", "1e1.5", "1e1e1", "0x10", "1_000", "1 000", "NaN", "Infinity", "-Infinity", "inf", "1f", "１", "1,5",
            // Strings.
            "\"", "\"a", "'a'", "\"\\", "\"\\\"", "\"\\x41\"", "\"\\a\"", "\"\\'\"", "\"\\0\"", "\"\\U0041\"",
            "\"\\\n\"",
            "\"\\u\"", "\"\\u004\"", "\"\\u004g\"", "\"\\u 041\"", "\"\\u+041\"", "\"\\u00\"41\"", "\"\\uD83D\\u12\"",
            "\"\\uD83D\\", "\"\\uD83D\\x\"", "\"\\u\u{FF11}111\"", "\"a\nb\"", "\"a\tb\"", "\"\u{0}\"", "\"\u{1F}\"",
            // Comments and white space that JSON does not know.
            "/**/1", "// a\n1", "1 /**/", "[1,/*a*/2]", "\u{A0}1", "\u{B}1", "\u{C}1", "1\u{0}", "\u{0}", "\u{2028}1",
        ])
    func `what the grammar does not have is refused`(text: String) {
        #expect(throws: JSON.ParseError.self) { try JSON(parsing: text) }
    }

    @Test func `every prefix of a text is refused`() throws {
        let text = Array(#"{"name":["a\u00e9\"\ud83d\ude80",-1.5e+10,true,false,null,{}]}"#.utf8)
        _ = try JSON(parsing: text)
        for length in text.indices {
            #expect(throws: JSON.ParseError.self) { try JSON(parsing: Array(text[..<length])) }
        }
    }

    @Test func `bytes and strings are parsed alike`() throws {
        let text = #"{"a":[1,"é"]}"#
        #expect(try JSON(parsing: text) == JSON(parsing: Array(text.utf8)))
    }
}
