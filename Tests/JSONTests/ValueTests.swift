import JSON
import Testing

@Suite struct ValueTests {
    static let sample: JSON = [
        "text": "hello", "whole": 1, "float": 2.5, "yes": true, "nothing": .null, "list": [1, "two", .null, [], [:]],
        "name": "\(1 + 1)",
    ]

    @Test func `a literal is written in its order`() {
        let text =
            #"{"text":"hello","whole":1,"float":2.5,"yes":true,"nothing":null,"list":[1,"two",null,[],{}],"name":"2"}"#
        #expect(Self.sample.description == text)
        #expect(Self.sample.object?.description == text)
    }

    @Test func `an object literal keeps duplicates`() {
        let object: JSON.Object = ["b": 1, "a": 2, "b": 3]
        #expect(object.description == #"{"b":1,"a":2,"b":3}"#)
    }

    @Test func `accessors answer for their own kind only`() {
        let values: [JSON] = [.null, true, 1, "1", [1], ["a": 1]]
        #expect(values.map(\.isNull) == [true, false, false, false, false, false])
        #expect(values.map(\.bool) == [nil, true, nil, nil, nil, nil])
        #expect(values.map(\.int) == [nil, nil, 1, nil, nil, nil])
        #expect(values.map(\.double) == [nil, nil, 1, nil, nil, nil])
        #expect(values.map(\.string) == [nil, nil, nil, "1", nil, nil])
        #expect(values.map(\.array) == [nil, nil, nil, nil, [1], nil])
        #expect(values.map(\.object) == [nil, nil, nil, nil, nil, ["a": 1]])
        #expect(
            values.map(\.typeName) == ["null", "a boolean", "a number", "a string", "an array", "an object"]
        )
    }

    @Test func `subscripts reach inwards and answer nil outside`() {
        #expect(Self.sample["list"]?[1] == "two")
        #expect(Self.sample["list"]?[5] == nil)
        #expect(Self.sample["list"]?[-1] == nil)
        #expect(Self.sample["list"]?["a"] == nil)
        #expect(Self.sample["absent"] == nil)
        #expect(Self.sample["text"]?["a"] == nil)
        #expect(Self.sample[0] == nil)
        #expect(Self.sample["nothing"] == .some(.null))
        #expect(Self.sample["nothing"] != nil)
    }

    @Test func `writing appends`() {
        var bytes = Array("data: ".utf8)
        Self.sample["list"]?.write(into: &bytes)
        #expect(bytes == Array(#"data: [1,"two",null,[],{}]"#.utf8))
    }
}
