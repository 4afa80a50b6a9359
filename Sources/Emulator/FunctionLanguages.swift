import LambdaEmulator

/// What functions can be written in on this machine, for whoever brings some.
extension Emulator {
    package static var runsNodeFunctions: Bool { LambdaService.hasNode }

    package static var runsPythonFunctions: Bool { LambdaService.hasPython }
}
