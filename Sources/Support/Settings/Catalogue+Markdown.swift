extension Catalogue {
    /// The settings as the tables of `Docs/Configuration.md`.
    public static var markdown: String {
        SettingDescription.Group.allCases.map { group in
            let rows = all.filter { $0.group == group }.map { setting in
                let variables = ([setting.variable] + setting.aliases).map { "`\($0)`" }.joined(separator: ", ")
                let fallback = setting.shownDefault ?? "–"
                let flag = setting.isSecret ? "none, since it is a secret" : "`--\(setting.flag)`"
                return "| \(flag) | \(variables) | \(setting.help) | \(setting.takes) | \(fallback) |"
            }
            return """
                ## \(group.rawValue)

                | flag | variable | what it does | takes | default |
                | --- | --- | --- | --- | --- |
                \(rows.joined(separator: "\n"))
                """
        }.joined(separator: "\n\n")
    }
}
