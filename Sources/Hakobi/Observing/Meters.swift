import HakobiCore
import Metrics
import Synchronization

/// swift-metrics handles, made once: asking the factory for each job would cost more than running it.
final class Meters: Sendable {
    private struct Lane: Hashable {
        let kind: Kind
        let queue: QueueName?
    }

    /// The handles of one lane. Outcomes are a handful, so one look at the lane finds them all.
    private struct Handles: Sendable {
        var counters: [String: Counter] = [:]
        var timer: Timer?
    }

    private let backlogs = Mutex<[QueueName: Gauge]>([:])
    private let lanes = Mutex<[Lane: Handles]>([:])

    func enqueued(_ kind: Kind, _ queue: QueueName, _ outcome: String?) {
        withHandles(kind, queue) { counter("hakobi_jobs_enqueued_total", outcome, kind, queue, &$0) }.increment()
    }

    func leaked(_ kind: Kind, _ queue: QueueName, _ what: String) {
        withHandles(kind, queue) { counter("hakobi_job_leaks_total", what, kind, queue, &$0) }.increment()
    }

    /// Jobs a minute by which a queue's backlog has been growing.
    func backlog(_ queue: QueueName, growth: Double) {
        let gauge = backlogs.withLock { gauges in
            let dimensions = [("queue", queue.description)]
            let gauge = gauges[queue] ?? Gauge(label: "hakobi_backlog_growth_per_minute", dimensions: dimensions)
            gauges[queue] = gauge
            return gauge
        }
        gauge.record(growth)
    }

    func rescued(_ kind: Kind, _ verdict: String) {
        withHandles(kind, nil) { counter("hakobi_jobs_rescued_total", verdict, kind, nil, &$0) }.increment()
    }

    /// One attempt's end; `ran` where it is known to be true.
    func settled(_ kind: Kind, _ queue: QueueName, _ outcome: String, ran: Duration?) {
        let (ends, times) = withHandles(kind, queue) { handles in
            let ends = counter("hakobi_jobs_settled_total", outcome, kind, queue, &handles)
            return (ends, ran == nil ? nil : timer(kind, queue, &handles))
        }
        ends.increment()
        if let ran { times?.recordNanoseconds(ran.wholeNanoseconds) }
    }

    private func withHandles<Answer: Sendable>(
        _ kind: Kind, _ queue: QueueName?, _ body: (inout Handles) -> Answer
    ) -> Answer {
        lanes.withLock { body(&$0[Lane(kind: kind, queue: queue), default: Handles()]) }
    }

    private func counter(
        _ label: String, _ outcome: String?, _ kind: Kind, _ queue: QueueName?, _ handles: inout Handles
    ) -> Counter {
        let key = outcome ?? label
        if let known = handles.counters[key] { return known }
        let dimensions = Self.dimensions(kind, queue) + (outcome.map { [("outcome", $0)] } ?? [])
        let counter = Counter(label: label, dimensions: dimensions)
        handles.counters[key] = counter
        return counter
    }

    private func timer(_ kind: Kind, _ queue: QueueName, _ handles: inout Handles) -> Timer {
        if let known = handles.timer { return known }
        let timer = Timer(label: "hakobi_job_seconds", dimensions: Self.dimensions(kind, queue))
        handles.timer = timer
        return timer
    }

    private static func dimensions(_ kind: Kind, _ queue: QueueName?) -> [(String, String)] {
        [("kind", kind.description)] + (queue.map { [("queue", $0.description)] } ?? [])
    }
}
