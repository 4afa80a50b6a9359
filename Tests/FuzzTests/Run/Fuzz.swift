import Glibc

// `fuzz-GROUP TARGET [libFuzzer's options and folders]`; without a target it prints their names, one a line. The program's main is libFuzzer's, which calls
// these two (LLVM's page "libFuzzer", section "Startup initialization").

/// Set once, before the first input.
nonisolated(unsafe) private var entry: @Sendable ([UInt8]) throws -> Void = { _ in }

/// Takes the target's name out of the arguments before libFuzzer reads them.
@_cdecl("LLVMFuzzerInitialize")
func chooseTarget(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> Int32 {
    guard count.pointee > 1, let name = arguments.pointee[1] else {
        for target in fuzzTargets { print(target.name) }
        exit(0)
    }
    guard let target = fuzzTargets.first(where: { $0.name == String(cString: name) }) else {
        print("There is no such target.")
        exit(64)
    }
    entry = target.entry
    for index in 1..<Int(count.pointee) { arguments.pointee[index] = arguments.pointee[index + 1] }
    count.pointee -= 1
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
func takeInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    do {
        try entry(Array(UnsafeBufferPointer(start: data, count: size)))
    } catch {
        fatalError("\(error)")
    }
    return 0
}
