import JSON

extension Instance.Answer {
    /// The engine's output in the words of who asked.
    func words(_ output: JSON) -> JSON {
        switch self {
        case .asItIs: output
        // A text that cannot be found is better shown in what was found than left out.
        case .text: output.generatedText.map(JSON.string) ?? output
        case .generatedText(let prompt): [["generated_text": .string(prompt + (output.generatedText ?? ""))]]
        }
    }
}

extension JSON {
    /// The text of an answer in OpenAI's shape or Ollama's.
    var generatedText: String? {
        let choice = self["choices"]?[0]
        return choice?["text"]?.string ?? choice?["message"]?["content"]?.string ?? self["response"]?.string
            ?? self["message"]?["content"]?.string
    }
}
