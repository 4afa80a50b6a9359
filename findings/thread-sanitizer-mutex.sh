#!/bin/bash
# Swift 6.3.1 on Linux: the thread sanitizer reports a race on what a Mutex (module Synchronization) protects, as soon as a thread had to wait for the lock.
# While nobody waits, locking is an atomic operation in the caller's code, which the sanitizer sees; a lock that waits is taken inside
# libswiftSynchronization and the kernel, which it does not. The same program with pthread's mutex is clean, and both count right.
# A preloaded library that calls __tsan_acquire and __tsan_release around _MutexHandle's slow functions makes the report go away.
#
# Seen on 2026-11-30 with Swift 6.3.1 on Linux (x86-64):
#   Mutex:         WARNING: ThreadSanitizer: Swift access race, exit code 66, count 8
#   pthread_mutex: no report, exit code 0, count 8
#
# Needs Swift 6.3 on Linux, and no package. Exits 0 while it is so, 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# Each of two threads holds the lock for ten milliseconds, four times, so the other has to wait for it.
cat >stdlib.swift <<'SWIFT'
import Glibc
import Synchronization

final class Counter: Sendable {
    let count = Mutex(0)
    func increase() { count.withLock { $0 += 1; usleep(10_000) } }
    var value: Int { count.withLock { $0 } }
}
SWIFT
cat >posix.swift <<'SWIFT'
import Glibc

final class Counter: @unchecked Sendable {
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var count = 0
    init() { pthread_mutex_init(lock, nil) }
    func increase() { pthread_mutex_lock(lock); count += 1; usleep(10_000); pthread_mutex_unlock(lock) }
    var value: Int { pthread_mutex_lock(lock); defer { pthread_mutex_unlock(lock) }; return count }
}
SWIFT
cat >main.swift <<'SWIFT'
import Glibc

let counter = Counter()
var threads = [pthread_t](repeating: 0, count: 2)
for index in threads.indices {
    pthread_create(&threads[index], nil, { _ in for _ in 0..<4 { counter.increase() }; return nil }, nil)
}
for thread in threads { pthread_join(thread, nil) }
print("count", counter.value)
SWIFT

swift --version 2>&1 | head -1
for kind in stdlib posix; do
    swiftc -swift-version 5 -sanitize=thread -g -o "$kind" "$kind.swift" main.swift 2>/dev/null
    code=0
    "./$kind" >"$kind.out" 2>"$kind.err" || code=$?
    grep -qx "count 8" "$kind.out" || { echo "changed: $kind counted otherwise"; exit 1; }
    echo "$kind: exit code $code, $(grep -c 'WARNING: ThreadSanitizer' "$kind.err" || true) reports"
    echo "$code" >"$kind.code"
done
[ "$(cat stdlib.code)" = 66 ] || { echo "changed: a Mutex that is waited for is seen"; exit 1; }
[ "$(cat posix.code)" = 0 ] || { echo "changed: pthread's mutex is reported too"; exit 1; }
