import Glibc
import HTTPTransport
import Machine
import ModelStore

extension FactGathering {
    func system() async -> SystemFacts? {
        await within(limit) { [self] in
            var facts = SystemFacts()
            facts.now = time(nil)
            let places = certificatePlaces
            facts.searchedCertificates = places.map(\.path)
            facts.certificates = places.first { $0.isUsable($0.path) }?.path
            facts.searchedState = stateFolders
            facts.state = stateFolders.first(where: Self.canBeMade)
            facts.stateMount = facts.state.flatMap { Mount.of(Self.nearest($0)) }
            var descriptors = rlimit()
            if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &descriptors) == 0 {
                facts.descriptors = Int(clamping: descriptors.rlim_cur)
            }
            return facts
        }
    }

    /// Whether a folder is there and can be written, or could be made.
    private static func canBeMade(_ path: String) -> Bool {
        var path = path
        while !FileSystem.isFolder(path) {
            guard FileSystem.size(of: path) == nil, path != "/", path != "." else { return false }
            path = FileSystem.folder(of: path)
        }
        return FileSystem.isWritable(path)
    }

    /// As the HTTP client chooses: what the environment names, each its own, else the system's folder or bundle.
    private var certificatePlaces: [(path: String, isUsable: (String) -> Bool)] {
        func isBundle(_ path: String) -> Bool {
            FileSystem.size(of: path).map { $0 > 0 } == true && FileSystem.isReadable(path)
        }
        func isHashed(_ path: String) -> Bool {
            FileSystem.names(in: path).contains { $0.contains(/^[0-9a-f]{8}\.[0-9]+$/) }
        }
        let named = [("SSL_CERT_FILE", isBundle), ("SSL_CERT_DIR", isHashed)].compactMap { name, isUsable in
            environment[name].flatMap { $0.isEmpty ? nil : ($0, isUsable) }
        }
        guard named.isEmpty else { return named }
        return [(certificateFolder, isHashed), ("\(certificateFolder)/ca-certificates.crt", isBundle)]
    }

    /// What the queue's server says of the time. No job is taken: only the root of the server is asked for.
    func network() async -> NetworkFact? {
        guard asksNetwork else { return nil }
        let server = environment["RUNPOD_WEBHOOK_GET_JOB"].flatMap(WebOrigin.init)?.text ?? "https://registry.ollama.ai"
        let http = HTTPClient(configuration: .init(environment: environment))
        defer { http.shutdown() }
        var request = HTTPRequest("GET", "\(server)/")
        request.connectTimeout = limit / 2
        request.timeout = limit
        do throws(HTTPError) {
            let reply = try await http.fetch(request, upTo: 1 << 20)
            return NetworkFact(server, .status(reply.status), clockOffset: reply.headers.date().map { time(nil) - $0 })
        } catch {
            return NetworkFact(server, error.code == .tls ? .untrusted(error.message) : .failed(error.message))
        }
    }
}
