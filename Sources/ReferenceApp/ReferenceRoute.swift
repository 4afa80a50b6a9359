import Wire

/// The routes of the reference app's REST front, each a call of one operation.
enum ReferenceRoute: CaseIterable {
    case solutionVersion, describeSolutionVersion, campaign, describeCampaign, eventTracker, getRecommendations, data, putEvents, deleteResources

    var method: String {
        switch self {
        case .getRecommendations: "GET"
        case .deleteResources: "DELETE"
        default: "POST"
        }
    }

    var path: String {
        switch self {
        case .solutionVersion: "solutionVersion"
        case .describeSolutionVersion: "describeSolutionVersion"
        case .campaign: "campaign"
        case .describeCampaign: "describeCampaign"
        case .eventTracker: "eventTracker"
        case .getRecommendations: "getRecommendations"
        case .data: "data"
        case .putEvents: "putEvents"
        case .deleteResources: "deleteResources"
        }
    }

    init?(method: String, path: String) {
        guard let route = Self.allCases.first(where: { $0.method == method && $0.path == path }) else { return nil }
        self = route
    }
}
