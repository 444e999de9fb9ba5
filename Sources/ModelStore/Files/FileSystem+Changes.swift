import Glibc
import Support

extension FileSystem {
    /// Makes a folder and its parents, 0755 as Ollama has them. One that is there already is fine.
    public static func makeFolder(_ path: String) throws(FileProblem) {
        var made = path.hasPrefix("/") ? "" : "."
        for component in path.split(separator: "/") {
            made += "/\(component)"
            // A parent that cannot be written, such as a mount point, may still be there: the check is the folder.
            guard mkdir(made, 0o755) == 0 || isFolder(made) else { throw .last("make the folder", made) }
        }
    }

    /// Gives a file a second name on the same file system.
    public static func link(_ path: String, to target: String) throws(FileProblem) {
        guard Glibc.link(target, path) == 0 else { throw .last("link \(target) as", path) }
    }

    /// Makes a symbolic link to `target`, in one step also where another file stands: nobody sees a moment without it.
    public static func symlink(_ path: String, to target: String) throws(FileProblem) {
        let temporary = temporaryName(beside: path)
        guard Glibc.symlink(target, temporary) == 0 else { throw .last("make the link", temporary) }
        try putInPlace(temporary, as: path)
    }

    /// Renames a file over whatever file stands there, in one step.
    public static func rename(_ path: String, to target: String) throws(FileProblem) {
        guard Glibc.rename(path, target) == 0 else { throw .last("rename \(path) to", target) }
    }

    /// Writes a small file anew in one step: readers, other processes among them, see the old one or the new one.
    ///
    /// - Parameter durably: whether it has to survive a power cut, which costs the disk's time
    public static func replace(_ path: String, with bytes: [UInt8], durably: Bool = false) throws(FileProblem) {
        let temporary = temporaryName(beside: path)
        guard SmallFile.write(bytes, to: temporary) else {
            let problem = FileProblem.last("write", temporary)
            unlink(temporary)
            throw problem
        }
        try putInPlace(temporary, as: path, durably: durably)
    }

    /// Waits until a file's bytes are on the disk.
    public static func synchronise(_ path: String) throws(FileProblem) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .last("write to the disk", path) }
    }

    private static func putInPlace(_ temporary: String, as path: String, durably: Bool = false) throws(FileProblem) {
        do {
            if durably { try synchronise(temporary) }
            try rename(temporary, to: path)
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Hidden, so that a listing does not take it for a model, and nobody else's.
    private static func temporaryName(beside path: String) -> String {
        "\(folder(of: path))/.\(name(of: path).prefix(100))-\(SmallFile.uuid())"
    }
}
