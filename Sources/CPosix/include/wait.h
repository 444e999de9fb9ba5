#ifndef CSYSTEM_WAIT_H
#define CSYSTEM_WAIT_H

#include <sys/types.h>

/// Blocks until the child is dead and leaves it a zombie, so that its pid and group id stay taken. 0, or errno.
int csystem_await_death(pid_t pid);

/// How a child ended: an exit code, or the signal that killed it (then `signal` is not 0).
struct csystem_exit {
    int code;
    int signal;
};

/// Takes a dead child off the process table. 0, or errno.
int csystem_reap(pid_t pid, struct csystem_exit *exit);

/// A descriptor that stands for this very process, whatever becomes of its number; readable once it is dead.
/// -1 with errno on failure.
int csystem_pidfd_open(pid_t pid);

/// Signals the process behind a descriptor of csystem_pidfd_open. 0, or errno.
int csystem_pidfd_signal(int pidfd, int signal);

#endif
