/// The targets of the program `fuzz-formats`.
let fuzzTargets = FuzzTarget.formats
