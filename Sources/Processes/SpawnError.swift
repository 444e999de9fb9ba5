import CPosix
import Glibc

/// Why a program could not be started.
public struct SpawnError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What a caller may want to tell apart.
    public enum Code: Sendable, Hashable {
        /// The command itself makes no sense: a relative program, a NUL byte, a broken variable name.
        case invalidCommand
        /// There is no such file.
        case notFound
        /// A folder, no execute permission, or nothing this machine can run.
        case notExecutable
        /// The file is there and what should run it (a script's interpreter, the loader) is not.
        case interpreterMissing
        /// The working directory is missing or closed to us.
        case workingDirectory
        /// No descriptor left.
        case tooManyFiles
        /// No process, thread or memory left.
        case outOfResources
        /// Anything else.
        case unexpected
    }

    /// The kind of failure.
    public let code: Code
    /// What is wrong and what to do, for a person.
    public let description: String

    /// An error in full.
    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

extension SpawnError {
    /// What a look at the program's file tells beyond the error number.
    enum ProgramFile: Equatable {
        case missing
        case folder
        case notExecutable
        /// With the interpreter that its first line names.
        case script(String)
        case binary
    }

    /// The error for what the C side reports.
    init(stage: csystem_stage, error: Int32, command: Command, file: ProgramFile) {
        let program = "\"\(command.program)\""
        let reason = String(cString: strerror(error))
        switch (stage, error) {
        case (_, EMFILE), (_, ENFILE):
            self.init(.tooManyFiles, "cannot start \(program): no file descriptor left (\(reason)); raise `ulimit -n`")
        case (CSYSTEM_STAGE_FORK, _), (_, EAGAIN), (_, ENOMEM):
            self.init(
                .outOfResources,
                "cannot start \(program): no process or memory left (\(reason)); "
                    + "raise the container's process and memory limits"
            )
        case (CSYSTEM_STAGE_DIRECTORY, _):
            let folder = command.workingDirectory ?? "."
            self.init(.workingDirectory, "cannot start \(program) in \"\(folder)\": \(reason); make that folder usable")
        case (CSYSTEM_STAGE_EXEC, _):
            self = Self.ofExec(error, reason: reason, program: program, file: file)
        default:
            self.init(.unexpected, "cannot start \(program): \(reason)")
        }
    }

    private static func ofExec(_ error: Int32, reason: String, program: String, file: ProgramFile) -> SpawnError {
        switch (error, file) {
        case (ENOENT, .missing), (ENOTDIR, _):
            SpawnError(.notFound, "\(program) does not exist; install it or correct the path")
        case (ENOENT, .script(let interpreter)):
            SpawnError(
                .interpreterMissing,
                "\(program) is a script for \"\(interpreter)\", which does not exist; "
                    + "install that or correct the script's first line"
            )
        case (ENOENT, _):
            SpawnError(
                .interpreterMissing,
                "\(program) exists and its loader does not: it was built for another system (another C library?)"
            )
        case (EACCES, .folder):
            SpawnError(.notExecutable, "\(program) is a folder; name the program in it")
        case (EACCES, .notExecutable):
            SpawnError(.notExecutable, "\(program) is not executable; `chmod +x` it")
        case (EACCES, _), (EPERM, _):
            SpawnError(
                .notExecutable,
                "\(program) may not be executed (\(reason)); look at the rights of its folders and interpreter, "
                    + "and for a noexec mount"
            )
        case (ENOEXEC, _):
            SpawnError(
                .notExecutable,
                "\(program) is nothing this machine can run: a program for another processor, "
                    + "or a script without a first line like #!/bin/sh"
            )
        case (ETXTBSY, _):
            SpawnError(.unexpected, "\(program) is still being written; try again when that is done")
        case (E2BIG, _):
            SpawnError(.invalidCommand, "the arguments and environment of \(program) are too long; shorten them")
        default:
            SpawnError(.unexpected, "cannot execute \(program): \(reason)")
        }
    }
}

extension SpawnError.ProgramFile {
    /// Looks at the file itself.
    init(at path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            self = .missing
            return
        }
        if status.st_mode & S_IFMT == S_IFDIR {
            self = .folder
        } else if access(path, X_OK) != 0 {
            self = .notExecutable
        } else {
            self = Self.interpreter(inFirstBytes: Self.firstBytes(of: path)).map { .script($0) } ?? .binary
        }
    }

    /// What a `#!` line names.
    static func interpreter(inFirstBytes bytes: [UInt8]) -> String? {
        guard bytes.starts(with: "#!".utf8) else { return nil }
        let line = bytes.dropFirst(2).prefix { $0 != 0x0A }
        // A carriage return is kept: it is why the kernel does not find the interpreter of a script from Windows.
        return line.split { $0 == 0x20 || $0 == 0x09 }.first.map { String(decoding: $0, as: UTF8.self).visible }
    }

    private static func firstBytes(of path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(descriptor, &bytes, bytes.count)
        return Array(bytes.prefix(max(0, count)))
    }
}

extension String {
    fileprivate var visible: String {
        var text = ""
        for scalar in unicodeScalars { text += scalar == "\r" ? "\\r" : String(scalar) }
        return text
    }
}
