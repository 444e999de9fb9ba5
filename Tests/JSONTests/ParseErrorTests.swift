import JSON
import Testing

@Suite struct ParseErrorTests {
    @Test(
        arguments: [
            ("", "expected a value but the text ends at byte 0"),
            (" \n", "expected a value but the text ends at byte 2"),
            (#"{"model":"m" "a":1}"#, "expected ',' or '}' but found '\"' at byte 13"),
            ("[1 2]", "expected ',' or ']' but found '2' at byte 3"),
            ("[1", "expected ',' or ']' but the text ends at byte 2"),
            ("[1,]", "expected a value but found ']' at byte 3"),
            ("{'a': 1}", "expected a name in double quotes but found ''' at byte 1"),
            (#"{"a" 1}"#, "expected ':' but found '1' at byte 5"),
            (#"{"a": NaN}"#, "expected a value but found 'NaN' at byte 6"),
            (#"{"a": -Infinity}"#, "expected a digit after '-' but found 'Infinity' at byte 7"),
            (#"{"a": None}"#, "expected a value but found 'None' at byte 6"),
            ("1 trailing", "expected the end of the text but found 'trailing' at byte 2"),
            ("{}\u{0}", "expected the end of the text but found the byte 0x00 at byte 2"),
            ("é", "expected a value but found the byte 0xC3 at byte 0"),
            ("-01", "leading zero in a number at byte 1"),
            ("1.x", "expected a digit after '.' but found 'x' at byte 2"),
            ("1e", "expected a digit after the exponent's 'e' but the text ends at byte 2"),
            ("\"abc", "expected a closing quote but the text ends at byte 4"),
            ("\"a\nb\"", "unescaped control character 0x0A in a string at byte 2"),
            (#""\x""#, #"expected one of "\/bfnrtu after a backslash but found 'x' at byte 2"#),
            (#""\u12G4""#, #"expected four hexadecimal digits after \u but found 'G' at byte 5"#),
            ("\u{FEFF}{}", "unexpected byte order mark (JSON is UTF-8 without one) at byte 0"),
        ])
    func `an error says what and where`(text: String, description: String) {
        #expect {
            try JSON(parsing: text)
        } throws: {
            "\($0)" == description
        }
    }
}
