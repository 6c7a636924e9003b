/// Whether notifications really arrive. A listener whose session went away at a pooler or a proxy stays silent for ever
/// without any error, so it is asked to hear itself: a probe is sent by the way hints take, and its echo must come back.
struct ListenerWatch {
    /// What to do now.
    enum Order: Equatable {
        case none
        /// Send this, by the way hints take.
        case probe(String)
        /// The first probe has had no echo: somebody lends sessions in between.
        case pooled
        /// Nothing has been heard since the probe: hints are lost.
        case silent
    }

    static let interval = Duration.seconds(30)
    /// More than a busy server needs, less than anybody would wait.
    static let patience = Duration.seconds(2)
    static let prefix = "echo "

    private(set) var hasEchoed = false
    private var probe: Probe?
    private var next: ContinuousClock.Instant
    private struct Probe {
        let token: String
        /// When it went out: before that nothing can come back.
        var sent: ContinuousClock.Instant?
        let ordered: ContinuousClock.Instant
    }

    private let identity: String
    private let interval: Duration
    private var count = 0

    init(identity: String, interval: Duration = Self.interval, at now: ContinuousClock.Instant) {
        self.identity = identity
        self.interval = interval
        next = now
    }

    /// When `tick` has something to do.
    var due: ContinuousClock.Instant {
        guard let probe else { return next }
        return probe.sent.map { $0 + Self.patience } ?? probe.ordered + Self.interval
    }

    mutating func tick(_ now: ContinuousClock.Instant) -> Order {
        guard now >= due else { return .none }
        if let probe, probe.sent != nil {
            self.probe = nil
            next = now + interval
            return hasEchoed ? .silent : .pooled
        }
        count += 1
        let token = "\(Self.prefix)\(identity) \(count)"
        probe = Probe(token: token, ordered: now)
        return .probe(token)
    }

    /// An echo came; answers whether it was the awaited one.
    mutating func hear(_ payload: String, at now: ContinuousClock.Instant) -> Bool {
        guard payload == probe?.token else { return false }
        probe = nil
        next = now + interval
        hasEchoed = true
        return true
    }

    /// The probe has gone out; the way there may have been busy with a connection of its own.
    mutating func probeSent(at now: ContinuousClock.Instant) { probe?.sent = now }

    /// The probe could not be sent; that says nothing about the listener.
    mutating func probeFailed(at now: ContinuousClock.Instant) {
        probe = nil
        next = now + Self.patience
    }
}
