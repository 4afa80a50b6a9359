import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func createDatasetGroup(
        _ input: Personalize.CreateDatasetGroupRequest,
        _ call: Call
    ) throws(ServiceError) -> Personalize.CreateDatasetGroupResponse {
        if (input.roleArn == nil) != (input.kmsKeyArn == nil) {
            throw .Personalize.invalidInput("roleArn and kmsKeyArn must be given together.")
        }
        let arn = ARN.personalize("dataset-group/\(input.name)", call)
        try resources(call) { table in
            try table.checkIsNew(arn, as: Personalize.DatasetGroup.self)
            try configuration.quotas.check(.datasetGroups, has: try table.list(Personalize.DatasetGroup.self).count)
            let body = Personalize.DatasetGroup(
                name: input.name,
                datasetGroupArn: arn,
                roleArn: input.roleArn,
                kmsKeyArn: input.kmsKeyArn,
                domain: input.domain
            )
            try table.insert(body, arn: arn, lifecycle: .creating(at: call.now, delay: configuration.jobDelay))
            try table.attach(input.tags, to: arn)
        }
        return Personalize.CreateDatasetGroupResponse(datasetGroupArn: arn, domain: input.domain)
    }
}
