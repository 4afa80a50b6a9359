// What Swift's import of the C library leaves out, for it is GNU's.
#define _GNU_SOURCE
#include "CFunctionBootstraps.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/resource.h>

int function_spawn(
    pid_t *child,
    char *const arguments[],
    char *const variables[],
    const char *folder,
    const int descriptors[4]
) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int code = posix_spawnattr_init(&attributes);
    if (code != 0) return code;
    code = posix_spawn_file_actions_init(&actions);
    if (code != 0) {
        posix_spawnattr_destroy(&attributes);
        return code;
    }
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    code = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    int count = 1;
    for (int index = 0; index < 4 && code == 0; index++) {
        if (descriptors[index] >= 0) {
            code = posix_spawn_file_actions_adddup2(&actions, descriptors[index], index + 1);
            count = index + 2;
        } else if (index < 2) {
            code = posix_spawn_file_actions_addopen(&actions, index + 1, "/dev/null", O_WRONLY, 0);
            count = index + 2;
        }
    }
    if (code == 0 && folder != NULL) code = posix_spawn_file_actions_addchdir_np(&actions, folder);
    // Whatever else is open in the server, now or while this runs, is not the child's.
    if (code == 0) code = posix_spawn_file_actions_addclosefrom_np(&actions, count);
    if (code == 0) code = posix_spawn(child, arguments[0], &actions, &attributes, arguments, variables);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return code;
}

static void limit(pid_t child, enum __rlimit_resource resource, unsigned long long value) {
    struct rlimit bound = {value, value};
    prlimit(child, resource, &bound, NULL);
}

void function_limit(pid_t child, unsigned long long file, unsigned long long data, unsigned long long descriptors) {
    limit(child, RLIMIT_CORE, 0);
    limit(child, RLIMIT_FSIZE, file);
    limit(child, RLIMIT_DATA, data);
    limit(child, RLIMIT_NOFILE, descriptors);
}
