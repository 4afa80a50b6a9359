import ArgumentParser

@main
struct Personalite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "personalite",
        abstract: "Amazon Personalize, Kinesis Data Streams and the S3 they need, on your machine.",
        discussion: """
            It really stores, really trains, and learns from events as they arrive. Start it, then point any AWS client at it:

              personalite & export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
              aws --endpoint-url http://127.0.0.1:4590 personalize list-recipes

            Or give a profile the endpoint once, in ~/.aws/config, and add --profile personalite to each command:

              [profile personalite]
              region = us-east-1
              endpoint_url = http://127.0.0.1:4590
              aws_access_key_id = test
              aws_secret_access_key = test
            """,
        version: Version.current,
        subcommands: [
            Serve.self, Run.self, PrintEnvironment.self, Wait.self, Doctor.self, Status.self, ImportFiles.self, Clone.self, Recommend.self,
            Explain.self, ShowClock.self, ShowLogs.self,
            Faults.self, Snapshots.self, Reset.self, Demo.self, Check.self, Completion.self, ShowVersion.self,
        ],
        defaultSubcommand: Serve.self
    )

    static func main() {
        let arguments = ProcessArguments.read() ?? Array(CommandLine.arguments.dropFirst())
        RestoredCommand.becomeIfAsked(arguments)
        do {
            if let options = Serve.arguments(arguments) { return try Serve.run(options) }
            if let arguments = Run.arguments(arguments) { return try Run.run(arguments) }
        } catch {
            Self.exit(withError: error)
        }
        main(arguments)
    }
}
