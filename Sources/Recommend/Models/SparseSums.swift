import Kernels

/// Dense sums of which few are touched at a time: clearing costs what was touched.
struct SparseSums {
    private(set) var sums: [Float]
    private var marks: [UInt8]
    /// One position per sum, of which the first `touchedCount` are taken.
    private var positions: [Int32]
    private var touchedCount = 0

    /// - Parameter start: what the sums are when nothing has been added.
    init(_ start: [Float]) {
        sums = start
        marks = [UInt8](repeating: 0, count: start.count)
        positions = [Int32](repeating: 0, count: start.count)
    }

    /// What was added to since the last clearing, each once, in the order of the first time.
    var touched: ArraySlice<Int32> { positions[..<touchedCount] }

    /// `sums[targets[n]] += factor · values[n]` for each n of `range`.
    /// - Parameter targets: indices of sums; proved to be when they were counted or loaded.
    mutating func add(_ range: Range<Int>, of targets: [Int32], _ values: [Float], times factor: Float) {
        precondition(range.upperBound <= targets.count && targets.count == values.count, "a value for each target")
        touchedCount = targets.withUnsafeBufferPointer { targets in
            values.withUnsafeBufferPointer { values in
                sums.withUnsafeMutableBufferPointer { sums in
                    marks.withUnsafeMutableBufferPointer { marks in
                        positions.withUnsafeMutableBufferPointer { touched in
                            Kernels.scatterMarking(
                                range,
                                targets: targets,
                                values: values,
                                times: factor,
                                into: sums,
                                marks: marks,
                                touched: touched,
                                count: touchedCount
                            )
                        }
                    }
                }
            }
        }
    }

    mutating func add(_ value: Float, to index: Int32) {
        if marks[Int(index)] == 0 {
            marks[Int(index)] = 1
            positions[touchedCount] = index
            touchedCount += 1
        }
        sums[Int(index)] += value
    }

    /// Gives back to each touched sum what it was at the start.
    mutating func clear(to start: (Int32) -> Float) {
        for index in positions[..<touchedCount] {
            sums[Int(index)] = start(index)
            marks[Int(index)] = 0
        }
        touchedCount = 0
    }
}
