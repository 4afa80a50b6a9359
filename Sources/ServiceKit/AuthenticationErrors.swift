package import Wire

extension AuthenticationFault {
    /// As the services that speak JSON answer it.
    package var jsonRefusal: ServiceError {
        error(refusal(jsonStatus: 400))
    }

    /// As the REST services of Personalize answer it.
    package var restRefusal: ServiceError {
        error(refusal(jsonStatus: 403))
    }

    private func error(_ refusal: AuthenticationRefusal) -> ServiceError {
        ServiceError(refusal.code, refusal.message, status: refusal.status, hint: hint)
    }

    /// What a developer most likely forgot.
    package var hint: String? {
        switch self {
        case .missing: "sign the request, or start the server with --auth off"
        case .unknownKey: "the key id is not known: use test/test, or name a credentials file with --credentials"
        case .mismatch(let mismatch) where mismatch.signedHost != nil:
            "the client signed the host \(mismatch.signedHost ?? "") and sent another: Host and the signature must both have the port, or both not"
        case .mismatch: "the secret of this key id is another one; test has the secret test"
        default: nil
        }
    }
}
