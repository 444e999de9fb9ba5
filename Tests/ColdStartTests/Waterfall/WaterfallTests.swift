import JSON
import Testing

@testable import ColdStart

@Suite("Waterfall")
struct WaterfallTests {
    @Test("A start at 80 columns, character by character")
    func plain() {
        #expect(
            Waterfall(sample, width: 80).render() == """
                cold start  1.42 s  gemma3-270m on llama-server (CPU)  unattributed 2.0 ms

                container         ███▏                                           110 ms    7.7 %
                worker               ▎                                            12 ms    0.8 %
                queue.poll           ░░                                          (46 ms)
                engine               ├───┤                                      (133 ms)
                  engine.spawn       ▐▌                                           38 ms    2.7 %
                  engine.discover     ▐██                                         89 ms    6.3 %
                model.prefetch       ░░░░░░░░░░░░░░░░░░░░░░░░░             11 of 858 ms    0.8 %
                job.take               ░                                         (<1 ms)
                model.load               ├───────────────────────────┤         (1004 ms)
                  runner.start           █████                                   169 ms   11.9 %
                  runner.fit                  █▉                                  67 ms    4.7 %
                  weights                      ▕██████████████████▎              652 ms   45.8 %
                  context                                         ██▌             82 ms    5.8 %
                  runner.warmup                                     ▐▍            31 ms    2.2 %
                first_token                                          ▐███▍       139 ms    9.8 %
                first_result                                             ▐        22 ms    1.5 %
                unattributed                                         ▏             2 ms    0.1 %
                total             ╵0 s          ╵0.5          ╵1.0              1424 ms  100.0 %

                █ adds up to the total   ░ ran alongside, time in brackets
                """
        )
    }

    @Test("A start that still runs, at 60 columns")
    func running() {
        let start = timeline(
            [
                ("container", nil, 0, 110), ("engine", nil, 110, nil), ("engine.spawn", "engine", 110, 150),
                ("engine.discover", "engine", 160, nil), ("queue.poll", nil, 120, nil),
            ],
            end: 400,
            isFinished: false
        )
        #expect(
            Waterfall(start, width: 60).render() == """
                cold start, still running  400 ms  unattributed 0 ms

                container          ████▏                   110.0 ms   27.5 %
                engine …               ├─────────▶        (290.0 ms)
                  engine.spawn         █▋                   40.0 ms   10.0 %
                  engine.discover…       ████████▶         240.0 ms   60.0 %
                queue.poll …            ░░░░░░░░░▶ 10.0 of 280.0 ms    2.5 %
                unattributed                                 0.0 ms    0.0 %
                total              ╵0 ms                   400.0 ms  100.0 %

                █ adds up to the total   ░ ran alongside, time in brackets
                """
        )
    }

    @Test("A lazy start: above ten seconds the column counts in seconds")
    func lazy() {
        let start = timeline(
            [
                ("worker", nil, 0, 12), ("idle", nil, 12, 12_000), ("job.take", nil, 12_000, 12_000),
                ("engine.spawn", nil, 12_000, 12_040), ("model.load", nil, 12_040, 71_500),
                ("first_token", nil, 71_500, 71_700), ("first_result", nil, 71_700, 73_000),
            ],
            end: 73_000
        )
        #expect(
            Waterfall(start, width: 90).render() == """
                cold start  73.0 s  unattributed 0 ms (0.0 %)

                worker       ▏                                                            0.012 s    0.0 %
                idle         █████████▊                                                  11.988 s   16.4 %
                job.take              ▕                                                   0.000 s
                engine.spawn          ▕                                                   0.040 s    0.1 %
                model.load            ▐███████████████████████████████████████████████▊  59.460 s   81.5 %
                first_token                                                           ▐   0.200 s    0.3 %
                first_result                                                           █  1.300 s    1.8 %
                unattributed                                                              0.000 s    0.0 %
                total        ╵0 s    ╵10     ╵20     ╵30     ╵40     ╵50     ╵60     ╵70 73.000 s  100.0 %

                █ adds up to the total   ░ ran alongside, time in brackets
                """
        )
    }

    @Test("Colours change nothing but the halves of columns that plain characters lack")
    func colour() {
        let plain = Waterfall(sample, width: 80).render()
        let coloured = Waterfall(sample, width: 80, style: .colour).render()
        let bare = coloured.replacing(#/\x1B\[[0-9;]*m/#, with: "")
        let blocks: Set<Character> = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█", "▐", "▕"]
        func shape(_ text: String) -> [Character] { text.map { blocks.contains($0) ? "█" : $0 } }
        #expect(shape(bare) == shape(plain))
        #expect(coloured.contains("\u{1B}[38;5;208m███"))
        #expect(coloured.split(separator: "\n").allSatisfy { !$0.contains("\u{1B}") || $0.contains("\u{1B}[0m") })
    }

    @Test("No line is wider than asked for, and none lacks a phase", arguments: [10, 60, 61, 79, 100, 137, 200, 500])
    func widths(_ width: Int) {
        for start in [sample, timeline([], end: 5), timeline([("a", nil, 0, 0)], end: 0)] {
            let lines = Waterfall(start, width: width).render().split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.allSatisfy { $0.count <= min(max(width, 60), 200) })
            #expect(lines.count == start.phases.count + 6)
        }
    }

    @Test("Even the shortest phase can be seen")
    func visible() {
        let start = timeline([("a", nil, 0, 4999), ("mark", nil, 4999, 4999), ("b", nil, 4999, 5000)], end: 5000)
        for line in Waterfall(start).render().split(separator: "\n").dropFirst().prefix(3) {
            #expect(line.contains { "▏▎▍▌▋▊▉█▐▕".contains($0) })
        }
    }

    @Test("Names cannot command the terminal")
    func injection() {
        let start = timeline(
            [("\u{1B}[2Jclear\nnext\u{202E}", nil, 0, 1)],
            end: 1,
            attributes: ["model": "m\u{9B}31m\r", "engine": "e\u{2028}"]
        )
        let picture = Waterfall(start).render()
        #expect(!picture.unicodeScalars.contains { ["\u{1B}", "\u{9B}", "\r", "\u{202E}", "\u{2028}"].contains($0) })
        #expect(picture.contains("?[2Jclear?next?"))
    }

    @Test("The title knows the model from the phases, too")
    func title() {
        let load = Phase("model.load", begin: at(0), end: at(1), attributes: ["model": "gemma", "device": "cpu"])
        let picture = Picture(Timeline(kind: .warm, origin: origin, end: at(1), phases: [load]))
        #expect(picture.title.line == "warm start  1.0 ms  gemma (cpu)  unattributed 0 ms (0.0 %)")
    }

    @Test(
        "Ticks are round and no more than asked for",
        arguments: [
            (0.0, 5, []), (3.2, 5, ["0 ms", "1", "2", "3"]), (1424.0, 3, ["0 s", "0.5", "1.0"]),
            (99, 4, ["0 ms", "20", "40", "60", "80"]), (240_000, 4, ["0 s", "50", "100", "150", "200"]),
            (0.004, 2, ["0 ms", "0.002", "0.004"]),
        ]
    )
    func ticks(total: Double, limit: Int, labels: [String]) {
        #expect(Picture(timeline([], end: total)).ticks(atMost: limit).map(\.label) == labels)
    }
}
