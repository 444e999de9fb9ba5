import Glibc
import JSON
import ModelStore
import Support
import TestSupport
import Testing

@testable import ModelFetch

@Suite(.serialized) struct RegistryPullTests {
    @Test func aPulledModelLiesAsOllamaHasIt() async throws {
        let (registry, pulling) = (try LocalRegistry(), try Pulling())
        try await pulling.pull(registry)
        let host = registry.url.dropFirst(7)
        let manifest = "\(pulling.folder.path)/manifests/\(host)/library/m/latest"
        #expect(FileSystem.contents(of: manifest, limit: 1 << 20) == registry.manifest)
        #expect(pulling.blob(registry.digest) == registry.weights)
        #expect(pulling.blob(BlobDigest(of: registry.configuration)) == registry.configuration)
        #expect(pulling.leftovers == [])
        #expect(mode(of: manifest) == 0o644)
        #expect(mode(of: "\(pulling.folder.path)/blobs") == 0o755)
        #expect(mode(of: pulling.store.blobPath(registry.digest)) == 0o644)
        #expect(registry.bytesServed == registry.weights.count + registry.configuration.count)
        #expect(registry.requests.first?.header("Accept") == Manifest.mediaType)
    }

    @Test func whatIsThereCostsOneRequest() async throws {
        let (registry, pulling) = (try LocalRegistry(), try Pulling())
        try await pulling.pull(registry)
        let before = registry.requests.count
        try await pulling.pull(registry)
        #expect(registry.requests.count == before + 1)
        #expect(
            pulling.events.all.last == .done(model: "\(registry.url.dropFirst(7))/library/m:latest", wasFetched: false)
        )
    }

    @Test(arguments: [1, 100_000, 262_143]) func cutsCostNoByteTwice(count: Int) async throws {
        let registry = try LocalRegistry { request, connection, registry in
            guard registry.isForWeights(request), registry.weightRequests <= 12 else { return false }
            try registry.cut(after: count, request, connection)
            return true
        }
        let pulling = try Pulling()
        try await pulling.pull(registry)
        #expect(pulling.blob(registry.digest) == registry.weights)
        // What was sent and not read when the connection broke is the system's to drop: 12 cuts of at most 256 KiB.
        #expect(registry.bytesServed <= registry.weights.count + registry.configuration.count + 12 * count)
    }

    @Test func aServerWithoutRangesIsReadInOneStream() async throws {
        let registry = try LocalRegistry { request, connection, registry in
            guard registry.isForWeights(request) else { return false }
            try connection.respond(200, body: registry.weights)
            return true
        }
        let pulling = try Pulling()
        try await pulling.pull(registry)
        #expect(pulling.blob(registry.digest) == registry.weights)
        #expect(registry.weightRequests == 1)
    }

    @Test func damageOnTheWayIsFetchedOnceMore() async throws {
        let once = Once()
        let registry = try LocalRegistry { request, connection, registry in
            guard registry.isForWeights(request), once.isFirst() else { return false }
            try registry.send([UInt8](repeating: 7, count: registry.weights.count), to: request, connection)
            return true
        }
        let pulling = try Pulling()
        try await pulling.pull(registry)
        #expect(pulling.blob(registry.digest) == registry.weights)
        #expect(pulling.events.all.contains { if case .startedOver = $0 { true } else { false } })
    }

    @Test func aWrongDigestTwiceIsAnErrorThatNamesBoth() async throws {
        let other = LocalRegistry.damagedWeights
        let registry = try LocalRegistry { request, connection, registry in
            guard registry.isForWeights(request) else { return false }
            try registry.send(other, to: request, connection)
            return true
        }
        let pulling = try Pulling()
        let place = String(registry.url.dropFirst(7))
        await #expect(throws: PullError.wrongDigest(expected: registry.digest, found: .init(of: other), from: place)) {
            try await pulling.pull(registry)
        }
        #expect(pulling.leftovers == [])
        #expect(pulling.blob(registry.digest) == nil)
        #expect(pulling.store.references() == [])
    }

    @Test func aBusyRegistryIsAskedAgain() async throws {
        let registry = try LocalRegistry { _, connection, registry in
            guard registry.requests.count <= 4 else { return false }
            try connection.respond(
                registry.requests.count.isMultiple(of: 2) ? 503 : 429,
                headers: [("Retry-After", "0")]
            )
            return true
        }
        let pulling = try Pulling()
        try await pulling.pull(registry)
        #expect(pulling.blob(registry.digest) == registry.weights)
    }

    @Test func aServerThatIsDownIsGivenUp() async throws {
        let registry = try LocalRegistry { _, connection, _ in
            try connection.respond(502)
            return true
        }
        let pulling = try Pulling()
        let place = String(registry.url.dropFirst(7))
        await #expect(throws: PullError.network("status 502", at: place, attempts: 6)) {
            try await pulling.pull(registry)
        }
        #expect(registry.requests.count == 6)
    }

    @Test func aSilentConnectionIsReplaced() async throws {
        let once = Once()
        let registry = try LocalRegistry { request, connection, registry in
            guard registry.isForWeights(request), once.isFirst() else { return false }
            // Half a head, and then nothing.
            try connection.raw(Array("HTTP/1.1 206 Partial\r\nContent-Ra".utf8))
            connection.waitUntilPeerGone(timeout: .seconds(60))
            return true
        }
        var pulling = try Pulling()
        pulling.policy.stallTimeout = .milliseconds(300)
        try await pulling.pull(registry)
        #expect(pulling.blob(registry.digest) == registry.weights)
    }

    @Test func whatIsNotThereIsNamed() async throws {
        let registry = try LocalRegistry { _, connection, _ in
            try connection.respond(404)
            return true
        }
        let pulling = try Pulling()
        let place = String(registry.url.dropFirst(7))
        await #expect(throws: PullError.notFound("\(place)/library/m:latest", at: place)) {
            try await pulling.pull(registry)
        }
        #expect(registry.requests.count == 1)
    }

    @Test func plainHTTPNeedsAWord() async throws {
        let registry = try LocalRegistry()
        var pulling = try Pulling()
        pulling.policy.allowsInsecure = false
        await #expect(throws: PullError.self) { try await pulling.pull(registry) }
        #expect(registry.requests.isEmpty)
    }

    @Test func anInterruptedPullIsResumed() async throws {
        let permits = Lock(6)
        let registry = try LocalRegistry { request, connection, registry in
            guard registry.isForWeights(request) else { return false }
            let isServed = permits.withLock { permits in
                permits -= 1
                return permits >= 0
            }
            if isServed { return false }
            connection.waitUntilPeerGone(timeout: .seconds(60))
            connection.close()
            return true
        }
        let pulling = try Pulling()
        let six = 6 * (256 << 10)
        let task = Task { try await pulling.pull(registry) }
        #expect(await eventually { pulling.events.fetched == six + registry.configuration.count })
        // All twelve ranges were asked for: none of these requests is on its way any more when the next pull begins.
        #expect(await eventually { registry.weightRequests == 12 })
        task.cancel()
        await #expect(throws: PullError.cancelled) { try await task.value }
        #expect(PartialFile.progress(path: partial(registry, pulling), size: 3 << 20) == six)
        permits.withLock { $0 = 1000 }
        let before = registry.bytesServed
        try await pulling.pull(registry)
        #expect(pulling.blob(registry.digest) == registry.weights)
        #expect(registry.bytesServed - before == registry.weights.count - six)
    }

    @Test func aDamagedPartialFileIsFoundOut() async throws {
        let (registry, pulling) = (try LocalRegistry(), try Pulling())
        try FileSystem.makeFolder("\(pulling.folder.path)/blobs")
        let path = partial(registry, pulling)
        #expect(SmallFile.write([UInt8](repeating: 1, count: 3 << 20), to: path))
        let record = ResumeRecord(size: 3 << 20, finished: RangeSet(0..<(1 << 20)))
        #expect(SmallFile.write(record.bytes, to: "\(path).json"))
        try await pulling.pull(registry)
        #expect(pulling.blob(registry.digest) == registry.weights)
    }

    @Test func whatOllamaHasOnItsWayInTheSameStoreIsLeftAlone() async throws {
        let (registry, pulling) = (try LocalRegistry(), try Pulling())
        try FileSystem.makeFolder("\(pulling.folder.path)/blobs")
        let theirs = ["-partial", "-partial-0", "-partial-1"].map { pulling.store.blobPath(registry.digest) + $0 }
        for path in theirs { #expect(SmallFile.write(Array("Ollama's".utf8), to: path)) }
        try await pulling.pull(registry)
        #expect(pulling.blob(registry.digest) == registry.weights)
        for path in theirs { #expect(SmallFile.bytes(of: path) == Array("Ollama's".utf8)) }
        // What it looks for when it goes on: one of ours there would end its pull.
        let ours = BlobPull.partialPath(of: pulling.store.blobPath(registry.digest))
        #expect(!ours.hasPrefix(theirs[0]))
    }

    @Test func aPartOfAModelIsRefusedByItsNameBeforeItIsAskedFor() async throws {
        let (registry, pulling) = (try LocalRegistry(), try Pulling())
        await #expect {
            try await pulling.puller.pull(try PullTarget("\(registry.url)/m-Q4_K_M-00002-of-00003.gguf"))
        } throws: { error in
            "\(error)".contains("one of 3 parts") && "\(error)".contains("00002-of-00003.gguf")
        }
        #expect(registry.requests.isEmpty)
    }

    @Test(arguments: [(ESTALE, 1, true), (ESTALE, 2, true), (ESTALE, 3, false), (EIO, 1, false)])
    func filesThatTheirServerHasForgottenAreOpenedAnew(code: Int32, failures: Int, succeeds: Bool) async throws {
        var (attempts, retries) = (0, 0)
        let problem = PullError.disk(FileProblem("write", "/volume/blob", code: code))
        let found = try? await StaleFiles.reopening(after: .zero, onRetry: { _, _ in retries += 1 }) {
            attempts += 1
            if attempts <= failures { throw problem }
            return attempts
        }
        #expect(found == (succeeds ? failures + 1 : nil))
        #expect(retries == (code == ESTALE ? min(failures, 2) : 0))
    }

    @Test func tooSmallADiskIsSaidBeforeTheFirstByte() async throws {
        let huge = 1 << 47
        let manifest = Manifest(
            configuration: .init(mediaType: Manifest.configurationMediaType, digest: .init(of: [1]), size: 1),
            layers: [.init(.model, digest: .init(of: [2]), size: huge)]
        )
        let (registry, pulling) = (try LocalRegistry(manifest: manifest.bytes), try Pulling())
        await #expect {
            try await pulling.pull(registry)
        } throws: { error in
            guard case .noSpace(_, _, let needed) = error as? PullError else { return false }
            return needed > huge && "\(error)".contains("141 TB")
        }
        #expect(registry.requests.count == 1)
    }

    private func partial(_ registry: LocalRegistry, _ pulling: Pulling) -> String {
        BlobPull.partialPath(of: pulling.store.blobPath(registry.digest))
    }

    private func mode(of path: String) -> UInt32 {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }
}

@Suite struct HostileManifestTests {
    private static let digest = "sha256:" + String(repeating: "a", count: 64)

    @Test(arguments: [
        "", "[]", "<html>", #"{"config":{},"layers":[]}"#,
        manifest(digest: "sha256:../../../etc/passwd", size: "5"),
        manifest(digest: "sha256:" + String(repeating: "A", count: 64), size: "5"),
        manifest(digest: digest, size: "-1"), manifest(digest: digest, size: "4611686018427387904"),
        manifest(digest: digest, size: "1e300"), manifest(digest: digest, size: "\"5\""),
        String(repeating: "[", count: 100_000),
    ]) func areRefusedAndLeaveNothing(text: String) async throws {
        let (registry, pulling) = (try LocalRegistry(manifest: Array(text.utf8)), try Pulling())
        await #expect {
            try await pulling.pull(registry)
        } throws: { error in
            if case .badManifest = error as? PullError { true } else { false }
        }
        #expect(FileSystem.names(in: pulling.folder.path) == [])
        #expect(registry.requests.count == 1)
    }

    @Test func anEndlessManifestIsNotRead() async throws {
        let registry = try LocalRegistry { _, connection, _ in
            try connection.beginChunked(200)
            while !connection.isPeerGone() { try connection.chunk([UInt8](repeating: 32, count: 1 << 16)) }
            return true
        }
        let pulling = try Pulling()
        await #expect(throws: PullError.self) { try await pulling.pull(registry) }
        #expect(registry.requests.count == 1)
    }

    @Test func twoSizesForOneBlobAreRefused() async throws {
        let text = """
            {"config":{"mediaType":"c","digest":"\(Self.digest)","size":1},
             "layers":[{"mediaType":"l","digest":"\(Self.digest)","size":2}]}
            """
        let (registry, pulling) = (try LocalRegistry(manifest: Array(text.utf8)), try Pulling())
        await #expect {
            try await pulling.pull(registry)
        } throws: {
            "\($0)".contains("two sizes")
        }
    }

    private static func manifest(digest: String, size: String) -> String {
        """
        {"config":{"mediaType":"c","digest":"\(Self.digest)","size":1},
         "layers":[{"mediaType":"l","digest":"\(digest)","size":\(size)}]}
        """
    }
}
