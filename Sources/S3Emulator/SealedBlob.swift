import ServiceKit
import Synchronization
import Wire

/// An open file of an object that has not been held against its seal since it was last written to.
package struct SealedBlob: Sendable {
    let blobs: BlobStore
    let number: Int64
    let state: FileState
    let seal: BlobSeal

    /// All of it was read and is what was stored.
    func passed() {
        blobs.noteVerified(number, state)
    }

    var damage: ServiceError {
        blobs.damage(number, "the \(seal.isHex ? "ETag" : "checksum") of what was stored does not agree")
    }

    /// For an answer that sends all of the file.
    func check() -> any FileCheck {
        SealCheck(self)
    }
}

/// Holds a file against its seal while it is sent.
private final class SealCheck: FileCheck {
    private let blob: SealedBlob
    private let reading: Mutex<BlobSeal.Reading>

    init(_ blob: SealedBlob) {
        self.blob = blob
        reading = Mutex(BlobSeal.Reading(blob.seal))
    }

    func passes(_ bytes: UnsafeRawBufferPointer, isLast: Bool) -> Bool {
        let agrees = reading.withLock { reading in
            reading.update(bytes)
            return !isLast || reading.agrees
        }
        if !agrees {
            // The head is out: the answer ends short of its length, and only the log can say why.
            _ = blob.damage
        } else if isLast {
            blob.passed()
        }
        return agrees
    }
}
