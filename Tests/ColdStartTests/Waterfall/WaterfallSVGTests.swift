import Foundation
import FoundationXML
import JSON
import Testing

@testable import ColdStart

@Suite("WaterfallSVG")
struct WaterfallSVGTests {
    private let hostile = timeline(
        [("<script>&\"\u{0}\u{1B}", nil, 0, 4), ("engine", nil, 4, nil), ("idle", "engine", 4, 6), ("b", nil, 5, 9)],
        end: 10,
        attributes: ["model": "\"/><script>alert(1)</script>"]
    )

    @Test("Is XML, with a row for each phase and one for the rest, whatever phases are called")
    func wellFormed() {
        let nested = timeline((0..<40).map { ("p\($0)", $0 > 0 ? "p\($0 - 1)" : nil, 0, 10) }, end: 10)
        for start in [sample, hostile, nested, timeline([], end: 0)] {
            let reader = Reader()
            let parser = XMLParser(data: Data(WaterfallSVG(start).render().utf8))
            parser.delegate = reader
            #expect(parser.parse())
            #expect(reader.elements["svg"] == 1)
            #expect(reader.elements["g"] == start.phases.count + 1)
            #expect(reader.elements["script"] == nil)
        }
    }

    @Test("Bars stay on the picture")
    func bounds() {
        let reader = Reader()
        let parser = XMLParser(data: Data(WaterfallSVG(sample).render().utf8))
        parser.delegate = reader
        #expect(parser.parse())
        #expect(reader.bars.count > sample.phases.count)
        #expect(reader.bars.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= 960 })
    }
}

private final class Reader: NSObject, XMLParserDelegate {
    var elements: [String: Int] = [:]
    var bars: [ClosedRange<Double>] = []

    func parser(
        _ parser: XMLParser,
        didStartElement name: String,
        namespaceURI: String?,
        qualifiedName: String?,
        attributes: [String: String]
    ) {
        elements[name, default: 0] += 1
        guard name == "rect", let x = Double(attributes["x"] ?? ""), let width = Double(attributes["width"] ?? "")
        else {
            return
        }
        bars.append(x...x + width)
    }
}
