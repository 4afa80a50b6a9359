/// The targets of the program `fuzz-expressions`.
let fuzzTargets = FuzzTarget.expressions
