package import Wire

extension Call {
    package func by(_ caller: Caller) -> Call {
        var call = from(account: caller.account, region: caller.region)
        call.principal = caller.principal
        return call
    }
}
