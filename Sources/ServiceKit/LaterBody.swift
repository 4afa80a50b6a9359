package import Wire

/// The body of an answer that comes later. Its head is sent at once, so a client that goes away meanwhile is noticed.
package final class LaterBody: ResponseStream {
    private let answer: any LaterAnswer
    private let format: PayloadFormat

    package init(_ answer: any LaterAnswer, _ format: PayloadFormat) {
        self.answer = answer
        self.format = format
    }

    package func next(isEnding: Bool, _ wake: @escaping @Sendable () -> Void) -> StreamPiece {
        switch answer.next(isEnding: isEnding, wake) {
        case .answer(let document): .last(format.write(document))
        case .nothing(let milliseconds): .pending(milliseconds: milliseconds)
        }
    }

    package func close() {
        answer.close()
    }
}
