import LambdaEmulator

/// What functions can be written in on this machine, for whoever brings some.
extension Emulator {
    package static var runsNodeFunctions: Bool { LambdaService.hasNode }

    /// Whether there is a Python with the SDK that its functions expect of Lambda.
    package static var runsPythonFunctions: Bool { LambdaService.hasPython(with: "boto3") }
}
