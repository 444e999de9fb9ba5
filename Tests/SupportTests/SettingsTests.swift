import Testing

@testable import Support

@Suite("settings")
struct SettingsTests {
    @Test("a flag beats the environment, the environment the default")
    func order() throws {
        let environment = ["KINDLING_CONCURRENCY": "4", "OLLAMA_NUM_PARALLEL": "2"]
        #expect(try Settings(environment: [:])[Catalogue.concurrency] == 1)
        #expect(try Settings(environment: ["OLLAMA_NUM_PARALLEL": "2"])[Catalogue.concurrency] == 2)
        #expect(try Settings(environment: environment)[Catalogue.concurrency] == 4)
        #expect(try Settings(flags: ["concurrency": "8"], environment: environment)[Catalogue.concurrency] == 8)
    }

    @Test(
        "a malformed value is named, with what it takes",
        arguments: [
            ("KINDLING_CONCURRENCY", "many", "a whole number, 1 to 512"),
            ("KINDLING_CONCURRENCY", "0", "a whole number, 1 to 512"),
            ("KINDLING_ENGINE", "vllm", "auto, ollama, llama-server, direct, openai"),
            ("KINDLING_DRAIN_SECONDS", "-1", "seconds, 0 to 86400"),
            ("KINDLING_DRAIN_SECONDS", "nan", "seconds, 0 to 86400"),
            ("KINDLING_LOG_CONTENT", "perhaps", "1 or 0 (also true, false, yes, no, on, off)"),
        ]
    )
    func malformed(name: String, value: String, takes: String) throws {
        let error = try #require(throws: SettingsError.self) { try Settings(environment: [name: value]) }
        #expect(error.description == "\(name) is \"\(value)\", but it takes \(takes)")
    }

    @Test("an unknown name is refused, with the nearest known one")
    func unknown() throws {
        let error = try #require(throws: SettingsError.self) {
            try Settings(environment: ["KINDLING_CONCURENCY": "2"])
        }
        let hint = "KINDLING_CONCURENCY is not a setting; did you mean KINDLING_CONCURRENCY?"
        #expect(error.description == "\(hint) (kindling worker --help lists them all)")
    }

    @Test("a name that resembles none gets no wild guess")
    func stranger() throws {
        let error = try #require(throws: SettingsError.self) { try Settings(environment: ["KINDLING_FOO": "2"]) }
        #expect(error.description == "KINDLING_FOO is not a setting (kindling worker --help lists them all)")
    }

    @Test(
        "Kubernetes' service links are none of ours",
        arguments: [
            ("KINDLING_PORT", "tcp://10.0.0.1:8000"), ("KINDLING_SERVICE_HOST", "10.0.0.1"),
            ("KINDLING_SERVICE_PORT", "8000"), ("KINDLING_SERVICE_PORT_HTTP", "8000"),
            ("KINDLING_PORT_8000_TCP", "tcp://10.0.0.1:8000"), ("KINDLING_PORT_8000_TCP_ADDR", "10.0.0.1"),
            ("KINDLING_WORKER_PORT_80_TCP_PROTO", "tcp"), ("KINDLING_WORKER_SERVICE_HOST", "10.0.0.1"),
        ]
    )
    func serviceLinks(name: String, value: String) throws {
        let settings = try Settings(environment: [name: value])
        #expect(settings[Catalogue.port] == 8000)
    }

    @Test("an empty variable counts as unset, a foreign name with a foreign meaning as absent")
    func lenience() throws {
        let settings = try Settings(environment: ["KINDLING_PORT": "", "RUNPOD_LOG_LEVEL": "weird"])
        #expect(settings[Catalogue.port] == 8000)
        #expect(settings[Catalogue.logLevel] == .info)
        #expect(!settings.isSet(Catalogue.port))
    }

    @Test("others' names are honoured")
    func aliases() throws {
        let settings = try Settings(environment: ["MODEL_NAME": "m", "RUNPOD_LOG_LEVEL": "WARN"])
        #expect(settings[Catalogue.model] == "m")
        #expect(settings[Catalogue.logLevel] == .warning)
    }

    @Test("the table is sound: names unique, defaults acceptable, sentences whole")
    func table() {
        #expect(Set(Catalogue.all.map(\.flag)).count == Catalogue.all.count)
        for setting in Catalogue.all {
            #expect(setting.help.hasSuffix("."), "\(setting.flag)")
            if setting.takes.contains("to") || setting.takes.contains(",") {
                #expect(setting.shownDefault.map(setting.accepts) ?? true, "\(setting.flag)")
            }
        }
    }
}
