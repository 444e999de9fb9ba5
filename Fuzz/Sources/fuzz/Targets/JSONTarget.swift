@testable import JSON

/// What is read is written so that it reads the same, and every number keeps its digits.
enum JSONTarget: FuzzTarget {
    static let name = "json"

    static func run(_ input: [UInt8]) throws {
        let value: JSON
        do {
            value = try JSON(parsing: input)
        } catch {
            promise((0...input.count).contains(error.offset), "a fault lies within the text: \(error)")
            return
        }
        let written = value.bytes
        let again = try JSON(parsing: written)
        promise(again == value && again.bytes == written, "written and read again, it is the same")
        let asText = try JSON(parsing: String(decoding: input, as: UTF8.self))
        promise(asText == value, "as a text it is the same")
        let numbers = numbers(of: value)
        promise(numbers.map(\.text) == numberTexts(in: input), "numbers stay as they were written: \(numbers)")
        for number in numbers {
            promise(!number.double.isNaN, "\(number) has a value")
            if let whole = number.int { promise(Double(whole) == number.double, "\(number) has one value: \(whole)") }
        }
    }

    private static func numbers(of value: JSON) -> [JSON.Number] {
        switch value {
        case .number(let number): [number]
        case .array(let elements): elements.flatMap(numbers)
        case .object(let members): members.flatMap { numbers(of: $0.value) }
        case .null, .bool, .string: []
        }
    }

    /// What looks like a number outside the strings of a text that is known to be JSON.
    private static func numberTexts(in text: [UInt8]) -> [String] {
        var (texts, number, isString, isEscaped) = ([String](), [UInt8](), false, false)
        for byte in text + [UInt8(ascii: " ")] {
            if isString {
                isString = isEscaped || byte != UInt8(ascii: "\"")
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
                continue
            }
            isString = byte == UInt8(ascii: "\"")
            let begins = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            if begins || !number.isEmpty && "+.eE".utf8.contains(byte) {
                number.append(byte)
            } else if !number.isEmpty {
                texts.append(String(decoding: number, as: UTF8.self))
                number = []
            }
        }
        return texts
    }
}
