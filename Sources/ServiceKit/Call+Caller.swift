package import Wire

extension Call {
    package func by(_ caller: Caller) -> Call {
        from(account: caller.account, region: caller.region)
    }
}
