import CLibFuzzer
import Glibc

// `fuzz TARGET [libFuzzer's options and folders]`; without a target it prints their names, one a line.

/// Set once, before the first input.
nonisolated(unsafe) private var entry: @Sendable ([UInt8]) throws -> Void = { _ in }

/// libFuzzer has a main of its own that wants this name, though ours is the one that runs.
@_cdecl("LLVMFuzzerTestOneInput")
func takeInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    do {
        try entry(Array(UnsafeBufferPointer(start: data, count: size)))
    } catch {
        fatalError("\(error)")
    }
    return 0
}

var arguments = CommandLine.arguments
guard arguments.count > 1 else {
    for target in FuzzTarget.allCases { print(target.rawValue) }
    exit(0)
}
guard let target = FuzzTarget(rawValue: arguments.remove(at: 1)) else {
    print("There is no such target.")
    exit(64)
}
entry = target.entry
var count = Int32(arguments.count)
var texts: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = .allocate(capacity: arguments.count + 1)
for (index, argument) in arguments.enumerated() { texts?[index] = strdup(argument) }
texts?[arguments.count] = nil
exit(LLVMFuzzerRunDriver(&count, &texts, takeInput))
