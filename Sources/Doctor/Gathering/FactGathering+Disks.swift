import ModelStore
import Prefetch

extension FactGathering {
    /// One after the other, each file system once: two measurements at a time would measure each other.
    func measure(_ facts: inout Facts) async {
        var known: [UInt64: Int] = [:]
        let deadline = ContinuousClock.now + limit
        for place in facts.places where place.models > 0 {
            let candidates = facts.models.filter { $0.folder == place.path }
            guard let largest = candidates.max(by: { $0.bytes < $1.bytes }) else { continue }
            let left = ContinuousClock.now.duration(to: deadline)
            let device = await within(left) { FileSystem.identity(of: largest.weights)?.device }
            if let device = device ?? nil, let index = known[device] {
                facts.disks[index].folders.append(place.path)
                continue
            }
            guard let outcome = await within(left, { Self.measure(largest.weights) }) else {
                facts.unfinished.append(.init("the speed of \(place.path)", limit))
                continue
            }
            if let device = device ?? nil { known[device] = facts.disks.count }
            facts.disks.append(DiskFact([place.path], outcome))
        }
    }

    private static func measure(_ path: String) -> DiskFact.Outcome {
        do throws(FileFailure) {
            let bandwidth = try Bandwidth.measure(path, limit: 128 << 20)
            guard let sequential = bandwidth.sequential, let parallel = bandwidth.parallel else { return .cached }
            return .measured(sequential: sequential, parallel: parallel)
        } catch {
            return .failed(error.description)
        }
    }
}
