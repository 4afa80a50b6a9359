import ServiceKit
package import Shapes
package import Wire

extension PersonalizeService {
    package func stopSolutionVersionCreation(_ input: Personalize.StopSolutionVersionCreationRequest, _ call: Call) throws(ServiceError) {
        let arn = input.solutionVersionArn
        try resources(call) { table in
            var version = try table.existing(arn, as: Personalize.SolutionVersion.self, call)
            guard [.createPending, .createInProgress].contains(version.lifecycle.status) else {
                throw ServiceError.inUse(arn, version.lifecycle.status)
            }
            version.lifecycle.stopCreation(at: call.now)
            // Work that has not begun has nothing to stop; work in hand ends behind this transaction, whatever it has come to.
            if jobs.isRunning(arn) {
                table.afterCommit { [jobs] _ in jobs.cancel(arn) }
            } else {
                version.lifecycle.needsWork = false
            }
            version.lifecycle.settle(at: call.now)
            try table.update(version)
        }
    }
}
