import CFuzzer
import Glibc

/// One program for all targets, because linking takes longer than compiling. `FUZZ_TARGET` says which it is this time: the
/// arguments are libFuzzer's, which passes them on when it starts itself again.
@main
enum Fuzzer {
    private static let target = getenv("FUZZ_TARGET").flatMap { name in
        targets.first { $0.name == String(cString: name) }
    }

    static func main() {
        guard target != nil else {
            print(targets.map { $0.name }.joined(separator: "\n"))
            return
        }
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(LLVMFuzzerRunDriver(&count, &arguments) { Fuzzer.feed($0, $1) })
    }

    private static func feed(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        do {
            try target?.run(Array(UnsafeBufferPointer(start: start, count: count)))
        } catch {
            promise(false, "nothing is thrown but what a target expects; this was: \(error)")
        }
        return 0
    }
}
