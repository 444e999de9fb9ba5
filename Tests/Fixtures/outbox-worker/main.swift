import Glibc

// A worker as far as its outbox goes, as a process that a test can kill.
//
//     outbox-worker write STATE NAME      stores, acknowledges and removes until it is killed, telling of each step
//     outbox-worker recover STATE NAME    recovers once the file STATE/go is there, and names what it got

let arguments = CommandLine.arguments
guard arguments.count == 4, let worker = OutboxWorker(state: arguments[2], name: arguments[3]) else { exit(64) }
switch arguments[1] {
case "write": try await worker.write()
case "recover": await worker.recover()
default: exit(64)
}
