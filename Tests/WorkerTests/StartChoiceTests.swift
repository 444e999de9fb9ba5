import Support
import TestSupport
import Testing

@testable import Worker

@Suite("start=auto")
struct StartChoiceTests {
    @Test(
        "eager for snapshots, announced or seen, and for workers that are paid for; else lazy",
        arguments: [
            (StartChoice.Facts(), StartMode.lazy, "neither"),
            (StartChoice.Facts(isSnapshotted: true), .eager, "KINDLING_FLASHBOOT"),
            (StartChoice.Facts(isAlwaysOn: true), .eager, "KINDLING_ACTIVE"),
            (StartChoice.Facts(wasRestored: true), .eager, "resumed"),
            (StartChoice.Facts(isSnapshotted: true, isAlwaysOn: true, wasRestored: true), .eager, "KINDLING_FLASHBOOT"),
        ]
    )
    func choice(facts: StartChoice.Facts, mode: StartMode, reason: String) {
        let choice = StartChoice.decide(facts)
        #expect(choice.mode == mode)
        #expect(choice.reason.contains(reason))
    }

    @Test("a restore is remembered in the state folder, which is made if it is not there")
    func marker() throws {
        let folder = try TemporaryFolder("marker")
        let marker = RestoreMarker(folder: folder.path("state"))
        #expect(!marker.isSet)
        #expect(marker.set() == 0)
        #expect(marker.isSet)
        #expect(marker.set() == 0, "twice is no error")
    }

    @Test("a state folder that cannot be made says why and is no restore")
    func noFolder() {
        let marker = RestoreMarker(folder: "/proc/nowhere/state")
        #expect(marker.set() != 0)
        #expect(!marker.isSet)
    }
}
