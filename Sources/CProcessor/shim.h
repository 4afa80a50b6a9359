// What the processor can do, for which Swift has no name. Nothing is linked: the functions are inlined.
#ifndef CPROCESSOR_SHIM_H
#define CPROCESSOR_SHIM_H

#include <stdbool.h>

#if defined(__x86_64__)
#include <cpuid.h>

// AVX2, and that the system keeps the upper halves of the registers: Intel's Software Developer's Manual, volume 1, section 14.7.1.
static inline bool processor_has_avx2(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 27)) || !(c & (1u << 28))) return false;
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if ((low & 6) != 6) return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1u << 5));
}
#else
static inline bool processor_has_avx2(void) { return false; }
#endif

// Begins to bring the line of memory at an address into the caches. A hint: nothing is read, and no address is wrong.
static inline void processor_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

#endif
