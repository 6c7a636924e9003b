// A parent for tests of real signals: `supervisor-fixture PROCESSES WORKER [MODE [WORK]]`; says what happens, a line each.
internal import Glibc
internal import HakobiPrefork
internal import Logging
internal import SupervisorFixtures

/// The whole environment as a value.
func wholeEnvironment() -> [String: String] {
    var found: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
        let pair = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if pair.count == 2 { found[String(pair[0])] = String(pair[1]) }
        next += 1
    }
    return found
}

/// Descriptors open in this process.
func openDescriptors() -> Int {
    guard let directory = opendir("/proc/self/fd") else { return -1 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    return count
}

@Sendable func tell(_ line: String) {
    let text = line + "\n"
    _ = write(1, text, text.utf8.count)
}

/// Log lines among the others, so that tests can wait for them.
struct TellingHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
    func log(event: LogEvent) { tell("\(event.level): \(event.message)") }
}

let arguments = CommandLine.arguments
var environment = wholeEnvironment()
let handshake = UpgradeHandshake.inherited(environment: environment)
for variable in UpgradeHandshake.variables { environment[variable] = nil }
let notifier = SystemdNotifier(environment: environment)
let parent = ProcessCommand(
    executable: arguments[0], arguments: arguments, environment: environment, passesListenSockets: true)
let command = ProcessCommand(
    executable: arguments[2], arguments: [arguments[2]] + arguments.dropFirst(3).prefix(1), environment: environment,
    passesListenSockets: true)
// Limits as they are, so that none is reached because a machine is busy; who tests the grace says how long it is.
let grace = environment["FIXTURE_GRACE"].flatMap { Int($0) } ?? 30
var policy = SupervisorPolicy(processes: Int(arguments[1]) ?? 1, grace: .seconds(grace))
policy.maxJobs = environment["FIXTURE_MAX_JOBS"].flatMap { Int($0) }
let settings = SupervisorSettings(command: command, policy: policy)
let feeder = Feeder(work: arguments.count > 4 ? arguments[4] : nil, tell: tell, onReload: { settings })
let supervisor = Supervisor(
    settings, observer: feeder, logger: Logger(label: "fixture") { _ in TellingHandler() }, notifier: notifier,
    successor: parent, handshake: handshake)
feeder.attach(supervisor)
tell("parent \(getpid()) replaces \(handshake?.replaces ?? 0)")
let before = openDescriptors()
try await supervisor.run()
await feeder.until { $0.closed == $0.seen.count }
tell("served \(feeder.record.servedInAll) gone \(feeder.record.gone.count)")
tell("descriptors \(openDescriptors() - before) more than before")
tell("end \(supervisor.end.map { "\($0)" } ?? "none")")
