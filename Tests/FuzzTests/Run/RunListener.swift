/// The targets of the program `fuzz-listener`.
let fuzzTargets = FuzzTarget.listener
