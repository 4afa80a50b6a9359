import ServiceKit
import Wire

extension ResourceType {
    /// A dataset, and the import that its template asks for: the resource is complete when its data is there.
    static let dataset = ResourceType(
        name: "AWS::Personalize::Dataset",
        service: "Personalize",
        required: ["Name", "DatasetType", "DatasetGroupArn", "SchemaArn"],
        carried: ["Name", "DatasetType", "DatasetGroupArn", "SchemaArn", "DatasetImportJob", "Tags"],
        lists: ["Tags"],
        maps: ["DatasetImportJob"],
        createOnly: ["Name", "DatasetType", "DatasetGroupArn", "SchemaArn", "Tags"],
        attributes: ["DatasetArn"],
        create: { (properties, context) throws(ServiceError) in
            try checkImport(properties["DatasetImportJob"])
            let input = ["Name", "DatasetType", "DatasetGroupArn", "SchemaArn"].map { (name: $0, value: properties[$0]) }
            let dataset = try made("Dataset", try create("Dataset", input, properties, context), [], context)
            try importData(into: dataset.id, properties["DatasetImportJob"], context)
            return dataset
        },
        update: { (id, old, new, context) throws(ServiceError) in
            guard new["DatasetImportJob"] != old["DatasetImportJob"] else { return nil }
            try checkImport(new["DatasetImportJob"])
            // A rollback comes back to a job that has run, whose data no failed job has replaced.
            guard try !isImported(into: id, new["DatasetImportJob"], context) else { return nil }
            try importData(into: id, new["DatasetImportJob"], context)
            return nil
        },
        delete: { (id, _, context) throws(ServiceError) in try delete("Dataset", id, context) },
        find: { (properties, context) throws(ServiceError) in try find("Dataset", properties, context) },
        complete: { (id, properties, context) throws(ServiceError) in
            let dataset = try made("Dataset", id, [], context)
            if try importJob(of: id, properties["DatasetImportJob"], context) == nil {
                try importData(into: id, properties["DatasetImportJob"], context)
            } else {
                try awaitImport(into: id, properties["DatasetImportJob"], context)
            }
            return dataset
        }
    )

    private static func checkImport(_ job: Document?) throws(ServiceError) {
        guard let job else { return }
        for field in job.entriesIfAny where !["DatasetArn", "DatasetImportJobArn", "DataSource", "JobName", "RoleArn"].contains(field.name) {
            throw .invalid("#/DatasetImportJob: extraneous key [\(field.name)] is not permitted")
        }
        for name in ["DataSource", "JobName", "RoleArn"] where job[name] == nil {
            throw .handler("DatasetImportJob: \(name) is required", "InvalidRequest")
        }
    }

    private static func importData(into dataset: String, _ job: Document?, _ context: ResourceContext) throws(ServiceError) {
        guard let job else { return }
        try context.run(
            "personalize",
            "CreateDatasetImportJob",
            [
                ("jobName", job["JobName"]), ("datasetArn", .string(dataset)), ("roleArn", job["RoleArn"]),
                ("dataSource", job["DataSource"].map { .members([("dataLocation", $0["DataLocation"] ?? $0["dataLocation"])]) }),
            ]
        )
        try awaitImport(into: dataset, job, context)
    }

    private static func importJob(of dataset: String, _ job: Document?, _ context: ResourceContext) throws(ServiceError) -> Document? {
        guard let job else { return nil }
        var token: Document?
        repeat {
            let answer = try context.run("personalize", "ListDatasetImportJobs", [("datasetArn", .string(dataset)), ("nextToken", token)])
            let found = answer["datasetImportJobs"]?.listIfAny.first { $0["jobName"]?.textIfAny == job["JobName"]?.scalarText }
            if let found { return found }
            token = answer["nextToken"]
        } while token != nil
        return nil
    }

    /// Whether a job of that name has brought these data.
    private static func isImported(into dataset: String, _ job: Document?, _ context: ResourceContext) throws(ServiceError) -> Bool {
        guard let found = try importJob(of: dataset, job, context), let arn = found["datasetImportJobArn"]?.textIfAny,
            let whole = try describe("DatasetImportJob", arn, context)
        else { return false }
        let wanted = job?["DataSource"].flatMap { $0["DataLocation"] ?? $0["dataLocation"] }
        return whole["status"]?.textIfAny == "ACTIVE" && whole["dataSource"]?["dataLocation"]?.textIfAny == wanted?.scalarText
    }

    private static func awaitImport(into dataset: String, _ job: Document?, _ context: ResourceContext) throws(ServiceError) {
        guard let found = try importJob(of: dataset, job, context), let arn = found["datasetImportJobArn"]?.textIfAny else { return }
        _ = try made("DatasetImportJob", arn, [], context)
    }
}
