import Recommend
import ServiceKit

extension StoredFileFailure {
    init(_ failure: Recommend.FileFailure) {
        self.init(path: failure.path, reason: failure.reason, mayPass: failure.kind != .contents)
    }
}
