internal import JSON

/// How the values of one member, in object after object, become one value. Members without a rule: the last wins.
indirect enum JoinRule: Sendable {
    /// Strings, concatenated.
    case text
    /// Arrays, appended.
    case list
    /// Objects, joined by these rules.
    case object([String: JoinRule])
    /// Arrays of objects that say by their `index` which earlier one they go on with, joined by these rules.
    case indexed([String: JoinRule])
}

/// Joins objects of a stream into one, in time proportional to what comes in.
///
/// Members keep the order of their first appearance, but for lists, which come last: that is where Ollama has
/// `logprobs` and `tool_calls` when it does not stream.
struct MemberJoiner: Sendable {
    private var slots: [Slot] = []
    private let rules: [String: JoinRule]

    init(rules: [String: JoinRule]) {
        self.rules = rules
    }

    mutating func join(_ object: JSON.Object) {
        for (key, value) in object {
            if let index = slots.firstIndex(where: { $0.key == key }) {
                slots[index].join(value)
            } else {
                slots.append(Slot(key: key, first: value, rule: rules[key]))
            }
        }
    }

    var isEmpty: Bool { slots.isEmpty }

    var object: JSON.Object {
        var object = JSON.Object()
        for slot in slots where !slot.isList { object[slot.key] = slot.value }
        for slot in slots where slot.isList { object[slot.key] = slot.value }
        return object
    }
}

extension MemberJoiner {
    /// One member on its way: a value by the last-wins rule, or what its own rule gathers.
    ///
    /// Optionals beside each other rather than an enum: they grow in place. An enum's payload is copied out and in, and
    /// each token would cost a copy of the whole answer so far.
    private struct Slot: Sendable {
        let key: String
        private let rule: JoinRule?
        private var last: JSON = .null
        private var text: String?
        private var list: [JSON]?
        private var object: MemberJoiner?
        private var indexed: IndexedJoiner?

        init(key: String, first: JSON, rule: JoinRule?) {
            self.key = key
            self.rule = rule
            begin(first)
        }

        private mutating func begin(_ value: JSON) {
            switch (rule, value) {
            case (.text, .string(let first)):
                text = first
            case (.list, .array(let first)):
                list = first
            case (.object(let rules), .object(let first)):
                object = MemberJoiner(rules: rules)
                object?.join(first)
            case (.indexed(let rules), .array(let first)):
                indexed = IndexedJoiner(rules: rules)
                indexed?.join(first)
            default:
                last = value
            }
        }

        private var hasBegun: Bool { text != nil || object != nil || isList }

        var isList: Bool { list != nil || indexed != nil }

        mutating func join(_ value: JSON) {
            guard hasBegun else {
                if !value.isEmpty { begin(value) }
                return
            }
            switch value {
            case .string(let more): text? += more
            case .object(let more): object?.join(more)
            case .array(let more):
                list? += more
                indexed?.join(more)
            default: break
            }
        }

        var value: JSON {
            if let text { return .string(text) }
            if let list { return .array(list) }
            if let object { return .object(object.object) }
            return indexed.map { .array($0.objects) } ?? last
        }
    }
}

extension JSON {
    /// Null and the empty string say nothing, so they never replace a value: some servers repeat `"name": ""` in every
    /// piece of a tool call, and `finish_reason` is null until it is known.
    fileprivate var isEmpty: Bool {
        isNull || self == ""
    }
}
