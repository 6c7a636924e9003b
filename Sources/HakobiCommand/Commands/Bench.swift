import ArgumentParser
import Glibc
import Hakobi
import HakobiPrograms

struct Bench: Verb {
    static let configuration = CommandConfiguration(
        abstract: "Measure this machine: enqueue, drain, pickup, idle, each against a fresh store.",
        discussion: "Durable default settings, a scratch store, no-op jobs decoded from about 100 bytes of JSON.")

    @Option(help: ArgumentHelp("Only this cell; may be repeated: \(Self.cellNames).", valueName: "name"))
    var cell: [String] = []
    @Option(help: "Jobs in each round of a drain.") var jobs: String?
    @Option(help: "Rounds of a drain (default 5).") var rounds: String?
    @Option(help: "Jobs in the large drain, and waiting beside an idle service.") var backlog: String?
    @Option(help: "Large drains, each beside small ones; the median pair counts (default 3).") var pairs: String?
    @Option(help: "Worker processes of the preforked cells.") var processes: String?
    @Option(help: "Length of the steady streams of 800 jobs a second (default 20s).") var stream: String?
    @Option(help: "Where the scratch store goes; its disk is what is measured.") var directory: String?
    @Option(
        help: ArgumentHelp(
            "Measure a server instead of a file: a schema of the run's own in this database.", valueName: "url"))
    var store: String?
    @Option(
        help: ArgumentHelp(
            "A shell command that restarts the server and returns once it answers; without it the cell server-restart is left out.",
            valueName: "command"))
    var restart: String?
    @Option(
        help: ArgumentHelp(
            "What runs a program on another host, words separated by spaces, an absolute path first; for the cell pickup-far.",
            valueName: "wrapper"))
    var far: String?
    @Option(help: ArgumentHelp("The server as it is reached from there.", valueName: "url")) var farStore: String?
    @Flag(help: "Print one JSON object a cell.") var json = false

    private static let cellNames = BenchCell.allCases.map(\.rawValue).joined(separator: ", ")

    func run(in program: Program) async throws {
        var flags = FlagReader()
        var plan = BenchPlan(directory: try scratch(), environment: program.environment)
        defer { rmdir(plan.directory) }
        let count = { (text: String) throws(Unreadable) in try Reading.count(text) }
        let some = { (text: String) throws(Unreadable) in try Reading.count(text, from: 1) }
        plan.jobs = flags.read(jobs, "--jobs", count) ?? plan.jobs
        plan.rounds = flags.read(rounds, "--rounds", some) ?? plan.rounds
        plan.backlog = flags.read(backlog, "--backlog", count) ?? plan.backlog
        plan.pairs = flags.read(pairs, "--pairs", some) ?? plan.pairs
        plan.processes = flags.read(processes, "--processes", count) ?? plan.processes
        plan.stream = flags.read(stream, "--stream", DurationText.read) ?? plan.stream
        plan.server = flags.read(store, "--store", StoreLocation.init(reading:))
        plan.restart = restart
        if let far, let server = flags.read(farStore, "--far-store", StoreLocation.init(reading:)) {
            plan.far = FarHost(wrapper: far.split(separator: " ").map(String.init), server: server)
        }
        try flags.check()
        guard (far == nil) == (farStore == nil) else {
            throw CommandFailure.usage("--far and --far-store name one host: give both or neither")
        }
        guard plan.server.map({ $0.isServer }) ?? true else {
            throw CommandFailure.usage("--store: bench makes a file of its own; a URL is for a server's database")
        }
        for cell in try chosenCells(on: plan.server?.scheme ?? .sqlite) {
            let result = try await BenchRun(plan).run(cell)
            Output.print(json ? result.json.line : result.text)
        }
        unlink(plan.directory + "/service.log")
    }

    private func chosenCells(on scheme: StoreScheme) throws(CommandFailure) -> [BenchCell] {
        let missing = missing
        let there = BenchCell.all(on: scheme).filter { missing[$0] == nil }
        guard !cell.isEmpty else { return there }
        var cells: [BenchCell] = []
        for name in cell {
            guard let known = BenchCell(rawValue: name) else {
                let near = Spelling.nearest(to: name, among: BenchCell.allCases.map(\.rawValue))
                throw .usage(
                    "there is no cell \"\(name)\"" + (near.map { ": did you mean \"\($0)\"?" } ?? ": see --help"))
            }
            if let option = missing[known] { throw .usage("--cell: \(name) takes \(option)") }
            guard there.contains(known) else {
                throw .usage("--cell: \(name) is not measured on \(scheme.rawValue): name a server with --store")
            }
            cells.append(known)
        }
        return cells
    }

    /// Cells that cannot be measured for want of an option.
    private var missing: [BenchCell: String] {
        var missing: [BenchCell: String] = [:]
        if restart == nil { missing[.serverRestart] = "--restart, a command that restarts the server" }
        if far == nil || farStore == nil { missing[.pickupFar] = "--far and --far-store, another host" }
        return missing
    }

    /// A directory of the run's own, so that nobody's store is touched.
    private func scratch() throws(CommandFailure) -> String {
        var template = Array((directory ?? ".").utf8CString.dropLast()) + Array("/hakobi-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CommandFailure(
                .failed, "cannot make a scratch directory in \(directory ?? "."): \(String(cString: strerror(errno)))")
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension BenchResult {
    /// One object; percentiles of one figure are an object of their own.
    var json: JSONValue {
        var pairs: [(String, JSONValue)] = [("cell", .string(cell.rawValue))]
        var percentiles: [(String, JSONValue)] = []
        for figure in figures {
            if figure.name.hasPrefix("pickup_ms_") {
                percentiles.append((String(figure.name.dropFirst("pickup_ms_".count)), .number(figure.value)))
            } else {
                pairs.append((figure.name, .number(figure.value)))
            }
        }
        if !percentiles.isEmpty { pairs.append(("pickup_ms", .object(percentiles))) }
        return .object(pairs)
    }

    /// The cell and its figures on one line.
    var text: String {
        let name = cell.rawValue + String(repeating: " ", count: max(1, 26 - cell.rawValue.count))
        return name + figures.map { "\($0.name) \(Self.round($0.value))" }.joined(separator: "  ")
    }

    private static func round(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        if value >= 100 { return String(Int(value.rounded())) }
        let thousandths = Int((value * 1000).rounded())
        let fraction = String(thousandths % 1000)
        return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }
}
