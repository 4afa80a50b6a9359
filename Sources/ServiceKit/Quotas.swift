import Wire

/// How many resources an account may have, in a region or in a dataset group, and how often it may ask. What a request may hold is no quota:
/// those limits always apply.
package struct Quotas: Sendable, Equatable {
    package enum Name: String, Sendable, CaseIterable {
        // Of a region.
        case schemas = "active-schemas"
        case datasetGroups = "active-dataset-groups"
        case pendingImports = "pending-dataset-import-jobs"
        case pendingVersions = "pending-solution-versions"
        case pendingBatchInference = "pending-batch-inference-jobs"
        case pendingBatchSegments = "pending-batch-segment-jobs"
        // Of a dataset group.
        case solutions = "active-solutions"
        case campaigns = "active-campaigns"
        case recommenders = "active-recommenders"
        case filters = "active-filters"
        /// Distinct fields over all filters.
        case filterFields = "filter-fields"
        case pendingDeletions = "pending-data-deletion-jobs"
        // Requests a second. PutEvents and PutActionInteractions, each of a dataset group.
        case events = "put-events-per-second"
        /// PutItems, PutUsers and PutActions, each of a dataset.
        case records = "put-records-per-second"
        /// Of the runtime, all together.
        case requests = "runtime-requests-per-second"
        /// Of the runtime, each operation of each campaign or recommender.
        case deploymentRequests = "deployment-requests-per-second"
    }

    private var limits: [Name: Int] = [:]

    /// No quotas.
    package static let off = Quotas()

    /// What AWS grants an account that asked for nothing.
    package static let aws = Quotas(limits: [
        .schemas: 500, .datasetGroups: 5, .pendingImports: 5, .pendingVersions: 20, .pendingBatchInference: 5, .pendingBatchSegments: 5,
        .solutions: 10, .campaigns: 5, .recommenders: 5, .filters: 30, .filterFields: 20, .pendingDeletions: 5,
        .events: 1000, .records: 10, .requests: 2500, .deploymentRequests: 500,
    ])

    /// AWS's quotas with some of them changed by a JSON object, such as `{"active-dataset-groups": 50, "active-filters": null}`; null lifts one.
    /// - Throws: what is wrong with the text.
    package init(_ text: [UInt8]) throws(Fault) {
        guard let document = try? JSON.parse(text), case .object(let fields) = document else { throw Fault(reason: "it is not a JSON object") }
        self = .aws
        for field in fields.entries {
            guard let name = Name(rawValue: field.name) else {
                throw Fault(reason: "\(field.name) is none of \(Name.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            switch field.value {
            case .null: limits[name] = nil
            case .integer(let limit) where limit >= 0: limits[name] = Int(limit)
            default: throw Fault(reason: "\(field.name) must be a whole number or null")
            }
        }
    }

    private init(limits: [Name: Int] = [:]) {
        self.limits = limits
    }

    package struct Fault: Error, Equatable {
        package var reason: String
    }

    package subscript(name: Name) -> Int? {
        limits[name]
    }
}
