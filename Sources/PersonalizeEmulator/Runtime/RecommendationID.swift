import ServiceKit
import Wire

/// `RID-`, the last 25 characters of a UUID, `-CID-` and six digits that stay the same for a campaign: 40 characters,
/// which is as many as PutEvents takes back.
enum RecommendationID {
    static func random(campaign arn: String) -> String {
        "RID-\(UUIDText.random().suffix(25))-CID-\(mark(arn))"
    }

    static let markLength = 6

    /// What ends the ids of one campaign or recommender: FNV-1a of the ARN, folded to 24 bits.
    static func mark(_ arn: String) -> String {
        let hash = arn.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
        return ((hash ^ hash >> 24 ^ hash >> 48) & 0xFF_FFFF).padded(to: 6, radix: 16)
    }
}
