import CPosix
import Glibc
import TestSupport
import Testing

@testable import Processes

struct SpawnFailureTests {
    private func failure(_ command: Command) async throws -> SpawnError {
        try #require(await #expect(throws: SpawnError.self) { _ = try await ChildProcess.spawn(command) })
    }

    /// Written by a child: a file that we had open for writing could be inherited by another test's fork for a moment,
    /// and the kernel executes nothing that somebody writes to.
    private func file(_ contents: String, mode: String, in folder: TemporaryFolder) async throws -> String {
        let path = folder.path("program")
        let script = "printf %s \"$1\" >\"$0\" && chmod \(mode) \"$0\""
        let writer = try await ChildProcess.spawn(Command("/bin/sh", ["-c", script, path, contents]))
        #expect(await writer.exit() == .exited(0))
        return path
    }

    @Test func `a missing program`() async throws {
        let error = try await failure(Command("/nonexistent/ollama"))
        #expect(error.code == .notFound)
        #expect(error.description == "\"/nonexistent/ollama\" does not exist; install it or correct the path")
    }

    @Test func `a folder`() async throws {
        let error = try await failure(Command("/tmp"))
        #expect(error.code == .notExecutable)
        #expect(error.description.contains("is a folder"))
    }

    @Test func `a file without execute permission`() async throws {
        let folder = try TemporaryFolder()
        let path = try await file("#!/bin/sh\n", mode: "644", in: folder)
        let error = try await failure(Command(path))
        #expect(error.code == .notExecutable)
        #expect(error.description.contains("chmod +x"))
    }

    @Test func `a script whose interpreter is missing`() async throws {
        let folder = try TemporaryFolder()
        let path = try await file("#! /nonexistent/python3 -u\n", mode: "755", in: folder)
        let error = try await failure(Command(path))
        #expect(error.code == .interpreterMissing)
        #expect(error.description.contains("script for \"/nonexistent/python3\""))
    }

    @Test func `a file that is no program`() async throws {
        let folder = try TemporaryFolder()
        let path = try await file("hello", mode: "755", in: folder)
        let error = try await failure(Command(path))
        #expect(error.code == .notExecutable)
        #expect(error.description.contains("nothing this machine can run"))
    }

    @Test func `a missing working directory`() async throws {
        let error = try await failure(Command("/bin/true", workingDirectory: "/nonexistent/folder"))
        #expect(error.code == .workingDirectory)
        #expect(error.description.contains("/nonexistent/folder"))
    }

    @Test(arguments: [
        Command("sh"),
        Command(""),
        Command("/bin/sh", ["a\0b"]),
        Command("/bin/sh", environment: ["A=B": "c"]),
        Command("/bin/sh", environment: ["": "c"]),
        Command("/bin/sh", environment: ["A": "b\0c"]),
        Command("/bin/sh", workingDirectory: "/\0"),
    ])
    func `a command that C would misread`(command: Command) async throws {
        #expect(try await failure(command).code == .invalidCommand)
    }

    @Test func `arguments without end`() async throws {
        let error = try await failure(Command("/bin/true", [String(repeating: "x", count: 4 << 20)]))
        #expect(error.code == .invalidCommand)
        #expect(error.description.contains("too long"))
    }

    @Test func `no descriptor left`() async {
        await #expect(processExitsWith: .success) {
            // Swift Testing and the runtime hold some: the limit is put right on top of what is open.
            let next = dup(0)
            close(next)
            var limit = rlimit(rlim_cur: rlim_t(next + 3), rlim_max: rlim_t(next + 3))
            setrlimit(__rlimit_resource_t(7), &limit)
            let error = await #expect(throws: SpawnError.self) {
                _ = try await ChildProcess.spawn(Command("/bin/true"))
            }
            #expect(error?.code == .tooManyFiles)
            #expect(error?.description.contains("ulimit -n") == true)
        }
    }

    @Test(arguments: [
        (CSYSTEM_STAGE_FORK, EAGAIN, SpawnError.Code.outOfResources),
        (CSYSTEM_STAGE_FORK, ENOMEM, .outOfResources),
        (CSYSTEM_STAGE_PIPE, ENFILE, .tooManyFiles),
        (CSYSTEM_STAGE_SETUP, EPERM, .unexpected),
        (CSYSTEM_STAGE_DIRECTORY, EACCES, .workingDirectory),
        (CSYSTEM_STAGE_EXEC, EACCES, .notExecutable),
        (CSYSTEM_STAGE_EXEC, ETXTBSY, .unexpected),
        (CSYSTEM_STAGE_EXEC, EIO, .unexpected),
    ])
    func `other errors name the program and the reason`(stage: csystem_stage, error: Int32, code: SpawnError.Code) {
        let error = SpawnError(stage: stage, error: error, command: Command("/opt/engine"), file: .binary)
        #expect(error.code == code)
        #expect(error.description.contains("\"/opt/engine\""))
    }

    @Test func `a program built for another C library`() {
        let error = SpawnError(
            stage: CSYSTEM_STAGE_EXEC,
            error: ENOENT,
            command: Command("/opt/engine"),
            file: .binary
        )
        #expect(error.code == .interpreterMissing)
        #expect(error.description.contains("loader"))
    }

    @Test(arguments: [
        ("#!/bin/sh\necho", "/bin/sh"), ("#! \t/usr/bin/env  node\n", "/usr/bin/env"), ("#!/bin/sh\r\n", "/bin/sh\\r"),
        ("#!\n", nil), ("\u{7F}ELF", nil), ("", nil),
    ])
    func `the interpreter is read from the first line`(text: String, expected: String?) {
        #expect(SpawnError.ProgramFile.interpreter(inFirstBytes: Array(text.utf8)) == expected)
    }
}
