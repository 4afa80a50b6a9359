import ArgumentParser
import Glibc
import Wire

/// `personalite wait`: until a server answers, until resources are active, and until streams are read.
struct Wait: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Wait until a server is ready, resources are ACTIVE, or streams are read.",
        discussion: """
            Without ARNs it waits until the server answers. With them it waits until each resource is ACTIVE, shows each change of status, and \
            fails with the service's reason when one has failed. With --drained the ARNs are those of streams, and it waits until their readers are \
            done: functions have answered for every record, subscriptions have been sent all of them, and where there are neither, the newest \
            GetRecords of each shard has come to its end. The exit code is 0 when all is well, 1 otherwise.

              personalite wait --timeout 10
              personalite wait --drained arn:aws:kinesis:us-east-1:000000000000:stream/clicks
              personalite wait arn:aws:personalize:us-east-1:000000000000:campaign/films
            """
    )

    @Argument(help: ArgumentHelp("Resources of Personalize, or streams.", valueName: "arn")) var arns: [String] = []
    @OptionGroup var server: ClientOptions
    @Option(help: ArgumentHelp("Seconds after which it gives up.", valueName: "seconds")) var timeout = 60.0
    @Flag(help: "Wait until streams are read to their end.") var drained = false

    private static let pause: UInt32 = 100

    func validate() throws {
        guard (0...1e6).contains(timeout) else { throw ValidationError("--timeout takes seconds from 0 to 1000000.") }
        guard !drained || !arns.isEmpty else { throw ValidationError("--drained takes the ARNs of streams.") }
    }

    func run() throws {
        do throws(CommandFault) {
            let deadline = WallClock.now + timeout
            let client = try ready(by: deadline)
            for arn in arns {
                if drained { try drain(arn, client, by: deadline) } else { try wait(for: arn, client, by: deadline) }
            }
        } catch {
            Server.say("personalite: \(error)", on: STDERR_FILENO)
            throw ExitCode.failure
        }
    }

    /// Who accepts and is silent is not waited for longer than the server as a whole, and at least once.
    private static func patience(_ deadline: Double) -> Double { max(1, deadline - WallClock.now) }

    private func ready(by deadline: Double) throws(CommandFault) -> ServerClient {
        let place = try Endpoint(server.address)
        while true {
            let reason: String
            do throws(CommandFault) {
                let client = try ServerClient(
                    host: place.host,
                    port: place.port,
                    key: ClientOptions.key,
                    region: server.chosenRegion,
                    patience: Self.patience(deadline)
                )
                let answer = try client.send(WireRequest(method: "GET", path: "/_personalite/ready", headers: ["host": client.authority]))
                if answer.status == 200 { return client }
                reason = "It answers \(answer.status): \(answer.text)"
            } catch {
                reason = error.description
            }
            guard WallClock.now < deadline else { throw CommandFault("The server was not ready within \(ServeOption.decimal(timeout)) s. \(reason)") }
            WallClock.pause(milliseconds: Self.pause)
        }
    }

    private func drain(_ arn: String, _ client: ServerClient, by deadline: Double) throws(CommandFault) {
        while true {
            client.patience = Self.patience(deadline)
            guard let left = try StreamBacklog(arn, client).left else { return }
            guard WallClock.now < deadline else {
                throw CommandFault("\(arn) was not read after \(ServeOption.decimal(timeout)) s: \(left).")
            }
            WallClock.pause(milliseconds: Self.pause)
        }
    }

    private func wait(for arn: String, _ client: ServerClient, by deadline: Double) throws(CommandFault) {
        var shown = ""
        while true {
            client.patience = Self.patience(deadline)
            let now = try ResourceStatus.of(arn, client)
            if now.status != shown { Server.say(Printable.text("\(arn) \(now.status)"), on: STDERR_FILENO) }
            shown = now.status
            if now.isActive { return }
            if now.hasFailed { throw CommandFault("\(arn) is \(now.status)\(now.reason.map { ": \($0)" } ?? "").") }
            guard WallClock.now < deadline else { throw CommandFault("\(arn) was still \(now.status) after \(ServeOption.decimal(timeout)) s.") }
            WallClock.pause(milliseconds: Self.pause)
        }
    }
}
