/// One cell's figures, in the order they are printed; units are in the names.
struct BenchResult {
    let cell: BenchCell
    var figures: [(name: String, value: Double)] = []

    /// Percentiles of a sample, as `NAME_p50` and so on.
    mutating func add(_ name: String, percentilesOf sample: [Double]) {
        let sorted = sample.sorted()
        for percent in [50, 95, 99] {
            let index = max(0, min(sorted.count - 1, (sorted.count * percent + 99) / 100 - 1))
            figures.append(("\(name)_p\(percent)", sorted.isEmpty ? .nan : sorted[index]))
        }
    }
}

/// What can be measured, each against a fresh store; services run as processes of their own, as an operator starts them.
enum BenchCell: String, CaseIterable {
    case enqueueOneCaller = "enqueue-1"
    case enqueueSixteenCallers = "enqueue-16"
    case enqueueBulk = "enqueue-bulk"
    case drainInProcess = "drain-in-process"
    case drainInProcessQuietly = "drain-in-process-no-log"
    case drainPreforked = "drain-preforked"
    case drainPreforkedQuietly = "drain-preforked-no-log"
    case drainBacklogInProcess = "drain-backlog-in-process"
    case drainBacklogPreforked = "drain-backlog-preforked"
    case pickupInProcess = "pickup-in-process"
    case pickupPreforked = "pickup-preforked"
    case pickupFar = "pickup-far"
    case idle
    case workerSweep = "worker-sweep"
    case heldSnapshot = "held-snapshot"
    case overlappingReaders = "overlapping-readers"
    case serverRestart = "server-restart"

    /// Those of a store of this kind.
    static func all(on scheme: StoreScheme) -> [BenchCell] {
        allCases.filter { cell in
            switch cell {
            case .workerSweep, .serverRestart, .pickupFar: scheme != .sqlite
            case .heldSnapshot, .overlappingReaders: scheme == .postgres
            default: true
            }
        }
    }

    var isPreforked: Bool {
        switch self {
        case .drainPreforked, .drainPreforkedQuietly, .drainBacklogPreforked, .pickupPreforked, .idle: true
        default: false
        }
    }

    /// Two log lines a job, to a file.
    var logs: Bool {
        switch self {
        case .drainInProcessQuietly, .drainPreforkedQuietly, .heldSnapshot, .overlappingReaders, .serverRestart: false
        default: true
        }
    }
}
