import JSON

/// The routes that list models: each entry has the shape of a recorded one.
extension Server {
    func tags() throws -> String {
        try list(of: "tags", members: "models", name: "name", models.map(\.name)) { entry, _ in entry }
    }

    func openAIModels() throws -> String {
        try list(of: "v1-models", members: "data", name: "id", models.map(\.name)) { entry, _ in entry } + "\n"
    }

    /// Also a runner that has died since: the recorded program does not look.
    func running() throws -> String {
        let entries = scheduler.entries
        return try list(of: "ps-loaded-default-keepalive", members: "models", name: "name", entries.map(\.model)) {
            member,
            index in
            var member = member
            member["expires_at"] = .string(Server.expiry(of: entries[index]))
            member["context_length"] = JSON(entries[index].context)
            return member
        }
    }

    private func list(
        of recording: String,
        members: String,
        name: String,
        _ names: [String],
        _ edit: (JSON.Object, Int) -> JSON.Object
    ) throws -> String {
        let answer = try JSON(parsing: try library.recording(recording).pieces.joined())
        let recorded = (answer[members]?.array ?? []).compactMap(\.object)
        var entries: [JSON] = []
        for (index, model) in names.enumerated() {
            guard var entry = recorded.first(where: { $0[name]?.string == model }) ?? recorded.first else { continue }
            entry[name] = .string(model)
            if entry["model"] != nil { entry["model"] = .string(model) }
            entries.append(.object(edit(entry, index)))
        }
        var result = answer.object ?? [:]
        result[members] = .array(entries)
        return JSON.object(result).description
    }

    /// For ever is 292 years: the largest number of nanoseconds.
    private static func expiry(of entry: Schedule.Entry) -> String {
        var time = Times.now()
        let rest = entry.expires.map { max(.zero, ContinuousClock.now.duration(to: $0)) } ?? .nanoseconds(Int.max)
        time.tv_sec += Int(rest.components.seconds)
        return Times.rfc3339(time)
    }
}
