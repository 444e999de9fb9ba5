import JSON

extension JSON.Object {
    /// Parameters of generation in OpenAI's words, whoever's they are: Hugging Face's, Google's or OpenAI's own. Those
    /// that nobody knows are passed on; engines have many of their own.
    var inOpenAIsWords: JSON.Object {
        var result = JSON.Object()
        for (name, value) in self where !value.isNull && !Self.forTheAnswer.contains(name) {
            result[Self.openAINames[name] ?? name] = value
        }
        // Hugging Face's way to ask for the likeliest token each time.
        if result["temperature"] == nil, self["do_sample"] == false { result["temperature"] = 0 }
        return result
    }

    private static let openAINames = [
        "max_new_tokens": "max_tokens", "maxOutputTokens": "max_tokens", "max_output_tokens": "max_tokens",
        "stop_sequences": "stop", "stopSequences": "stop", "topP": "top_p", "topK": "top_k",
    ]

    private static let forTheAnswer: Set<String> = ["do_sample", "return_full_text"]
}
