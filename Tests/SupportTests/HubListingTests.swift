import Foundation
import Testing

@testable import Support

/// What RunPod's Hub puts into a container's environment, by `hub.json`; `scripts/check-hub` has the rest.
@Suite("hub.json")
struct HubListingTests {
    private struct Listing: Decodable {
        var config: Config

        struct Config: Decodable {
            var presets: [Preset]
            var env: [Variable]
        }

        struct Preset: Decodable {
            var name: String
            var defaults: [String: Value]
        }

        struct Variable: Decodable {
            var key: String
            var value: String?
            var input: Input?
        }

        struct Input: Decodable {
            var `default`: Value?
            var min: Int?
            var max: Int?
            var trueValue: String?
            var falseValue: String?
            var options: [Option]?
        }

        struct Option: Decodable {
            var value: String
        }
    }

    /// Text, a whole number, or a boolean that the input spells.
    private enum Value: Decodable {
        case text(String)
        case number(Int)
        case toggle(Bool)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(Bool.self) {
                self = .toggle(value)
            } else if let value = try? container.decode(Int.self) {
                self = .number(value)
            } else {
                self = .text(try container.decode(String.self))
            }
        }

        func spelled(by input: Listing.Input?) -> String {
            switch self {
            case .text(let text): text
            case .number(let number): String(number)
            case .toggle(let value): (value ? input?.trueValue : input?.falseValue) ?? "\(value)"
            }
        }
    }

    private func listing() throws -> Listing {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../hub.json")
        return try JSONDecoder().decode(Listing.self, from: Data(contentsOf: page.standardizedFileURL))
    }

    @Test("the worker takes the environment of each preset, and of none")
    func environments() throws {
        let listing = try listing()
        let presets = listing.config.presets.map { ($0.name, $0.defaults) } + [("no preset", [:])]
        #expect(presets.count > 1)
        for (name, defaults) in presets {
            var environment: [String: String] = [:]
            for variable in listing.config.env {
                let value = defaults[variable.key] ?? variable.input?.default
                environment[variable.key] = value?.spelled(by: variable.input) ?? variable.value
            }
            let settings = try Settings(environment: environment)
            #expect(settings[Catalogue.model]?.hasPrefix("hf.co/") == true, "\(name)")
            #expect(settings[Catalogue.concurrency] >= 1)
        }
    }

    @Test("the worker takes every value that is offered, to both ends of each range")
    func offers() throws {
        for variable in try listing().config.env {
            guard let input = variable.input else { continue }
            let offered =
                (input.options ?? []).map(\.value) + [input.min, input.max].compactMap { $0.map(String.init) }
                + [input.trueValue, input.falseValue].compactMap(\.self)
            for value in offered {
                #expect(throws: Never.self, "\(variable.key)=\(value)") {
                    _ = try Settings(environment: [variable.key: value])
                }
            }
        }
    }
}
