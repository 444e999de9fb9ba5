import Machine
import Support

/// Clock, certificates, state folder, limits, and what could not be looked at.
enum SystemCheck: Check {
    static let topic = Topic.system
    /// 1 January 2026 and 2100: outside of them no certificate is valid.
    private static let sane = 1_767_225_600...4_102_444_800

    static func findings(in facts: Facts) -> [Finding] {
        state(facts.system) + clock(facts) + certificates(facts.system) + network(facts) + descriptors(facts)
            + unfinished(facts)
    }

    private static func state(_ system: SystemFacts) -> [Finding] {
        guard let folder = system.state else {
            guard !system.searchedState.isEmpty else { return [] }
            return [
                Finding(
                    .stateNotWritable,
                    "No state folder can be written (tried \(Figure.list(system.searchedState))): starts and the "
                        + "ledger are not kept.",
                    remedy:
                        "Set KINDLING_STATE to a folder that this user may write, on a volume if records are to "
                        + "outlive the container."
                )
            ]
        }
        // What is not mounted belongs to the container.
        guard let mount = system.stateMount, ["overlay", "tmpfs", "aufs"].contains(mount.fileSystem) else {
            return [Finding(.stateFolder, "Records are kept in \(folder).")]
        }
        let text =
            "Records are kept in \(folder), which ends with the container. KINDLING_STATE on a volume keeps them."
        return [Finding(.stateShortLived, text)]
    }

    private static func clock(_ facts: Facts) -> [Finding] {
        let now = facts.system.now
        guard sane.contains(now) else {
            return [
                Finding(
                    .clockWrong,
                    "The clock shows \(now) seconds since 1970, which is years off: no certificate is valid then, and "
                        + "nothing with https works.",
                    remedy: "Set the clock of the host."
                )
            ]
        }
        guard let network = facts.network, let offset = network.clockOffset, abs(offset) > 60 else {
            let compared =
                facts.network?.clockOffset.map { " (\(abs($0)) s from \(facts.network?.server ?? ""))" } ?? ""
            return [Finding(.clockSane, "The clock is right, as far as can be seen\(compared).")]
        }
        return [
            Finding(
                .clockOff,
                "The clock is \(abs(offset)) s \(offset > 0 ? "ahead of" : "behind") that of \(network.server).",
                remedy:
                    "Let the host keep time (chrony, systemd-timesyncd): signed uploads fail beyond 15 minutes, and "
                    + "records of several workers cannot be put in order."
            )
        ]
    }

    private static func certificates(_ system: SystemFacts) -> [Finding] {
        guard let path = system.certificates else {
            guard !system.searchedCertificates.isEmpty else { return [] }
            return [
                Finding(
                    .certificatesMissing,
                    "There are no certificates of authorities (looked in "
                        + "\(Figure.list(system.searchedCertificates))): every https connection fails, the queue's "
                        + "among them.",
                    remedy: "Install the package ca-certificates in the image, or set SSL_CERT_FILE or SSL_CERT_DIR."
                )
            ]
        }
        return [Finding(.certificatesFound, "Certificates of authorities are in \(path).")]
    }

    private static func network(_ facts: Facts) -> [Finding] {
        guard let network = facts.network else { return [] }
        switch network.answer {
        case .status(let status):
            return [Finding(.networkReachable, "\(network.server) answers (HTTP \(status)).")]
        case .untrusted(let words):
            return [
                Finding(
                    .networkUnreachable,
                    "The certificate of \(network.server) is not accepted: \(words)",
                    remedy:
                        "Update ca-certificates and look at the clock; behind an inspecting proxy set SSL_CERT_FILE "
                        + "to its authority."
                )
            ]
        case .failed(let words):
            return [
                Finding(
                    .networkUnreachable,
                    "\(network.server) cannot be reached: \(words)",
                    remedy:
                        "Look at DNS, firewall and HTTPS_PROXY of this machine. Models that are on disk need no "
                        + "network."
                )
            ]
        }
    }

    /// Each slot has a poll, a stream and an engine connection; a pull has some twenty.
    private static func descriptors(_ facts: Facts) -> [Finding] {
        let needed = 256 + 8 * facts.settings[Catalogue.concurrency]
        guard let limit = facts.system.descriptors, limit < needed else { return [] }
        return [
            Finding(
                .descriptorsFew,
                "This process may have \(limit) files open, and \(needed) may be needed.",
                remedy: "Raise the limit (ulimit -n \(max(1024, needed)), or --ulimit nofile= of docker run)."
            )
        ]
    }

    private static func unfinished(_ facts: Facts) -> [Finding] {
        facts.unfinished.map { unfinished in
            Finding(
                .notExamined,
                "Looking at \(unfinished.subject) did not end within \(unfinished.limit.components.seconds) s.",
                remedy: "A network volume that hangs is the usual cause: see whether ls on it ends, and mount it anew."
            )
        }
    }
}
