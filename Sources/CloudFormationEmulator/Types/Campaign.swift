import ServiceKit
import Wire

extension ResourceType {
    static let campaign = ResourceType(
        name: "AWS::Personalize::Campaign",
        service: "Personalize",
        required: ["Name", "SolutionVersionArn"],
        carried: ["Name", "SolutionVersionArn", "MinProvisionedTPS", "CampaignConfig", "Tags"],
        lists: ["Tags"],
        maps: ["CampaignConfig"],
        createOnly: ["Name"],
        attributes: Set(campaignAttributes + ["CampaignArn"]),
        create: { (properties, context) throws(ServiceError) in
            try checkVersion(properties)
            let input = (campaignMembers + ["Name"]).map { (name: $0, value: properties[$0]) }
            return try made("Campaign", try create("Campaign", input, properties, context), campaignAttributes, context)
        },
        update: { (id, old, new, context) throws(ServiceError) in
            try checkVersion(new)
            if campaignMembers.contains(where: { old[$0] != new[$0] }) {
                try updateCampaign(id, campaignMembers.map { (name: $0, value: new[$0]) }, context)
            }
            try setTags(id, old, new, context)
            return try made("Campaign", id, campaignAttributes, context).attributes
        },
        delete: { (id, _, context) throws(ServiceError) in try delete("Campaign", id, context) },
        find: { (properties, context) throws(ServiceError) in try find("Campaign", properties, context) },
        complete: { (id, _, context) throws(ServiceError) in try made("Campaign", id, campaignAttributes, context) }
    )

    private static let campaignMembers = ["SolutionVersionArn", "MinProvisionedTPS", "CampaignConfig"]
    private static let campaignAttributes = ["Status", "CreationDateTime", "LastUpdatedDateTime"]

    private static func updateCampaign(_ id: String, _ members: [(name: String, value: Document?)], _ context: ResourceContext) throws(ServiceError) {
        // A change that was cut off may still be going on.
        try context.wait { () throws(ServiceError) in
            let status = try describe("Campaign", id, context)?["latestCampaignUpdate"]?["status"]?.textIfAny
            return status != "CREATE PENDING" && status != "CREATE IN_PROGRESS"
        }
        do throws(ServiceError) {
            try context.run("personalize", "UpdateCampaign", members + [("campaignArn", .string(id))])
        } catch  where error.code == "InvalidInputException" && error.message?.contains("as desired") == true {
            // The change that is taken back was refused before it began.
            return
        }
        try context.wait { () throws(ServiceError) in
            let update = try describe("Campaign", id, context)?["latestCampaignUpdate"]
            if update?["status"]?.textIfAny == "CREATE FAILED" {
                throw .handler(update?["failureReason"]?.textIfAny ?? "the update of the campaign failed", "NotStabilized")
            }
            return update?["status"]?.textIfAny == "ACTIVE"
        }
    }

    /// A template cannot make a solution version, so a Ref of its solution is the mistake that is made.
    private static func checkVersion(_ properties: Document) throws(ServiceError) {
        let arn = properties["SolutionVersionArn"]?.scalarText ?? ""
        guard ARN(arn)?.resource.split(separator: "/").count == 2 else { return }
        throw .handler(
            """
            \(arn) is a solution and not one of its versions. CloudFormation makes no solution versions: train one with CreateSolutionVersion and \
            give its ARN, or <solution>/$LATEST with SyncWithLatestSolutionVersion.
            """,
            "InvalidRequest"
        )
    }

    static let metricAttribution = ResourceType(
        name: "AWS::Personalize::MetricAttribution",
        service: "Personalize",
        required: ["Name", "DatasetGroupArn", "Metrics", "MetricsOutputConfig"],
        carried: ["Name", "DatasetGroupArn", "Metrics", "MetricsOutputConfig"],
        lists: ["Metrics"],
        maps: ["MetricsOutputConfig"],
        createOnly: ["Name", "DatasetGroupArn", "Metrics"],
        attributes: ["MetricAttributionArn", "Status"],
        create: { (properties, context) throws(ServiceError) in
            let input = ["Name", "DatasetGroupArn", "Metrics", "MetricsOutputConfig"].map { (name: $0, value: properties[$0]) }
            return try made("MetricAttribution", try create("MetricAttribution", input, properties, context), ["Status"], context)
        },
        update: { (id, _, new, context) throws(ServiceError) in
            try context.run(
                "personalize",
                "UpdateMetricAttribution",
                [("metricAttributionArn", .string(id)), ("metricsOutputConfig", new["MetricsOutputConfig"])]
            )
            return nil
        },
        delete: { (id, _, context) throws(ServiceError) in try delete("MetricAttribution", id, context) },
        find: { (properties, context) throws(ServiceError) in try find("MetricAttribution", properties, context) },
        complete: { (id, _, context) throws(ServiceError) in try made("MetricAttribution", id, ["Status"], context) }
    )
}
