import JSON
import Testing

@Suite struct ObjectTests {
    @Test func `the last duplicate is found, all are kept`() throws {
        let value = try JSON(parsing: #"{"a":1,"b":2,"a":3}"#)
        #expect(value["a"] == 3)
        #expect(value.object?.count == 3)
        #expect(value.object?.map { $0.key } == ["a", "b", "a"])
        #expect(value.object?.map { $0.value } == [1, 2, 3])
    }

    /// (before, name, new value, after)
    @Test(
        arguments: [
            ("{}", "a", 1, #"{"a":1}"#),
            (#"{"a":1,"b":2}"#, "a", 9, #"{"a":9,"b":2}"#),
            (#"{"a":1,"b":2}"#, "c", 9, #"{"a":1,"b":2,"c":9}"#),
            (#"{"a":1,"b":2}"#, "a", nil, #"{"b":2}"#),
            (#"{"a":1,"b":2}"#, "b", nil, #"{"a":1}"#),
            (#"{"a":1,"b":2}"#, "c", nil, #"{"a":1,"b":2}"#),
            (#"{"a":1,"b":2}"#, "a", JSON.null, #"{"a":null,"b":2}"#),
            (#"{"a":1,"b":2,"a":3,"c":4}"#, "a", 9, #"{"b":2,"a":9,"c":4}"#),
            (#"{"a":1,"a":2,"a":3}"#, "a", 9, #"{"a":9}"#),
            (#"{"a":1,"b":2,"a":3,"c":4,"a":5}"#, "a", nil, #"{"b":2,"c":4}"#),
            (#"{"a":1,"a":2}"#, "a", nil, "{}"),
        ] as [(String, String, JSON?, String)]
    )
    func `setting leaves one member of the name, setting nil none`(
        before: String,
        key: String,
        value: JSON?,
        after: String
    ) throws {
        var object = try #require(try JSON(parsing: before).object)
        object[key] = value
        #expect(object.description == after)
        #expect(object[key] == value)
    }

    @Test func `order counts for equality`() throws {
        #expect(try JSON(parsing: #"{"a":1,"b":2}"#) != JSON(parsing: #"{"b":2,"a":1}"#))
        #expect(try JSON(parsing: #"{"a":1,"b":2}"#) == JSON(parsing: #"{ "a" : 1 , "b" : 2 }"#))
    }

    /// Squared, these sizes would take minutes.
    @Test(.timeLimit(.minutes(1)))
    func `300,000 members or duplicates are parsed, set and written in one pass`() throws {
        let names = (0..<300_000).map { "\"name\($0)\":\($0)" }
        let duplicates = (0..<300_000).map { "\"a\":\($0)" }
        for members in [names, duplicates] {
            let text = "{" + members.joined(separator: ",") + "}"
            let value = try JSON(parsing: text)
            #expect(value.object?.count == 300_000)
            #expect(value.description == text)
        }
        var object = try #require(try JSON(parsing: "{" + duplicates.joined(separator: ",") + "}").object)
        object["a"] = 1
        #expect(object.description == #"{"a":1}"#)
    }
}
