import Wire

/// What a function said of a batch.
enum BatchOutcome: Equatable {
    case done
    /// The whole batch is to be tried again.
    case failed
    /// From this index on it is to be tried again; what stands before it is done.
    case failedFrom(Int)
    /// The event is larger than what a function takes.
    case tooLarge

    /// - Parameters:
    ///   - payload: what the function returned.
    ///   - sequences: of the records of the batch.
    init(payload: [UInt8], sequences: [String]) {
        let text = payload.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        guard !text.isEmpty else {
            self = .done
            return
        }
        guard let answer = try? JSON.parse(payload) else {
            self = .failed
            return
        }
        switch answer {
        case .null, .string(""): self = .done
        case .object(let fields):
            // Nothing said of items means that all went well; so do no items.
            guard let items = fields["batchItemFailures"], items != .null else {
                self = .done
                return
            }
            guard case .list(let failures) = items else {
                self = .failed
                return
            }
            self = Self.lowest(failures, sequences)
        default: self = .failed
        }
    }

    private static func lowest(_ failures: [Document], _ sequences: [String]) -> BatchOutcome {
        var lowest: Int?
        for failure in failures {
            guard let id = failure["itemIdentifier"]?.textIfAny, let index = sequences.firstIndex(of: id) else { return .failed }
            lowest = min(lowest ?? index, index)
        }
        return lowest.map { $0 == 0 ? .failed : .failedFrom($0) } ?? .done
    }
}
