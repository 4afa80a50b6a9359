import NIOCore

/// Lets the server's HTTP/2 settings hold as soon as the client's have come, and not only once the client has acknowledged them.
///
/// Until then the codec takes header lists of 16 KiB and ends the connection of whoever sends a larger one, though the client was told nothing of
/// that. All that is set here allows what HTTP/2 allows at first, or what clients assume (a hundred streams at a time), so nobody loses by it.
/// The codec is given an acknowledgement right behind the client's settings, and the client's own, which is to come once, is kept from it.
final class EagerSettings: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private static let acknowledgement: [UInt8] = [0, 0, 0, 4, 1, 0, 0, 0, 0]
    private static let headerBytes = 9
    private static let settings: UInt8 = 4

    /// Bytes before the next frame's header: at first those of the preface.
    private var remaining = 24
    /// The part of a frame's header that has come.
    private var header = ByteBuffer()
    private var isInSettings = false
    private var isGiven = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        var passed = context.channel.allocator.buffer(capacity: bytes.readableBytes + Self.headerBytes)
        while bytes.readableBytes > 0 {
            if remaining > 0 {
                guard var piece = bytes.readSlice(length: min(remaining, bytes.readableBytes)) else { break }
                remaining -= piece.readableBytes
                passed.writeBuffer(&piece)
            } else {
                guard var piece = bytes.readSlice(length: min(Self.headerBytes - header.readableBytes, bytes.readableBytes)) else { break }
                header.writeBuffer(&piece)
                guard header.readableBytes == Self.headerBytes else { break }
                if isGiven, header.readableBytesView.elementsEqual(Self.acknowledgement) {
                    passed.writeBuffer(&bytes)
                    context.fireChannelRead(Self.wrapInboundOut(passed))
                    context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
                    return
                }
                let head = Array(header.readableBytesView)
                remaining = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
                isInSettings = head[3] == Self.settings
                passed.writeBuffer(&header)
                header.clear()
            }
            if remaining == 0, isInSettings, !isGiven {
                passed.writeBytes(Self.acknowledgement)
                isGiven = true
            }
        }
        if passed.readableBytes > 0 { context.fireChannelRead(Self.wrapInboundOut(passed)) }
    }
}
