internal import CoreMetrics
internal import HakobiCore

/// What waits in a spill, for whoever watches.
struct SpillMeter: Sendable {
    private let waiting: Gauge
    private let failed: Gauge
    private let oldest: Gauge

    init(_ factory: any MetricsFactory) {
        waiting = Gauge(label: "hakobi_spill_waiting", factory: factory)
        failed = Gauge(label: "hakobi_spill_failed", factory: factory)
        oldest = Gauge(label: "hakobi_spill_oldest_seconds", factory: factory)
    }

    func record(_ counts: SpillCounts) {
        waiting.record(counts.waiting)
        failed.record(counts.failed)
        oldest.record(Double((counts.oldest ?? .zero).wholeMicroseconds) / 1_000_000)
    }
}
