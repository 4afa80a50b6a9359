package import Wire

/// The protocol that a request came in, in which it is answered.
package enum AnswerForm: Sendable {
    case json(PayloadFormat)
    case rest
    /// REST whose operations have a status of their own for success.
    case routed(status: Int)
    /// - Parameter status: of success.
    case lambda(status: Int)
    /// - Parameter namespace: of the service's XML.
    case query(operation: String, namespace: String)
    /// Of a service that spoke the query protocol, in a newer one.
    case queryCompatible(QueryCompatibleProtocol.Form, QueryCompatibleProtocol.Names)

    /// What its documents are made of.
    package var format: PayloadFormat {
        if case .json(let format) = self { format } else { .json }
    }

    /// - Parameter numbers: how the service writes them.
    package func success(_ document: Document?, _ call: Call, numbers: JSON.NumberForm) -> WireResponse {
        switch self {
        case .json(let format): JSONProtocol.success(document, format, call, numbers: numbers)
        case .rest: RESTProtocol.success(document, call, numbers: numbers)
        case .routed(let status): RoutedProtocol.success(document, status: status, call)
        case .lambda(let status): LambdaProtocol.success(document, status: status, call, numbers: numbers)
        case .query(let operation, let namespace): QueryProtocol.success(document, operation, namespace: namespace, call)
        case .queryCompatible(let form, _): QueryCompatibleProtocol.success(document, form, call, numbers: numbers)
        }
    }

    package func failure(_ error: ServiceError, _ call: Call) -> WireResponse {
        switch self {
        case .json(let format): JSONProtocol.failure(error, format, call)
        case .rest: RESTProtocol.failure(error, call)
        case .routed: RoutedProtocol.failure(error, call)
        case .lambda: LambdaProtocol.failure(error, call)
        case .query(_, let namespace): QueryProtocol.failure(error, namespace: namespace, call)
        case .queryCompatible(let form, let names): QueryCompatibleProtocol.failure(error, form, names, call)
        }
    }
}
