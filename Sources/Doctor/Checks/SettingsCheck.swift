import ModelStore
import Support

/// Variables that a worker would refuse, and those that do not do what they seem to.
enum SettingsCheck: Check {
    static let topic = Topic.settings

    static func findings(in facts: Facts) -> [Finding] {
        let parts =
            refused(facts) + ignored(facts) + context(facts) + slots(facts) + keepAlive(facts) + cacheType(facts)
            + prune(facts) + host(facts)
        guard parts.isEmpty else { return parts }
        let names = facts.environment.keys.filter { $0.hasPrefix("KINDLING_") || $0.hasPrefix("OLLAMA_") }.sorted()
        let text =
            names.isEmpty ? "Nothing is set: defaults everywhere." : "Understood: \(Figure.list(names, atMost: 20))."
        return [Finding(.settingsRead, text)]
    }

    private static func refused(_ facts: Facts) -> [Finding] {
        facts.refusals.map { words in
            Finding(
                .settingRefused,
                "\(words).",
                remedy: "Correct or remove it: until then a worker ends with exit code 64."
            )
        }
    }

    /// Names that others brought are passed over in silence where their values mean nothing here.
    private static func ignored(_ facts: Facts) -> [Finding] {
        Catalogue.all.flatMap { setting in
            setting.aliases.compactMap { alias -> Finding? in
                guard let value = facts.variable(alias), !setting.accepts(value) else { return nil }
                return Finding(
                    .settingIgnored,
                    "\(alias) is \"\(value.prefix(80))\" and is ignored: it takes \(setting.takes).",
                    remedy: "Correct it, or set \(setting.variable)."
                )
            }
        }
    }

    private static func context(_ facts: Facts) -> [Finding] {
        guard let theirs = facts.variable("OLLAMA_CONTEXT_LENGTH").flatMap({ Int($0) }) else { return [] }
        let ours = facts.settings[Catalogue.contextLength]
        guard theirs != ours else { return [] }
        return [
            Finding(
                .contextDiffers,
                "KINDLING_CONTEXT_LENGTH is \(ours) and OLLAMA_CONTEXT_LENGTH is \(theirs): Ollama loads with its "
                    + "own, and jobs are judged by ours.",
                remedy: "Set one of the two."
            )
        ]
    }

    private static func slots(_ facts: Facts) -> [Finding] {
        guard let theirs = facts.variable("OLLAMA_NUM_PARALLEL").flatMap({ Int($0) }), theirs > 0 else { return [] }
        let ours = facts.settings[Catalogue.concurrency]
        guard theirs != ours else { return [] }
        let text =
            "KINDLING_CONCURRENCY is \(ours), so the engine gets \(ours) slots and not the \(theirs) of "
            + "OLLAMA_NUM_PARALLEL."
        return [Finding(.slotsDiffer, text)]
    }

    private static func keepAlive(_ facts: Facts) -> [Finding] {
        guard facts.mayUseOllama, let value = facts.variable("OLLAMA_KEEP_ALIVE"), let time = GoDuration.seconds(value),
            time >= 0,
            time < 300
        else { return [] }
        return [
            Finding(
                .keepAliveShort,
                "OLLAMA_KEEP_ALIVE=\(value): after a request on an OpenAI route Ollama unloads the model "
                    + "\(time == 0 ? "at once" : "within \(Figure.seconds(time))"), and the next one waits for a full "
                    + "load.",
                remedy: "Remove it: the worker keeps models for good."
            )
        ]
    }

    private static func cacheType(_ facts: Facts) -> [Finding] {
        guard let value = facts.variable("OLLAMA_KV_CACHE_TYPE"), CacheType(rawValue: value.lowercased()) == nil
        else { return [] }
        return [
            Finding(
                .cacheTypeUnknown,
                "OLLAMA_KV_CACHE_TYPE is \"\(value.prefix(80))\": Ollama starts, and every load fails.",
                remedy: "It takes \(CacheType.allCases.map(\.rawValue).joined(separator: ", "))."
            )
        ]
    }

    private static func prune(_ facts: Facts) -> [Finding] {
        guard facts.mayUseOllama, let value = facts.variable("OLLAMA_NOPRUNE"),
            ["0", "f", "false"].contains(value.lowercased()),
            let place = facts.places.first(where: { $0.isWritable && $0.models > 0 && $0.role != .cache })
        else { return [] }
        return [
            Finding(
                .pruneOn,
                "OLLAMA_NOPRUNE=\(value): at its start Ollama deletes from \(place.path) what no manifest names, and "
                    + "unfinished downloads that another worker may be filling.",
                remedy: "Remove it: the worker sets it to 1."
            )
        ]
    }

    private static func host(_ facts: Facts) -> [Finding] {
        guard let value = facts.variable("OLLAMA_HOST"), value.contains("0.0.0.0") || value.contains("[::]") else {
            return []
        }
        let text =
            "OLLAMA_HOST=\(value) would open the engine to everybody. The worker starts its own on 127.0.0.1 all the "
            + "same; an Ollama that you start yourself is open."
        return [Finding(.ollamaHostOpen, text)]
    }
}
