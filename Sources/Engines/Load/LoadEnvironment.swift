import ModelStore
import Prefetch

/// How llama.cpp is told to read weights, in the words of every version at once.
///
/// It reads each of its flags from the environment, too, and passes over variables that it does not know. So one set
/// serves the versions with `--load-mode` and those before it (build 7e4c0a9 takes both and warns of the older), needs
/// no question for the version, which would cost an exec, and reaches the runner through Ollama.
enum LoadEnvironment {
    /// - Parameters:
    ///   - mode: how to read; nil: as the engine likes
    ///   - skipsFit: whether the engine need not find out what fits, because we have. It took 0.5 s of a 1.0 s start
    static func variables(mode: LoadMode?, skipsFit: Bool) -> [String: String] {
        var variables: [String: String] = [:]
        switch mode {
        case .mmap: variables = ["LLAMA_ARG_LOAD_MODE": "mmap", "LLAMA_ARG_MMAP": "1"]
        case .read: variables = ["LLAMA_ARG_LOAD_MODE": "none", "LLAMA_ARG_MMAP": "0"]
        case .direct: variables = ["LLAMA_ARG_LOAD_MODE": "dio", "LLAMA_ARG_MMAP": "0", "LLAMA_ARG_DIO": "1"]
        case nil: break
        }
        if skipsFit { variables["LLAMA_ARG_FIT"] = "off" }
        return variables
    }

    /// How keys and values are kept, in llama.cpp's words for Ollama's variable: the memory is reckoned with it.
    static func cache(_ type: String?) -> [String: String] {
        guard let type = type.flatMap({ CacheType(rawValue: $0.lowercased()) }) else { return [:] }
        return ["LLAMA_ARG_CACHE_TYPE_K": type.rawValue, "LLAMA_ARG_CACHE_TYPE_V": type.rawValue]
    }

    /// One choice in several spellings: who sets one of them has made it.
    private static let spellings: Set = [
        "LLAMA_ARG_LOAD_MODE", "LLAMA_ARG_MMAP", "LLAMA_ARG_NO_MMAP", "LLAMA_ARG_DIO", "LLAMA_ARG_NO_DIO",
    ]

    /// Adds the variables to an environment; what the user set stays.
    static func add(_ variables: [String: String], to environment: inout [String: String]) {
        let given = Set(environment.filter { !$0.value.isEmpty }.keys)
        let isChosen = !given.isDisjoint(with: spellings)
        for (name, value) in variables where !given.contains(name) {
            if isChosen, spellings.contains(name) { continue }
            environment[name] = value
        }
    }
}
