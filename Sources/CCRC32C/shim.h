// The processor's instruction for CRC-32C, for which Swift has no name: SSE4.2 on x86-64, the CRC extension on ARMv8.
//
// Nothing is linked: both functions are inlined. Whoever calls `crc32c_by_instruction` has asked `crc32c_has_instruction` before.
#ifndef CCRC32C_SHIM_H
#define CCRC32C_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <cpuid.h>

static inline bool crc32c_has_instruction(void) {
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & (1u << 20));
}

#define CRC32C_TARGET __attribute__((target("sse4.2")))
#define CRC32C_WORD(crc, word) ((uint32_t)__builtin_ia32_crc32di((crc), (word)))
#define CRC32C_BYTE(crc, byte) (__builtin_ia32_crc32qi((crc), (byte)))

#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>

static inline bool crc32c_has_instruction(void) {
    return getauxval(AT_HWCAP) & (1ul << 7); // HWCAP_CRC32
}

#define CRC32C_TARGET __attribute__((target("crc")))
#define CRC32C_WORD(crc, word) (__builtin_arm_crc32cd((crc), (word)))
#define CRC32C_BYTE(crc, byte) (__builtin_arm_crc32cb((crc), (byte)))

#endif

#ifdef CRC32C_TARGET
// `crc` is the register as it stands, neither inverted before nor after.
CRC32C_TARGET static inline uint32_t crc32c_by_instruction(uint32_t crc, const uint8_t *bytes, size_t count) {
    for (; count >= 8; bytes += 8, count -= 8) {
        uint64_t word;
        __builtin_memcpy(&word, bytes, 8);
        crc = CRC32C_WORD(crc, word);
    }
    for (; count > 0; bytes++, count--) crc = CRC32C_BYTE(crc, *bytes);
    return crc;
}
#else
static inline bool crc32c_has_instruction(void) { return false; }

static inline uint32_t crc32c_by_instruction(uint32_t crc, const uint8_t *bytes, size_t count) {
    __builtin_trap();
}
#endif

#endif
