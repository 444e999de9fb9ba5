import Testing

@testable import LocalQueue

struct LineTests {
    @Test func itIsALineWithLeavingFromTheMiddle() {
        var line = Line<String>()
        _ = line.append("a")
        let middle = line.append("b")
        _ = line.append("c")
        _ = line.prepend("first")
        line.remove(middle)
        line.remove(middle)
        #expect(line.count == 3)
        #expect([line.popFirst(), line.popFirst(), line.popFirst(), line.popFirst()] == ["first", "a", "c", nil])
        #expect(line.isEmpty)
        _ = line.prepend("again")
        #expect(line.popFirst() == "again")
    }
}

struct DeadlinesTests {
    private let origin = ContinuousClock.now

    @Test func keysComeUpInTheOrderOfTheirMoments() {
        var deadlines = Deadlines<String>()
        for (key, seconds) in [("c", 3), ("a", 1), ("d", 4), ("b", 2)] {
            deadlines.set(key, at: origin + .seconds(seconds))
        }
        deadlines.remove("b")
        #expect(deadlines.next() == origin + .seconds(1))
        #expect(deadlines.popDue(at: origin) == nil)
        let late = origin + .seconds(9)
        #expect(
            [deadlines.popDue(at: late), deadlines.popDue(at: late), deadlines.popDue(at: late)] == ["a", "c", "d"]
        )
        #expect(deadlines.popDue(at: late) == nil)
        #expect(deadlines.next() == nil)
    }

    @Test func aMomentOnlyMovesForward() {
        var deadlines = Deadlines<String>()
        deadlines.set("a", at: origin + .seconds(5))
        deadlines.set("a", at: origin + .seconds(9))
        #expect(deadlines.next() == origin + .seconds(5))
        deadlines.set("a", at: origin + .seconds(1))
        #expect(deadlines.next() == origin + .seconds(1))
        #expect(deadlines.popDue(at: origin + .seconds(10)) == "a")
        #expect(deadlines.popDue(at: origin + .seconds(10)) == nil)
    }

    @Test func aThousandOfThemBehaveLikeASortedList() {
        var random = Generator(state: 7)
        var deadlines = Deadlines<Int>()
        var model: [Int: Int] = [:]
        for _ in 0..<5000 {
            let key = Int.random(in: 0..<200, using: &random)
            if Bool.random(using: &random) {
                let second = Int.random(in: 0..<1000, using: &random)
                deadlines.set(key, at: origin + .seconds(second))
                model[key] = min(model[key] ?? .max, second)
            } else {
                deadlines.remove(key)
                model[key] = nil
            }
            #expect(deadlines.next() == model.values.min().map { origin + .seconds($0) })
        }
    }
}
