// A library to load before a program (LD_PRELOAD): it writes down what the program asks of the files under DISK_ROOT, in the order in which it
// happens, makes chosen calls fail, and moves the clock. disk.py builds it, reads what it wrote and sets the block of memory that steers it.
//
// A line of the journal DISK_JOURNAL: kind u8, file u32, time u64 (monotonic, ns), offset u64, length u32, then so many bytes.
//   C file made (path)   W bytes written   T size set (offset)   S file synced   D folder synced (path)
//   R renamed (path NUL path)   U unlinked (path)   M folder made (path)
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { OPEN = 1, READ, WRITE, SYNC, RENAME, TRUNCATE, UNLINK, MKDIR };

struct control {
    _Atomic uint32_t calls;   // bits of the calls that fail: 1 << OPEN …
    _Atomic int32_t after;    // so many of them still succeed
    _Atomic int32_t count;    // then so many fail
    _Atomic int32_t code;     // with this errno
    _Atomic uint32_t failed;  // how many have
    uint32_t unused;
    _Atomic int64_t clock;    // seconds added to the clock of the day
};

static struct control *control;
static int journal = -1;
static char root[PATH_MAX];
static size_t root_length;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t next_file = 1;

#define DESCRIPTORS 65536
static uint32_t file_of[DESCRIPTORS];
static struct { ino_t node; uint32_t file; } nodes[1 << 16];
static size_t node_count;

#define REAL(name) ({ static __typeof__(name) *found; if (!found) found = (__typeof__(name) *)dlsym(RTLD_NEXT, #name); found; })

__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("DISK_ROOT"), *steer = getenv("DISK_CONTROL"), *lines = getenv("DISK_JOURNAL");
    if (!folder) return;
    snprintf(root, sizeof root, "%s", folder);
    root_length = strlen(root);
    if (steer) {
        int descriptor = REAL(open)(steer, O_RDWR | O_CLOEXEC);
        if (descriptor >= 0) control = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
        if (control == MAP_FAILED) abort();
    }
    if (lines) journal = REAL(open)(lines, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static int fails(int call) {
    if (!control || !(atomic_load(&control->calls) & 1u << call)) return 0;
    if (atomic_fetch_sub(&control->after, 1) > 0) return 0;
    if (atomic_fetch_sub(&control->count, 1) <= 0) return 0;
    atomic_fetch_add(&control->failed, 1);
    errno = atomic_load(&control->code);
    return 1;
}

// The path below the root; NULL for one that is not, and for SQLite's shared memory, which is nothing to keep.
static const char *below(const char *path) {
    if (!root_length || !path || strncmp(path, root, root_length)) return NULL;
    size_t length = strlen(path);
    if (length > 4 && !strcmp(path + length - 4, "-shm")) return NULL;
    return path[root_length] == '/' ? path + root_length + 1 : path[root_length] ? NULL : "";
}

static void note(char kind, uint32_t file, uint64_t offset, const void *bytes, size_t count, const void *more, size_t further) {
    if (journal < 0) return;
    struct timespec now;
    REAL(clock_gettime)(CLOCK_MONOTONIC, &now);
    struct __attribute__((packed)) { uint8_t kind; uint32_t file; uint64_t time, offset; uint32_t length; } head = {
        (uint8_t)kind, file, (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec, offset, (uint32_t)(count + further)};
    struct iovec parts[] = {{&head, sizeof head}, {(void *)bytes, count}, {(void *)more, further}};
    if (REAL(writev)(journal, parts, 3) < 0) abort();
}

static uint32_t file(int descriptor) { return descriptor >= 0 && descriptor < DESCRIPTORS ? file_of[descriptor] : 0; }

static void opened(int descriptor, const char *path, int is_new) {
    struct stat status;
    if (descriptor < 0 || descriptor >= DESCRIPTORS || fstat(descriptor, &status) || !S_ISREG(status.st_mode)) return;
    size_t at = 0;
    while (at < node_count && nodes[at].node != status.st_ino) at++;
    if (at == node_count) {
        if (node_count == sizeof nodes / sizeof *nodes) abort();
        node_count++;
        is_new = 1;
    }
    if (is_new) {
        nodes[at].node = status.st_ino;
        nodes[at].file = next_file++;
        note('C', nodes[at].file, (uint64_t)status.st_size, path, strlen(path), NULL, 0);
    }
    file_of[descriptor] = nodes[at].file;
}

static int open_any(const char *path, int flags, mode_t mode) {
    const char *name = below(path);
    if (!name) return REAL(open)(path, flags, mode);
    if (fails(OPEN)) return -1;
    pthread_mutex_lock(&lock);
    int is_new = (flags & O_CREAT) && REAL(access)(path, F_OK) != 0;
    int descriptor = REAL(open)(path, flags, mode), code = errno;
    opened(descriptor, name, is_new);
    if (descriptor >= 0 && (flags & O_TRUNC) && file(descriptor)) note('T', file(descriptor), 0, NULL, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = code;
    return descriptor;
}

#define MODE(flags) mode_t mode = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }
int open(const char *path, int flags, ...) { MODE(flags) return open_any(path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return open_any(path, flags | O_LARGEFILE, mode); }

int close(int descriptor) {
    if (descriptor >= 0 && descriptor < DESCRIPTORS) file_of[descriptor] = 0;
    return REAL(close)(descriptor);
}

// A write of `expression`, written down when it has been done.
#define WRITTEN(descriptor, where, expression) \
    uint32_t known = file(descriptor); \
    if (!known) return expression; \
    if (fails(WRITE)) return -1; \
    pthread_mutex_lock(&lock); \
    off_t start = (where); \
    ssize_t done = expression; \
    int code = errno; \
    if (done > 0) note('W', known, (uint64_t)start, bytes, (size_t)done, NULL, 0); \
    pthread_mutex_unlock(&lock); \
    errno = code; \
    return done;

ssize_t write(int descriptor, const void *bytes, size_t count) {
    WRITTEN(descriptor, REAL(lseek)(descriptor, 0, SEEK_CUR), REAL(write)(descriptor, bytes, count))
}
ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    WRITTEN(descriptor, offset, REAL(pwrite)(descriptor, bytes, count, offset))
}
ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    WRITTEN(descriptor, offset, REAL(pwrite)(descriptor, bytes, count, offset))
}

ssize_t read(int descriptor, void *bytes, size_t count) {
    if (file(descriptor) && fails(READ)) return -1;
    return REAL(read)(descriptor, bytes, count);
}
ssize_t pread(int descriptor, void *bytes, size_t count, off_t offset) {
    if (file(descriptor) && fails(READ)) return -1;
    return REAL(pread)(descriptor, bytes, count, offset);
}
ssize_t pread64(int descriptor, void *bytes, size_t count, off64_t offset) { return pread(descriptor, bytes, count, offset); }

static int size_set(int descriptor, off_t size) {
    if (!file(descriptor)) return REAL(ftruncate)(descriptor, size);
    if (fails(TRUNCATE)) return -1;
    pthread_mutex_lock(&lock);
    int result = REAL(ftruncate)(descriptor, size), code = errno;
    if (!result) note('T', file(descriptor), (uint64_t)size, NULL, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = code;
    return result;
}
int ftruncate(int descriptor, off_t size) { return size_set(descriptor, size); }
int ftruncate64(int descriptor, off64_t size) { return size_set(descriptor, size); }

static int synced(int descriptor, int (*call)(int)) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    const char *name = below(path);
    if (!name) return call(descriptor);
    if (fails(SYNC)) return -1;
    // What is written while it syncs may or may not be synced with it: it counts as not.
    pthread_mutex_lock(&lock);
    if (file(descriptor)) note('S', file(descriptor), 0, NULL, 0, NULL, 0);
    else note('D', 0, 0, name, strlen(name), NULL, 0);
    pthread_mutex_unlock(&lock);
    return 0;
}
int fsync(int descriptor) { return synced(descriptor, REAL(fsync)); }
int fdatasync(int descriptor) { return synced(descriptor, REAL(fdatasync)); }

int rename(const char *from, const char *to) {
    const char *old = below(from), *fresh = below(to);
    if (!old || !fresh) return REAL(rename)(from, to);
    if (fails(RENAME)) return -1;
    pthread_mutex_lock(&lock);
    int result = REAL(rename)(from, to), code = errno;
    if (!result) note('R', 0, 0, old, strlen(old) + 1, fresh, strlen(fresh));
    pthread_mutex_unlock(&lock);
    errno = code;
    return result;
}

int unlink(const char *path) {
    const char *name = below(path);
    if (!name) return REAL(unlink)(path);
    if (fails(UNLINK)) return -1;
    pthread_mutex_lock(&lock);
    int result = REAL(unlink)(path), code = errno;
    if (!result) note('U', 0, 0, name, strlen(name), NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = code;
    return result;
}

int mkdir(const char *path, mode_t mode) {
    const char *name = below(path);
    if (!name) return REAL(mkdir)(path, mode);
    if (fails(MKDIR)) return -1;
    pthread_mutex_lock(&lock);
    int result = REAL(mkdir)(path, mode), code = errno;
    if (!result) note('M', 0, 0, name, strlen(name), NULL, 0);
    pthread_mutex_unlock(&lock);
    errno = code;
    return result;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = REAL(clock_gettime)(clock, now);
    if (!result && control && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += atomic_load(&control->clock);
    return result;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int result = REAL(gettimeofday)(now, zone);
    if (!result && control) now->tv_sec += atomic_load(&control->clock);
    return result;
}
time_t time(time_t *place) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (place) *place = now.tv_sec;
    return now.tv_sec;
}
