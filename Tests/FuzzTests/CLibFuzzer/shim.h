// The one function of libFuzzer that a program with a main of its own needs (LLVM's page "libFuzzer", section "Using libFuzzer as a library").
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));
