import ColdStart
import JSON

/// A start as an OpenTelemetry trace: one span for the start and one for each phase below it.
struct OTLPTrace: Sendable {
    let timeline: Timeline
    /// Why the start failed; nil: it did not.
    let failure: String?
    let id: OTLPTraceID
    /// Gives the points in time their dates.
    let clock: WallClock

    /// What `POST /v1/traces` takes: the same text each time, so that a collector that gets it twice can tell.
    func request(
        resource: [(name: String, value: String)],
        version: String
    ) -> JSON {
        [
            "resourceSpans": [
                [
                    "resource": ["attributes": OTLPValue.attributes(resource)],
                    "scopeSpans": [
                        [
                            "scope": OTLPValue.scope(version: version),
                            "spans": .array(spans),
                        ]
                    ],
                ]
            ]
        ]
    }

    private var spans: [JSON] {
        let root = id.span(0)
        let ids = timeline.phases.indices.map { id.span($0 + 1) }
        let children = timeline.phases.indices.map { index in
            let phase = timeline.phases[index]
            return span(
                phase.name,
                ids: (ids[index], phase.parent.map { ids[$0.index] } ?? root),
                times: (clock.nanoseconds(at: phase.begin), clock.nanoseconds(at: phase.end ?? timeline.end)),
                attributes: phase.attributes,
                failure: failure.flatMap { phase.end == nil ? $0 : nil }
            )
        }
        return [
            span(
                "\(timeline.kind.rawValue) start",
                ids: (root, nil),
                times: (clock.nanoseconds(at: timeline.origin), clock.nanoseconds(at: timeline.end)),
                attributes: rootAttributes,
                failure: failure
            )
        ] + children
    }

    private var rootAttributes: JSON.Object {
        var attributes = timeline.attributes
        attributes["kindling.start.kind"] = .string(timeline.kind.rawValue)
        attributes["kindling.start.unattributed_seconds"] = JSON(timeline.unattributed.inSeconds)
        if timeline.droppedPhases > 0 {
            attributes["kindling.start.dropped_phases"] = JSON(timeline.droppedPhases)
        }
        return attributes
    }

    private func span(
        _ name: String,
        ids: (own: String, parent: String?),
        times: (begin: Int, end: Int),
        attributes: JSON.Object,
        failure: String?
    ) -> JSON {
        var span: JSON.Object = ["traceId": .string(id.text), "spanId": .string(ids.own)]
        if let parent = ids.parent { span["parentSpanId"] = .string(parent) }
        span["name"] = .string(name)
        span["kind"] = JSON(Self.isInternal)
        span["startTimeUnixNano"] = OTLPValue.text(times.begin)
        span["endTimeUnixNano"] = OTLPValue.text(times.end)
        span["attributes"] = .array(attributes.map { OTLPValue.attribute($0.key, $0.value) })
        if let failure { span["status"] = ["code": JSON(Self.isError), "message": .string(failure)] }
        return .object(span)
    }

    private static let isInternal = 1
    private static let isError = 2
}

/// A trace's name, and those of its spans.
struct OTLPTraceID: Sendable, Hashable {
    private let high: UInt64
    private let low: UInt64

    /// Random, and never all zeros, which means "none".
    init(using generator: inout some RandomNumberGenerator) {
        high = generator.next()
        low = generator.next() | 1
    }

    var text: String { Self.hexadecimal(high) + Self.hexadecimal(low) }

    /// The name of the trace's span of that number: no two are the same, none is zero, and they look random, because
    /// collectors sample by them. Drawn from the system each would be a call of the kernel.
    func span(_ number: Int) -> String {
        // SplitMix64's step and its mixing, which is a bijection.
        var word = low &+ UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        word ^= word >> 31
        return Self.hexadecimal(word == 0 ? .max : word)
    }

    private static func hexadecimal(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
