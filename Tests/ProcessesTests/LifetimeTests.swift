import Testing

@testable import Processes

struct LifetimeTests {
    @Test func `all waiters are told, once`() {
        var lifetime = Lifetime<String>()
        #expect(lifetime.wait(lifetime.newWaiter(), "a") == nil)
        #expect(lifetime.wait(lifetime.newWaiter(), "b") == nil)
        lifetime.reaped()
        #expect(lifetime.status == nil)
        #expect(lifetime.ended(.exited(1)).sorted() == ["a", "b"])
        #expect(lifetime.ended(.exited(1)).isEmpty)
    }

    @Test func `who asks after the end is answered at once`() {
        var lifetime = Lifetime<String>()
        _ = lifetime.ended(.signalled(9))
        #expect(lifetime.wait(lifetime.newWaiter(), "late") == .signalled(9))
    }

    @Test func `a waiter that stops waiting is not told`() {
        var lifetime = Lifetime<String>()
        let id = lifetime.newWaiter()
        _ = lifetime.wait(id, "a")
        #expect(lifetime.stopWaiting(id) == "a")
        #expect(lifetime.stopWaiting(id) == nil)
        #expect(lifetime.ended(.exited(0)).isEmpty)
    }

    @Test func `there is one SIGTERM, and none for the dead`() {
        var lifetime = Lifetime<String>()
        let answers = [lifetime.askToEnd(), lifetime.askToEnd()]
        #expect(answers == [true, false])
        var dead = Lifetime<String>()
        dead.reaped()
        let answer = dead.askToEnd()
        #expect(!answer)
    }

    @Test func `nothing is signalled once the group id may belong to another`() {
        var lifetime = Lifetime<String>()
        #expect(lifetime.maySignal)
        lifetime.reaped()
        #expect(!lifetime.maySignal)
    }
}
