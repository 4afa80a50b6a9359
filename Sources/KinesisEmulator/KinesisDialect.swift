package import ServiceKit
import Wire

extension ServiceDialect {
    package static let kinesis = ServiceDialect(
        name: "kinesis",
        violationCode: "ValidationException",
        package: "com.amazonaws.kinesis.v20131202",
        numbers: .plain
    )
}
