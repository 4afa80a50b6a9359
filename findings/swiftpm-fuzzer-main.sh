#!/bin/bash
# SwiftPM 6.3.1 with --sanitize=fuzzer: an executable target cannot have an entry point of its own. Its main.swift is compiled without top-level code, and a
# type with @main does not link beside the main that comes with libFuzzer. A target with neither, and functions with the names that libFuzzer calls,
# builds and runs; what a program would do first belongs into LLVMFuzzerInitialize.
#
# Seen on 2026-11-29 with Swift 6.3.1 on Linux:
#   main.swift: error: expressions are not allowed at the top level
#   @main:      multiple definition of 'main'
#
# Needs Swift 6.3 on Linux, and no package. Exits 0 while it is so, 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir -p Sources/fuzz

cat >Package.swift <<'SWIFT'
// swift-tools-version: 6.0
import PackageDescription
let package = Package(name: "fuzz", targets: [.executableTarget(name: "fuzz")])
SWIFT
entry='@_cdecl("LLVMFuzzerTestOneInput") func take(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 { 0 }'

build() { swift build -c release --sanitize=fuzzer 2>&1; }

swift --version 2>&1 | head -1
echo "$entry" >Sources/fuzz/main.swift
echo 'print("begun")' >>Sources/fuzz/main.swift
if said=$(build); then echo "changed: main.swift with a statement builds"; exit 1; fi
grep -m1 -o "error: .*top level" <<<"$said" || { echo "changed: main.swift fails otherwise: $said"; exit 1; }

rm Sources/fuzz/main.swift
echo "$entry" >Sources/fuzz/Fuzz.swift
echo '@main struct Fuzz { static func main() { print("begun") } }' >>Sources/fuzz/Fuzz.swift
if said=$(build); then echo "changed: a target with @main links"; exit 1; fi
grep -m1 -o "multiple definition of .main." <<<"$said" || { echo "changed: @main fails otherwise: $said"; exit 1; }

echo "$entry" >Sources/fuzz/Fuzz.swift
build >/dev/null
.build/release/fuzz -runs=10 2>&1 | grep -m1 -o "Done 10 runs" || { echo "changed: libFuzzer's own main does not run"; exit 1; }
