@testable import ModelStore
import Testing

/// What a template asks for, without running it.
@Suite struct GoTemplateTests {
    @Test(
        arguments: [
            ("{{ .Prompt }}", ["prompt"]),
            ("{{- range $i, $_ := .Messages }}{{ $m.Role }}{{end}}", ["messages", "role"]),
            ("{{ if and .Tools (eq .Role \"user\") }}x{{ end }}", ["tools", "role"]),
            ("{{ $.Tools }}{{ .Function.Name }}", ["tools", "function", "name"]),
            ("{{.Suffix}}", ["suffix"]),
            ("You have .Tools and {.Thinking}", []),
            ("{{ \".Tools \\\" .Suffix\" }}{{ `.Thinking\\` }}{{ .System }}", ["system"]),
            ("{{/* .Tools }} */}}{{ .Prompt }}", ["prompt"]),
            ("", []), ("{{", []), ("{{ .", []), ("{{ \"", []), ("{{ /*", []), ("{", []), ("{{ .Tools", ["tools"]),
        ] as [(String, Set<String>)]
    )
    func `fields are those of actions`(template: String, fields: Set<String>) {
        #expect(GoTemplate(template).fields == fields)
    }
}
