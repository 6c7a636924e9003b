public import Hakobi

/// A program of the user's own that has all of `hakobi`'s commands and runs its handlers in preforked processes.
///
/// ```swift
/// @main struct App: HakobiApp {
///     func register(_ handlers: inout Handlers) {
///         handlers.on(SendWelcome.self) { job, context in … }
///     }
/// }
/// ```
///
/// `./App up` starts the service, `./App enqueue send-welcome '{"userID":1}'` gives it work.
public protocol HakobiApp: Sendable {
    /// Made once in each process, before anything else; what handlers share (a client, a cache) may be opened lazily from
    /// here. A program that bootstraps swift-log by itself does it here; otherwise every library's lines look like ours.
    init()
    /// Says which handler runs which kind. Problems (a kind registered twice) are reported together at the start.
    func register(_ handlers: inout Handlers)
    /// The program's release, as history, `ps` and `version` show it; "unversioned" unless said otherwise.
    static var release: String { get }
}

/// The release of the package itself.
public let hakobiVersion = Version.hakobi

extension HakobiApp {
    /// Not named by its owner.
    public static var release: String { "unversioned" }

    /// The program: recognises a worker process first, else runs the command named by the arguments, and exits.
    ///
    /// Not isolated to any actor: closures written in a main actor's `main` would trap when Dispatch calls them.
    public static func main() async {
        let app = Self()
        await CommandLineEntry.run(release: release) { app.register(&$0) }
    }
}
