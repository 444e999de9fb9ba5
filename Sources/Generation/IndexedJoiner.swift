internal import JSON

/// Joins the pieces of several things that grow side by side: OpenAI's `choices`, and their `tool_calls`.
///
/// Each piece says by its `index` what it belongs to.
struct IndexedJoiner: Sendable {
    private let rules: [String: JoinRule]
    private var items: [Item] = []

    private struct Item: Sendable {
        let index: Int
        var id: JSON?
        var joiner: MemberJoiner
    }

    init(rules: [String: JoinRule]) {
        self.rules = rules
    }

    mutating func join(_ pieces: [JSON]) {
        for case .object(let piece) in pieces {
            let index = piece["index"]?.int ?? 0
            let known = items.lastIndex { $0.index == index }
            if let known, !begins(piece, after: items[known]) {
                items[known].joiner.join(piece)
            } else {
                var joiner = MemberJoiner(rules: rules)
                joiner.join(piece)
                items.append(Item(index: index, id: piece["id"], joiner: joiner))
            }
        }
    }

    /// Some servers give every tool call of an answer the index 0. Each has a name and an id of its own then.
    private func begins(_ piece: JSON.Object, after item: Item) -> Bool {
        guard let id = piece["id"]?.string, !id.isEmpty, let known = item.id?.string else { return false }
        return id != known && piece["function"]?["name"]?.string?.isEmpty == false
    }

    /// The joined objects, by index.
    var objects: [JSON] {
        items.sorted { $0.index < $1.index }.map { .object($0.joiner.object) }
    }
}
