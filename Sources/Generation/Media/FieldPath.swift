/// Where a value stands in the job's input. Kept as steps while walking, written out only for an error.
struct FieldPath: CustomStringConvertible {
    enum Step {
        case member(String)
        case element(Int)
    }

    private let prefix: String
    private var steps: [Step] = []

    /// - Parameter prefix: what stands before the first member: empty or `openai_input.`
    init(prefix: String) {
        self.prefix = prefix
    }

    mutating func append(_ step: Step) {
        steps.append(step)
    }

    mutating func removeLast() {
        steps.removeLast()
    }

    /// `openai_input.messages[2].content[0].image_url.url`
    var description: String {
        steps.enumerated().reduce(into: prefix) { text, step in
            switch step.element {
            case .member(let name): text += step.offset == 0 ? name : ".\(name)"
            case .element(let index): text += "[\(index)]"
            }
        }
    }
}
