#define _GNU_SOURCE
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

extern char **environ;

enum { READ_END, WRITE_END };

/// The pipes between parent and child. The status pipe closes by itself at exec: end of file is the good news.
struct pipes {
    int output[2];
    int error[2];
    int status[2];
};

char *const *csystem_environment(void) {
    return environ;
}

static void close_one(int *descriptor) {
    if (*descriptor >= 0) close(*descriptor);
    *descriptor = -1;
}

static void close_pipes(struct pipes *pipes) {
    for (int end = READ_END; end <= WRITE_END; end++) {
        close_one(&pipes->output[end]);
        close_one(&pipes->error[end]);
        close_one(&pipes->status[end]);
    }
}

/// Close-on-exec from birth, or a fork on another thread would inherit it. Never 0, 1 or 2, which a parent that was
/// started with these closed would get and which dup2 in the child would then overwrite.
static int open_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    for (int end = READ_END; end <= WRITE_END; end++) {
        if (ends[end] > STDERR_FILENO) continue;
        int moved = fcntl(ends[end], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        if (moved < 0) return -1;
        close(ends[end]);
        ends[end] = moved;
    }
    return 0;
}

static int open_pipes(struct pipes *pipes) {
    *pipes = (struct pipes){{-1, -1}, {-1, -1}, {-1, -1}};
    if (open_pipe(pipes->output) == 0 && open_pipe(pipes->error) == 0 && open_pipe(pipes->status) == 0 &&
        fcntl(pipes->output[READ_END], F_SETFL, O_NONBLOCK) == 0 &&
        fcntl(pipes->error[READ_END], F_SETFL, O_NONBLOCK) == 0) {
        return 0;
    }
    int error = errno;
    close_pipes(pipes);
    errno = error;
    return -1;
}

/// A process started by something that ignores SIGCHLD inherits that, and the kernel then reaps its children unasked:
/// no exit status, and pids free for reuse while we still signal them.
static void keep_zombies(void) {
    struct sigaction action;
    if (sigaction(SIGCHLD, NULL, &action) != 0) return;
    if (action.sa_handler != SIG_IGN && (action.sa_flags & SA_NOCLDWAIT) == 0) return;
    if (action.sa_handler == SIG_IGN) action.sa_handler = SIG_DFL;
    action.sa_flags &= ~SA_NOCLDWAIT;
    sigaction(SIGCHLD, &action, NULL);
}

// From here to csystem_spawn: the child between fork and exec. Other threads' locks may be held for ever in this copy
// of the process, so only async-signal-safe calls.

static _Noreturn void fail(int status, enum csystem_stage stage) {
    struct csystem_spawn_failure failure = {stage, errno};
    ssize_t written = write(status, &failure, sizeof failure);
    (void)written;
    _exit(127);
}

static void reset_signals(void) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    // Fails for those that cannot be changed, which is what we want.
    for (int signal = 1; signal < NSIG; signal++) sigaction(signal, &action, NULL);
}

/// Marks instead of closing, so that the status pipe lives until exec.
static void close_others_at_exec(long limit) {
    if (syscall(SYS_close_range, STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC) == 0) return;
    // A kernel before 5.11, or a sandbox.
    for (int descriptor = STDERR_FILENO + 1; descriptor < limit; descriptor++) {
        fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    }
}

static _Noreturn void become(const struct csystem_command *command, const struct pipes *pipes, pid_t parent,
                             long descriptor_limit) {
    int status = pipes->status[WRITE_END];
    if (setpgid(0, 0) != 0) fail(status, CSYSTEM_STAGE_SETUP);
    // SIGTERM, not SIGKILL: a server that ends its own children in its handler gets to do so.
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) fail(status, CSYSTEM_STAGE_SETUP);
    // It may have died before the line above; then no signal will ever come.
    if (getppid() != parent) _exit(127);

    reset_signals();
    // Not O_CLOEXEC: it is 0 already if our own input is closed, and then dup2 would change nothing.
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(pipes->output[WRITE_END], STDOUT_FILENO) < 0 ||
        dup2(pipes->error[WRITE_END], STDERR_FILENO) < 0) {
        fail(status, CSYSTEM_STAGE_SETUP);
    }
    close_others_at_exec(descriptor_limit);
    if (command->directory != NULL && chdir(command->directory) != 0) fail(status, CSYSTEM_STAGE_DIRECTORY);

    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(command->program, command->arguments, command->environment);
    fail(status, CSYSTEM_STAGE_EXEC);
}

/// True when exec happened. Bytes come whole or not at all: they are fewer than PIPE_BUF.
static int exec_happened(int status, struct csystem_spawn_failure *failure) {
    ssize_t count;
    do count = read(status, failure, sizeof *failure);
    while (count < 0 && errno == EINTR);
    return count == 0;
}

int csystem_spawn(const struct csystem_command *command, struct csystem_child *child,
                  struct csystem_spawn_failure *failure) {
    struct pipes pipes;
    if (open_pipes(&pipes) != 0) {
        *failure = (struct csystem_spawn_failure){CSYSTEM_STAGE_PIPE, errno};
        return -1;
    }
    keep_zombies();
    pid_t parent = getpid();
    long descriptor_limit = sysconf(_SC_OPEN_MAX);

    // No handler of ours may run in the child before its dispositions are reset.
    sigset_t all, previous;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &previous);
    pid_t pid = fork();
    if (pid == 0) become(command, &pipes, parent, descriptor_limit);
    int fork_error = errno;
    pthread_sigmask(SIG_SETMASK, &previous, NULL);

    if (pid < 0) {
        *failure = (struct csystem_spawn_failure){CSYSTEM_STAGE_FORK, fork_error};
        close_pipes(&pipes);
        return -1;
    }
    close_one(&pipes.output[WRITE_END]);
    close_one(&pipes.error[WRITE_END]);
    close_one(&pipes.status[WRITE_END]);
    if (!exec_happened(pipes.status[READ_END], failure)) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
        close_pipes(&pipes);
        return -1;
    }
    close_one(&pipes.status[READ_END]);
    *child = (struct csystem_child){pid, pipes.output[READ_END], pipes.error[READ_END]};
    return 0;
}
