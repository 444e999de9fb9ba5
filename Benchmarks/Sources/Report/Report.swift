/// The file that the README quotes.
struct Report: Sendable {
    var findings: [Finding]
    /// On what it was measured, a line each.
    var setting: [String]
    /// What went wrong, a line each.
    var failures: [String]

    /// The rows alone.
    var table: String {
        let head = ["| what | the SDK | Kindling | target | met |", "| --- | --- | --- | --- | --- |"]
        return (head + findings.map(\.line)).joined(separator: "\n")
    }

    /// Everything, as Markdown.
    var text: String {
        var parts = [
            "# Kindling beside the RunPod Python SDK",
            "Made by `Benchmarks/run`. Each figure is the median of its rounds, with the least and the largest in "
                + "brackets. Rounds of the two take turns, on the same queue, with the same stub engine. "
                + "1 MB is 1,000,000 bytes.",
            table,
        ]
        if !failures.isEmpty {
            parts.append("## Rounds that failed\n\n" + list(failures))
        }
        parts.append("## What the rows mean\n\n" + list(findings.map { "**\($0.row.title)**: \($0.row.meaning)" }))
        parts.append("## Where and how\n\n" + list(setting))
        return parts.joined(separator: "\n\n") + "\n"
    }

    private func list(_ lines: [String]) -> String {
        lines.map { "- \($0)" }.joined(separator: "\n")
    }
}
