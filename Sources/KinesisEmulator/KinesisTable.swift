package import ServiceKit
import Shapes

extension KinesisService {
    /// The operations by name, as the front of the server asks for them.
    package var table: ServiceTable {
        ServiceTable(
            self,
            KinesisService.operations,
            .kinesis,
            dataPlane: ["PutRecord", "PutRecords", "GetRecords", "GetShardIterator"],
            direct: directOperations,
            rates: rates
        )
    }
}
