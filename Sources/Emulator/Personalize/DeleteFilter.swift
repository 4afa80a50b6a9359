package import Shapes
package import Wire

extension PersonalizeService {
    package func deleteFilter(_ input: Personalize.DeleteFilterRequest, _ call: Call) throws(ServiceError) {
        try resources(call) { table in
            let filter = try table.settled(input.filterArn, as: Personalize.Filter.self, call)
            try table.delete(filter, delay: configuration.jobDelay)
        }
        serving.stop(filter: input.filterArn)
    }
}
