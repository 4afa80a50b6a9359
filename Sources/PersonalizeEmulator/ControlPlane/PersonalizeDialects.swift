import ServiceKit
import Wire

/// The Java packages are made after Kinesis's, the only one that is known.
extension ServiceDialect {
    static let personalize = ServiceDialect(
        name: "personalize",
        violationCode: "InvalidInputException",
        package: "com.amazonaws.personalize.v20180522",
        numbers: .java
    )
    static let personalizeEvents = ServiceDialect(
        name: "personalize-events",
        signingName: "personalize",
        isByPath: true,
        violationCode: "InvalidInputException",
        package: "com.amazonaws.personalizeevents.v20180322",
        numbers: .java
    )
    static let personalizeRuntime = ServiceDialect(
        name: "personalize-runtime",
        signingName: "personalize",
        isByPath: true,
        violationCode: "InvalidInputException",
        package: "com.amazonaws.personalizeruntime.v20180522",
        numbers: .java
    )
}
