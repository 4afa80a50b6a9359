import Wire

/// Measures scenarios on one server, each beside a bare answer of its sizes.
struct ComparisonRun {
    let stage: Stage
    let server: ServerProcess
    let load: LoadGenerator
    let connections: Int

    init(_ server: ServerProcess, by load: LoadGenerator, connections: Int) throws(BenchFault) {
        stage = Stage(client: try APIClient(port: server.port))
        self.server = server
        self.load = load
        self.connections = connections
    }

    func compare(_ scenario: any Scenario) throws -> Comparison {
        try compare(scenario, rounds: 1)[0]
    }

    /// Each round measures the bare answer and ours right after one another, so that what else the machine does meets both.
    /// - Parameter after: what belongs to the same round.
    /// - Returns: one for each round.
    func compare(_ scenario: any Scenario, rounds: Int, after: () throws -> Void = {}) throws -> [Comparison] {
        Report.progress("\(scenario.name) …")
        let requests = try scenario.prepare(stage)
        guard let first = requests.first else { throw BenchFault("\(scenario.name) has no requests.") }
        let answer = try stage.client.send(first)
        guard answer.status == 200 else { throw BenchFault("\(scenario.name) was answered \(answer.status): \(answer.text)") }
        let bare = try BareServer(answer: answer.body.count)
        defer { bare.stop() }
        let bytes = requests.map(APIClient.render)
        func figures(_ port: Int, _ connections: Int) throws -> Figures {
            // The bare server is in this process, and so is the generator.
            func time() -> Double { port == server.port ? server.cpuTime : BareServer.processTime }
            let before = time()
            var figures = try load.run(port: port, requests: bytes, connections: connections, most: scenario.mostRequests)
            let spent = time() - before - (port == server.port ? 0 : figures.generatorSeconds)
            figures.serverMicroseconds = max(0, spent) * 1e6 / Double(max(figures.answered, 1))
            return figures
        }
        return try (0..<rounds).map { _ in
            let paced = try scenario.rate.map { rate in
                let generator = PacedGenerator(seconds: load.seconds, rate: rate)
                return Comparison.Paced(
                    rate: rate,
                    bare: try generator.run(port: bare.port, requests: bytes, connections: connections),
                    ours: try generator.run(port: server.port, requests: bytes, connections: connections)
                )
            }
            let comparison = Comparison(
                name: scenario.name,
                what: scenario.what,
                requestBytes: first.body.count,
                payloadBytes: scenario.payloadBytes,
                answerBytes: answer.body.count,
                bareOne: try figures(bare.port, 1),
                one: try figures(server.port, 1),
                bareMany: try figures(bare.port, connections),
                many: try figures(server.port, connections),
                paced: paced
            )
            try after()
            return comparison
        }
    }
}
