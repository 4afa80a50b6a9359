package import NIOCore
import ServiceKit

/// How long a connection may keep the listener waiting. An argument everywhere, so that tests need not wait long.
package struct Deadlines: Sendable {
    /// From the connection being accepted until it is known what is spoken.
    package var sniff = TimeAmount.seconds(10)
    /// From the first byte of a head to its last; then 408.
    package var head = TimeAmount.seconds(10)
    /// Without a byte of a body that was asked for; then 408.
    package var body = TimeAmount.seconds(30)
    /// Kept alive with nothing asked and nothing owed.
    package var idle = TimeAmount.seconds(75)
    /// Without a byte of an answer taken by the client.
    package var write = TimeAmount.seconds(60)
    /// After a refusal, for the client to read it before the connection is torn down.
    package var linger = TimeAmount.seconds(2)
    /// For answers under way when the listener shuts.
    package var grace = TimeAmount.seconds(4)

    package init() {}
}
