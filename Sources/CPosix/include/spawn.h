#ifndef CSYSTEM_SPAWN_H
#define CSYSTEM_SPAWN_H

#include <sys/types.h>

/// What to run. Both arrays end with NULL; everything must stay valid until csystem_spawn returns.
struct csystem_command {
    const char *program;
    char *const *arguments;
    char *const *environment;
    /// NULL: the caller's own.
    const char *directory;
};

/// A running child and the read ends of its two outputs, which do not block.
struct csystem_child {
    pid_t pid;
    int standard_output;
    int standard_error;
};

/// Where a spawn failed.
enum csystem_stage {
    CSYSTEM_STAGE_PIPE = 1,
    CSYSTEM_STAGE_FORK,
    CSYSTEM_STAGE_SETUP,
    CSYSTEM_STAGE_DIRECTORY,
    CSYSTEM_STAGE_EXEC,
};

struct csystem_spawn_failure {
    enum csystem_stage stage;
    int error;
};

/// Starts the command in a process group of its own, with /dev/null as its input, default signal dispositions and no
/// other descriptor of ours. The child gets SIGTERM when the *calling thread* ends, not when the process does: the
/// caller must be a thread that outlives the child.
///
/// Blocks until the program is executing. Returns 0, or -1 with `failure` filled in and nothing left behind.
int csystem_spawn(const struct csystem_command *command, struct csystem_child *child,
                  struct csystem_spawn_failure *failure);

/// The environment of this process; ends with NULL.
char *const *csystem_environment(void);

#endif
