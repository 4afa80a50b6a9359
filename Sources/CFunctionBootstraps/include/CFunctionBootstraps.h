#pragma once

#include <stddef.h>
#include <sys/types.h>

/// A file that a function's process reads, where it lies in the server's read-only data: the program around its handler, and what that needs.
struct FunctionBootstrap {
    const unsigned char *bytes;
    size_t count;
};

struct FunctionBootstrap function_bootstrap_node(void);
/// How functions of Node that are modules find others, `modules.mjs`.
struct FunctionBootstrap function_modules_node(void);
/// The stand-in for packages of the SDK, `sdk.js`.
struct FunctionBootstrap function_sdk_node(void);
struct FunctionBootstrap function_bootstrap_python(void);
/// The stand-in for boto3, `sdk.py`.
struct FunctionBootstrap function_sdk_python(void);

/// Starts a program in a process group of its own, with every signal as it is by default, no input, and of all descriptors these alone.
///
/// - Parameters:
///   - arguments: the program's path first; NULL at the end, as of `variables`.
///   - folder: where it begins; NULL for where the server is.
///   - descriptors: of the server, that become the child's 1, 2, 3 and 4; -1 for none. None of them may be one of those numbers in another place.
/// - Returns: 0, or the number of an error.
int function_spawn(
    pid_t *child,
    char *const arguments[],
    char *const variables[],
    const char *folder,
    const int descriptors[4]
);

/// Bounds what a process may use: bytes of a file, bytes of private writable memory, descriptors. It leaves no dump of its memory.
void function_limit(pid_t child, unsigned long long file, unsigned long long data, unsigned long long descriptors);
