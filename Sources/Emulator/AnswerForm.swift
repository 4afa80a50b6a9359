import Wire

/// The protocol that a request came in, in which it is answered.
enum AnswerForm: Sendable {
    case json(PayloadFormat)
    case rest

    /// What its documents are made of.
    var format: PayloadFormat {
        if case .json(let format) = self { format } else { .json }
    }

    /// - Parameter numbers: how the service writes them.
    func success(_ document: Document?, _ call: Call, numbers: JSON.NumberForm) -> WireResponse {
        switch self {
        case .json(let format): JSONProtocol.success(document, format, call, numbers: numbers)
        case .rest: RESTProtocol.success(document, call, numbers: numbers)
        }
    }

    func failure(_ error: ServiceError, _ call: Call) -> WireResponse {
        switch self {
        case .json(let format): JSONProtocol.failure(error, format, call)
        case .rest: RESTProtocol.failure(error, call)
        }
    }
}
