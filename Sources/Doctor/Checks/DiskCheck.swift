import Machine
import Support

/// How fast the weights can be read, and what follows for a start.
enum DiskCheck: Check {
    static let topic = Topic.disks

    static func findings(in facts: Facts) -> [Finding] {
        facts.disks.flatMap { outcome($0, facts) } + readAhead(facts)
    }

    private static func outcome(_ disk: DiskFact, _ facts: Facts) -> [Finding] {
        switch disk.outcome {
        case .cached:
            let text =
                "\(Figure.list(disk.folders)) was not measured: what would be read lies in memory, so a load here "
                + "would be a warm one."
            return [Finding(.diskNotMeasured, text)]
        case .failed(let words):
            return [
                Finding(
                    .diskFails,
                    "Reading \(Figure.list(disk.folders)) fails: \(words)",
                    remedy: "A load would fail or hang there, too: mount the volume anew, or take another worker."
                )
            ]
        case .measured(let sequential, let parallel):
            let storage = Storage(disk, sequential, parallel, facts)
            return [storage.speed] + storage.slow + storage.prefetch + storage.timeout
        }
    }

    /// What was measured of one store, with the models that lie there.
    private struct Storage {
        let folder: String
        let sequential: Double
        let parallel: Double
        let facts: Facts
        let models: [ModelFact]

        init(_ disk: DiskFact, _ sequential: Double, _ parallel: Double, _ facts: Facts) {
            folder = Figure.list(disk.folders)
            self.sequential = sequential
            self.parallel = parallel
            self.facts = facts
            models = facts.models.filter { disk.folders.contains($0.folder) }.sorted { $0.bytes > $1.bytes }
        }

        private var readsAhead: Bool { facts.settings[Catalogue.prefetch] != .off }
        private var best: Double { readsAhead ? max(sequential, parallel) : sequential }

        /// Seconds that a model's weights take. What an engine does besides comes on top.
        private func seconds(_ model: ModelFact) -> Double { Double(model.bytes) / max(best, 1) }

        var speed: Finding {
            let loads = models.map { "\($0.name) in \(Figure.seconds(seconds($0)))" }
            let text =
                "\(folder) gives \(Figure.rate(sequential)) to one reader and \(Figure.rate(parallel)) to several"
            return Finding(.diskSpeed, loads.isEmpty ? "\(text)." : "\(text): it can load \(Figure.list(loads)).")
        }

        var slow: [Finding] {
            guard let model = wanted.first, seconds(model) > 60 else { return [] }
            return [
                Finding(
                    .diskSlow,
                    "Reading the \(Figure.bytes(model.bytes)) of \(model.name) from \(folder) takes "
                        + "\(Figure.seconds(seconds(model))): no cold start can be shorter.",
                    remedy:
                        "Bake the model into the image (kindling pull into /opt/kindling/models), or choose a smaller "
                        + "quantisation."
                )
            ]
        }

        var prefetch: [Finding] {
            guard !readsAhead, parallel >= 1.5 * sequential else { return [] }
            let gain = Int((parallel / max(sequential, 1)).rounded())
            return [
                Finding(
                    .prefetchOff,
                    "Several readers are \(gain < 2 ? "1.5" : "\(gain)") times as fast as one in \(folder), and "
                        + "reading ahead is off.",
                    remedy: "Set KINDLING_PREFETCH=auto."
                )
            ]
        }

        /// The platform's own limit is about seven minutes.
        var timeout: [Finding] {
            guard let model = wanted.first, facts.isOnPlatform else { return [] }
            let limit = facts.variable("RUNPOD_INIT_TIMEOUT").flatMap { Int($0) } ?? 420
            // Half as long again: what was measured with an empty machine is not what a full one gives.
            let needed = Int((seconds(model) * 1.5).rounded(.up)) + 30
            guard limit > 0, needed > limit else { return [] }
            return [
                Finding(
                    .initTimeoutShort,
                    "A cold start with \(model.name) may take \(needed) s, and the platform gives up after \(limit) s.",
                    remedy: "Set RUNPOD_INIT_TIMEOUT=\(needed * 2) at the endpoint."
                )
            ]
        }

        private var wanted: [ModelFact] {
            let names = facts.wantedModels.map(\.name)
            return models.filter { names.contains($0.name) }
        }
    }

    /// An engine that maps a file waits for the network once for each of these steps: with 5 ms and 128 KiB that is 26
    /// MB/s.
    private static func readAhead(_ facts: Facts) -> [Finding] {
        facts.places.filter { $0.models > 0 }.compactMap { place in
            guard let mount = place.mount, mount.isNetwork, let size = mount.readAheadKiB, size < 1024 else {
                return nil
            }
            return Finding(
                .diskReadAheadSmall,
                "The kernel reads only \(size) KiB ahead from \(place.path) (\(mount.fileSystem)). "
                    + "KINDLING_PREFETCH=auto makes up for it; an engine alone would wait for the network at each "
                    + "step."
            )
        }
    }
}
