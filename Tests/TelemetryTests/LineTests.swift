import JSON
import Logging
import Support
import Testing

@testable import Telemetry

private let noon = UTCTime(seconds: 1_795_262_584, nanoseconds: 7_000_000)

private func json(
    _ message: String,
    level: Logger.Level = .info,
    _ metadata: Logger.Metadata = [:]
) -> String {
    String(decoding: LogLine(level: level, message: message, metadata: metadata).json(at: noon), as: UTF8.self)
}

private func text(
    _ message: String,
    level: Logger.Level = .info,
    _ metadata: Logger.Metadata = [:],
    isColoured: Bool = false
) -> String {
    let line = LogLine(level: level, message: message, metadata: metadata)
    return String(decoding: line.text(isColoured: isColoured), as: UTF8.self)
}

/// What an attacker or an engine may put into a message, a job's id or a field.
private let hostile = "a\nb\r\n{\"level\":\"ERROR\"}\u{0}\u{1B}[31m\u{7F}\u{9B}\u{2028}\u{202E}\"\\ é"

@Suite("JSON lines")
struct JSONLineTests {
    @Test("The platform's three members lead, in its order")
    func leading() {
        let line = json("Started.", ["requestId": "job-1", "zebra": "z", "apple": "a"])
        #expect(
            line == """
                {"requestId":"job-1","message":"Started.","level":"INFO","time":"2026-11-21T12:03:04.007Z",\
                "apple":"a","zebra":"z"}

                """
        )
    }

    @Test("Without a job the id is null", arguments: [[:], ["requestId": ""]] as [Logger.Metadata])
    func noJob(_ metadata: Logger.Metadata) {
        #expect(
            json("up", metadata)
                == #"{"requestId":null,"message":"up","level":"INFO","time":"2026-11-21T12:03:04.007Z"}"# + "\n"
        )
    }

    @Test(
        "Levels have the platform's names",
        arguments: zip(
            Logger.Level.allCases,
            ["TRACE", "DEBUG", "INFO", "INFO", "WARN", "ERROR", "ERROR"]
        )
    )
    func levels(_ level: Logger.Level, _ name: String) {
        #expect(json("m", level: level).contains(#""message":"m","level":"\#(name)","time""#))
        #expect(text("m", level: level) == name + String(repeating: " ", count: 7 - name.count) + "| m\n")
    }

    @Test("Numbers, booleans and structures keep their types")
    func types() throws {
        let line = json(
            "m",
            [
                "json": .stringConvertible(JSON.number(812)), "int": .stringConvertible(-7),
                "double": .stringConvertible(0.5), "nan": .stringConvertible(Double.nan),
                "bool": .stringConvertible(true), "level": "mine", "message": .stringConvertible(1),
                "list": ["a", .stringConvertible(2)], "members": ["y": "b", "x": .stringConvertible(JSON.null)],
            ]
        )
        let tail = """
            "bool":true,"double":0.5,"int":-7,"json":812,"level_":"mine","list":["a",2],\
            "members":{"x":null,"y":"b"},"message_":1,"nan":null}

            """
        #expect(line.hasSuffix(tail))
    }

    @Test("Fields of a phase go through metadata unharmed")
    func fields() {
        let fields: JSON.Object = ["ms": 812.3, "phase": "weights", "bytes": 253_000_000, "gpu": .null]
        let tail = #""bytes":253000000,"gpu":null,"ms":812.3,"phase":"weights"}"# + "\n"
        #expect(json("m", Logger.Metadata(fields)).hasSuffix(tail))
    }

    @Test("Whatever is in it, a line is one line and one JSON object that gives it back")
    func injection() throws {
        let line = json(hostile, ["requestId": .string(hostile), "field": .string(hostile), hostile: "x"])
        #expect(line.utf8.filter { $0 < 0x20 }.count == 1)
        #expect(line.hasSuffix("}\n"))
        let object = try JSON(parsing: line)
        #expect(object["message"]?.string == hostile)
        #expect(object["requestId"]?.string == hostile)
        #expect(object["field"]?.string == hostile)
        #expect(object["level"]?.string == "INFO")
    }

    @Test("Messages over 4096 characters lose their middle, and say how much")
    func cut() throws {
        let whole = String(repeating: "é", count: 4096)
        #expect(try JSON(parsing: json(whole))["message"]?.string == whole)
        let long = "begin " + String(repeating: "x", count: 10_000) + " end"
        for value in [
            try JSON(parsing: json(long))["message"], try JSON(parsing: json("m", ["f": .string(long)]))["f"],
        ] {
            let cut = try #require(value?.string)
            #expect(cut.count <= 4096)
            #expect(cut.hasPrefix("begin xxx"))
            #expect(cut.hasSuffix("xxx end"))
            #expect(cut.contains(" … 5978 characters cut … "))
        }
    }
}

@Suite("Readable lines")
struct TextLineTests {
    @Test("Level, job, message and fields stand in columns")
    func columns() {
        #expect(text("Started.") == "INFO   | Started.\n")
        #expect(text("Started.", level: .warning, ["requestId": "job-1"]) == "WARN   | job-1 | Started.\n")
        #expect(
            text(
                "phase weights 345 ms",
                level: .debug,
                [
                    "ms": .stringConvertible(JSON.number(345)), "model": "gemma 3", "quoted": "\"", "pair": "a=b",
                    "empty": "",
                ]
            ) == #"DEBUG  | phase weights 345 ms  empty="" model="gemma 3" ms=345 pair="a=b" quoted="\"""# + "\n"
        )
    }

    @Test("Small structures are shown, large ones left out")
    func structures() {
        let large = JSON.array(Array(repeating: .string("a phase"), count: 20))
        #expect(
            text("m", ["small": .stringConvertible(JSON.array([1, 2])), "large": .stringConvertible(large)])
                == "INFO   | m  small=[1,2]\n"
        )
    }

    @Test("Whatever is in it, a line is one line and commands no terminal")
    func injection() {
        let line = text(hostile, ["requestId": .string(hostile), "field": .string(hostile), hostile: "x"])
        let controls = line.unicodeScalars.filter { scalar in
            scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || [0x2028, 0x202E].contains(scalar.value)
        }
        #expect(controls.map(\.value) == [10])
        #expect(line.hasSuffix("\n"))
        #expect(line.contains(#"a\nb\r\n{"level":"ERROR"}\0\u{1B}[31m\u{7F}\u{009B}\u{2028}\u{202E}"\ é"#))
    }

    @Test("Colours are for terminals")
    func colours() {
        #expect(
            text("m", level: .error, ["k": "v"], isColoured: true)
                == "\u{1B}[31mERROR\u{1B}[0m  | m  \u{1B}[2mk=v\u{1B}[0m\n"
        )
    }
}
