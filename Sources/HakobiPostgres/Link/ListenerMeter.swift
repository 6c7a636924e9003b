internal import CoreMetrics

/// Whether notifications arrive, for whoever watches: without them jobs are found by polling only.
struct ListenerMeter: Sendable {
    private let hears: Gauge
    private let silences: Counter

    init(_ factory: any MetricsFactory) {
        hears = Gauge(label: "hakobi_listener_hears", factory: factory)
        silences = Counter(label: "hakobi_listener_silences_total", factory: factory)
    }

    /// A probe came back.
    func heard() { hears.record(1) }

    /// A probe did not come back, and one had before.
    func fellSilent() {
        hears.record(0)
        silences.increment()
    }

    /// Nobody listens any more: the connection is gone, or a pooler stands before the server.
    func stopped() { hears.record(0) }
}
