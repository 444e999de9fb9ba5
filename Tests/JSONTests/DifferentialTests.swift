import Foundation
import JSON
import Testing

/// Against Foundation's parser, which shares no line with ours.
@Suite struct DifferentialTests {
    @Test(arguments: 0..<8)
    func `Foundation reads what we write, as the same value`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<150 {
            let value = JSON.random(using: &generator)
            let foreign = try JSONSerialization.jsonObject(with: Data(value.bytes), options: .fragmentsAllowed)
            try #require(value.matches(foreign), "\(value)")
        }
    }

    @Test(arguments: 0..<8)
    func `we read what Foundation writes, as the same value`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: 1_000 + seed)
        for round in 0..<150 {
            let value = JSON.random(using: &generator)
            let options: JSONSerialization.WritingOptions =
                round.isMultiple(of: 2) ? .fragmentsAllowed : [.fragmentsAllowed, .prettyPrinted]
            let foreign = value.foreign
            let data = try JSONSerialization.data(withJSONObject: foreign, options: options)
            try #require(try JSON(parsing: Array(data)).matches(foreign), "\(value)")
        }
    }

    /// On Linux Foundation reads fractions by way of a decimal number and loses the last bit of some.
    private func isClose(_ one: Double, _ other: Double) -> Bool {
        abs(one - other) <= abs(other) * 1e-14
    }
}

extension JSON {
    /// The value as Foundation holds it.
    fileprivate var foreign: Any {
        switch self {
        case .null: NSNull()
        case .bool(let value): NSNumber(value: value)
        case .number(let value): NSNumber(value: value.double)
        case .string(let value): value
        case .array(let elements): elements.map(\.foreign)
        case .object(let object): Dictionary(object.map { ($0.key, $0.value.foreign) }) { $1 }
        }
    }

    fileprivate func matches(_ foreign: Any) -> Bool {
        switch self {
        case .null: return foreign is NSNull
        case .bool(let value): return (foreign as? NSNumber)?.boolValue == value
        case .number(let value): return (foreign as? NSNumber).map { isClose($0.doubleValue, value.double) } ?? false
        case .string(let value): return (foreign as? String).map { Array($0.utf8) } == Array(value.utf8)
        case .array(let elements):
            guard let others = foreign as? [Any], others.count == elements.count else { return false }
            return zip(elements, others).allSatisfy { $0.matches($1) }
        case .object(let object):
            guard let others = foreign as? [String: Any], others.count == object.count else { return false }
            return object.allSatisfy { member in others[member.key].map(member.value.matches) ?? false }
        }
    }

    /// On Linux Foundation reads fractions by way of a decimal number and loses the last bit of some.
    private func isClose(_ one: Double, _ other: Double) -> Bool {
        abs(one - other) <= abs(other) * 1e-14
    }
}
