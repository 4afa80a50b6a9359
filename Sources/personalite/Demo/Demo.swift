import ArgumentParser
import Dispatch
import Glibc
import ServiceKit
import Synchronization

struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Play the whole story on sample data: upload, train, ask, click, ask again.",
        discussion: """
            Starts a server in memory, deploys the stack of AWS's post on near-real-time recommendations, talks to it over HTTP as any client \
            would, and prints what was recommended before and after one click, side by side, and the commands to repeat it by hand. The stack's \
            functions are those in Node, or where there is no node on the PATH those in Python.
            """
    )

    @Flag(help: "Leave the server running afterwards, to go on by hand.") var stay = false
    @Option(help: ArgumentHelp("Port of the server. (default: 4590 with --stay, else any)", valueName: "port")) var port: UInt16?
    @Option(help: ArgumentHelp("Interactions to learn from: USER_ID, ITEM_ID, TIMESTAMP and perhaps EVENT_TYPE.", valueName: "file"))
    var interactions: String?
    @Option(help: ArgumentHelp("Items: ITEM_ID and what is known of each. A titles.csv beside it names them.", valueName: "file"))
    var items: String?
    @Option(help: ArgumentHelp("Who asks. (default: 429, or a user of the data)", valueName: "id")) var user: String?
    @Option(help: ArgumentHelp("Write the stack's template and functions into a folder, and do nothing else.", valueName: "dir")) var files: String?
    @Option(help: ArgumentHelp("What is clicked. (default: 185, or a popular item that the user does not know)", valueName: "id")) var item: String?

    func run() throws {
        do {
            try play()
        } catch let fault as CommandFault {
            Console.complain(fault.description)
            throw ExitCode.failure
        }
    }

    private func play() throws {
        if let files { return try DemoStack.write(to: files) }
        let data = try DemoData.find(interactions: interactions, items: items)
        let cast = try data.cast(user: user, item: item)
        let stack = DemoStack(handlers: try .find(), data: data)
        var options = ServeOptions()
        options.port = Int(port ?? (stay ? 4590 : 0))
        // The post's click has a time that is no date to its function, of which the server warns.
        options.logLevel = .error

        ProcessSetup.prepare()
        let server: Server
        do {
            server = try Server(options)
        } catch {
            throw CommandFault("personalite \(error). Choose another port with --port.")
        }
        let ending = Ending(server)
        ending.watch()
        let console = Console()
        let address = "http://\(options.host):\(server.port)"
        do {
            let client = try ServerClient(host: options.host, port: UInt16(server.port))
            try play(DemoStory(client: client, stack: stack, cast: cast, console: console), address, console)
        } catch {
            ending.give()
            try server.close()
            throw error
        }
        if stay {
            ending.stay()
            console.line()
            console.line("The server goes on at \(address). Ctrl-C ends it.")
            ending.wait()
        }
        try server.close()
        Glibc.exit(0)
    }

    private func play(_ story: DemoStory, _ address: String, _ console: Console) throws {
        let (stack, cast) = (story.stack, story.cast)
        console.line("personalite \(Version.current) plays the story on \(address), in memory, with functions in \(stack.handlers.words)")
        if stack.handlers == .python { console.line("There is no node on the PATH, so the functions are those in Python.") }
        console.line()
        var story = story
        let lists = try story.play()
        console.line()
        DemoTable(data: stack.data, before: lists.before, after: lists.after, cast: cast).print(on: console)
        console.line()
        DemoCommands(stack: stack, cast: cast, address: stay ? address : "http://127.0.0.1:4590").print(on: console, isRunning: stay)
    }
}

/// Ctrl-C, which ends the story in its middle and a server that stays in order.
private final class Ending: Sendable {
    private let server: Server
    private let ended = DispatchSemaphore(value: 0)
    private let isStaying = DispatchSemaphore(value: 0)
    private let isInterrupted = Mutex(false)

    init(_ server: Server) { self.server = server }

    /// Waits for the signal on a thread of its own.
    func watch() {
        DispatchQueue(label: "ending").async { [self] in
            ProcessSetup.awaitEnd()
            guard isStaying.wait(timeout: .now()) == .success else {
                isInterrupted.withLock { $0 = true }
                // With it go its functions and their files.
                try? server.close()
                Glibc.exit(130)
            }
            ended.signal()
        }
    }

    /// Whoever is interrupted says nothing more, and waits for the end.
    func give() {
        while isInterrupted.withLock({ $0 }) { ended.wait() }
    }

    /// The story is over: a signal from now on ends it in order. Said before a person is told of it, who may be quick.
    func stay() { isStaying.signal() }

    func wait() { ended.wait() }
}
