internal import JSON

/// Goes through a request and shows every text by which an engine would come by a picture, a sound or a file; each can be
/// replaced.
///
/// By the names of members, at any depth, and not by the `type` beside them: which of the two an engine goes by differs.
/// A name that occurs twice is shown twice, because engines differ in which one they take.
struct MediaWalk<Visitor: MediaVisitor> {
    var visitor: Visitor
    private var path: FieldPath

    /// - Parameter prefix: where the request stands in the job's input
    init(_ visitor: Visitor, prefix: String) {
        self.visitor = visitor
        path = FieldPath(prefix: prefix)
    }

    /// The members of a request in which an address is only talked about: schemas, descriptions, the client's own notes.
    /// All others are gone through, also those that no engine has yet.
    private static var asides: Set<String> {
        ["format", "functions", "metadata", "options", "response_format", "text", "tools"]
    }

    /// The request with its replacements; nil if there are none.
    mutating func rewrite(_ request: JSON.Object) throws(InputError) -> JSON.Object? {
        try rewrite(request, isPicture: false) { !Self.asides.contains($0) }
    }

    private mutating func rewrite(
        _ object: JSON.Object,
        isPicture: Bool,
        where isWanted: (String) -> Bool
    ) throws(InputError) -> JSON.Object? {
        var replacements: [Int: JSON] = [:]
        for (index, member) in object.enumerated() where member.value.mayHoldText && isWanted(member.key) {
            let name = MediaName(member.key)
            path.append(.member(member.key))
            defer { path.removeLast() }
            if let new = try rewrite(member.value, name, isPicture: isPicture || name.isPicture) {
                replacements[index] = new
            }
        }
        guard !replacements.isEmpty else { return nil }
        return JSON.Object(object.enumerated().map { ($1.key, replacements[$0] ?? $1.value) })
    }

    private mutating func rewrite(_ value: JSON, _ name: MediaName, isPicture: Bool) throws(InputError) -> JSON? {
        switch value {
        case .string(let text) where name.holdsMedia:
            try visitor.visit(text, at: path, isPicture: isPicture, isStrict: name.isStrict).map(JSON.string)
        case .array(let elements):
            try rewrite(elements, name, isPicture: isPicture)
        case .object(let object):
            try rewrite(object, isPicture: isPicture) { !MediaName.isOpaque($0) }.map(JSON.object)
        default:
            nil
        }
    }

    private mutating func rewrite(_ elements: [JSON], _ name: MediaName, isPicture: Bool) throws(InputError) -> JSON? {
        var changed: [JSON]?
        for (index, element) in elements.enumerated() {
            path.append(.element(index))
            defer { path.removeLast() }
            if let new = try rewrite(element, name, isPicture: isPicture) {
                changed = changed ?? elements
                changed?[index] = new
            }
        }
        return changed.map(JSON.array)
    }
}

/// What is done with each text that a walk shows.
protocol MediaVisitor {
    /// - Parameters:
    ///   - isPicture: whether a picture is expected there
    ///   - isStrict: whether nothing but media stands under that name
    /// - Returns: what shall stand there instead; nil: it stays
    mutating func visit(
        _ text: String,
        at path: FieldPath,
        isPicture: Bool,
        isStrict: Bool
    ) throws(InputError) -> String?
}

extension JSON {
    fileprivate var mayHoldText: Bool {
        switch self {
        case .string, .array, .object: true
        case .null, .bool, .number: false
        }
    }
}
