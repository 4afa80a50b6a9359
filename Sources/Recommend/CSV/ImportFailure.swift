/// A row that the importer refused.
package struct BadRow: Sendable, Equatable {
    /// The name given to `CSVImport.startFile`.
    package let file: String
    /// From 1, the header included.
    package let line: Int
    package let reason: String
}

/// Rows of an import that did not conform to the schema and did not fail it.
package struct OddRows: Sendable, Equatable {
    /// How many of the first are named.
    package static let named = 100

    /// All rows that were read, the odd ones included.
    package let total: Int
    /// How many were left out.
    package let leftOut: Int
    /// How many were kept with null in the place of a value.
    package let mended: Int
    /// The first of both kinds.
    package let first: [BadRow]

    package var count: Int { leftOut + mended }
}

/// Why an import failed, in the words of the service's `failureReason`.
package struct ImportFailure: Error, Sendable {
    /// AWS's sentence, without the prefix that names the job.
    package let reason: String
    /// How many rows were refused.
    package let badRowCount: Int
    /// The first `namedRows` of them.
    package let badRows: [BadRow]

    static let namedRows = 10

    package static func missingColumns(_ names: [String]) -> String {
        "Input CSV is missing the following columns:[\(names.joined(separator: ", "))]."
    }

    package static let nonconforming = """
        Input csv has rows that do not conform to the dataset schema. Please ensure all required data fields are present and that they are \
        of the type specified in the schema.
        """

    package static func tooLong(_ limit: Int, _ column: String) -> String {
        """
        Length cannot be more than \(limit) characters for \(column). If no values exceed the character limit, make sure your data follows \
        the formatting guidelines listed in https://docs.aws.amazon.com/personalize/latest/dg/data-prep-formatting.html.
        """
    }

    /// Our own sentence: which words the service uses is not known.
    package static func tooFewRows(_ least: Int, _ found: Int) -> String {
        "Input csv has \(found) rows. A dataset import job for this dataset requires at least \(least) rows."
    }
}
