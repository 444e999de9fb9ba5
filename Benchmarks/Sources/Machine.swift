import Glibc
import Support

/// What is measured on, in words.
enum Machine {
    static var description: [String] {
        let processor = field("model name", of: "/proc/cpuinfo", separator: ":") ?? "unknown processor"
        let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let memory = (sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))) >> 30
        let system = field("PRETTY_NAME", of: "/etc/os-release", separator: "=") ?? "Linux"
        return ["\(cores) cores of \(processor), \(memory) GiB, \(system)"]
    }

    /// Of the last minute.
    static var loadAverage: String {
        String(text("/proc/loadavg").prefix { $0 != " " })
    }

    private static func field(_ name: String, of path: String, separator: Character) -> String? {
        let line = text(path).split(separator: "\n").first { $0.hasPrefix(name) }
        let value = line?.split(separator: separator, maxSplits: 1).last
        return value.map { String($0.drop { $0 == " " || $0 == "\"" }.prefix { $0 != "\"" }) }
    }

    private static func text(_ path: String) -> String {
        String(decoding: SmallFile.bytes(of: path) ?? [], as: UTF8.self)
    }
}

extension String {
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(width - count, 0))
    }
}
