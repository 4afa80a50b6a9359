package import ServiceKit
package import Shapes

package typealias DatasetID = ResourceID<Personalize.Dataset>
package typealias DatasetGroupID = ResourceID<Personalize.DatasetGroup>

extension ResourceID {
    /// What the model is kept under that was trained for a solution version, a recommender, or an update of one.
    package var model: ModelID { ModelID(rawValue: rawValue) }
}

extension ModelID {
    /// The solution version that a campaign's model was trained for.
    var solutionVersion: ResourceID<Personalize.SolutionVersion> { ResourceID(rawValue: rawValue) }
}
