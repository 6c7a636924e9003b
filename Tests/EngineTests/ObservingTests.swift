import Glibc
import HakobiTestKit
import Logging
import Metrics
import ServiceContextModule
import Synchronization
import Testing
import Tracing

@testable import Hakobi

/// What a job leaves in the log, in metrics and in a trace.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct ObservingTests {
    private let house = House()

    @Test func everyLineOfAJobNamesIt() async throws {
        let text = String(repeating: "long ", count: 2000)
        var handlers = Handlers()
        handlers.on(Greet.self) { job, context in
            context.logger.notice("in the handler")
            if job.name == "Grace" { throw Oops(text) }
        }
        let ids = try await house.client.enqueueAll(["Ada", "Grace"])
        try await house.runOnce(handlers)
        let lines = house.lines.all.filter { $0.metadata["job"] != nil }
        #expect(lines.count == 6)
        for line in lines {
            #expect(["kind", "attempt", "queue"].map { line.metadata[$0] } == ["greet", "1", "default"])
        }
        let first = lines.filter { $0.metadata["job"] == ids[0].description }
        #expect(first.map(\.level) == [.info, .notice, .info])
        #expect(first.map(\.text) == ["job started", "in the handler", "job completed"])
        for line in lines where line.text != "in the handler" { #expect(line.metadata["pid"] == "\(getpid())") }
        #expect(lines.filter { $0.text == "job failed" }.map { $0.metadata["error"] } == [text])
    }

    @Test func lookingForJobsInVainLogsNothing() async throws {
        var handlers = Handlers()
        handlers.on(Greet.self) { _, _ in }
        let house = house
        try await house.during(try house.worker(handlers)) {
            try await house.advance(upTo: .seconds(600), step: .seconds(1)) {
                house.recording.calls.count { $0.method == .claim } >= 100
            }
            #expect(house.lines.all.map(\.text) == ["worker started", "handlers are registered"])
        }
    }

    @Test func countsAndTimesAreMetered() async throws {
        let metrics = Recorded.bootstrapped
        let kind = "metered-\(UInt32.random(in: .min ... .max))"
        var handlers = Handlers()
        handlers.on(kind: kind) { payload, _ in if payload.bytes.isEmpty { throw GiveUp("empty") } }
        try await house.client.enqueue(kind: Kind(kind), payload: Payload([1], codec: .raw))
        try await house.client.enqueue(kind: Kind(kind), payload: Payload([], codec: .raw))
        try await house.runOnce(handlers)
        #expect(metrics.count("hakobi_jobs_enqueued_total", kind) == 2)
        #expect(metrics.count("hakobi_jobs_settled_total", kind, "completed") == 1)
        #expect(metrics.count("hakobi_jobs_settled_total", kind, "failed") == 1)
        #expect(metrics.count("hakobi_job_seconds", kind) == 2)
    }

    @Test func aTraceGoesOnFromTheProducerToTheHandlerAndItsFollowUps() async throws {
        MemoryTracer.bootstrap()
        let log = Log()
        var handlers = Handlers()
        handlers.on(Greet.self) { _, context in
            log.add(ServiceContext.current?.trace ?? "-")
            try context.enqueue(Farewell(name: "x"))
        }
        handlers.on(Farewell.self) { _, _ in log.add(ServiceContext.current?.trace ?? "-") }
        var context = ServiceContext.topLevel
        context.trace = "web"
        try await ServiceContext.withValue(context) { _ = try await house.client.enqueue(Greet(name: "Ada")) }
        try await house.runOnce(handlers)
        #expect(log.all == ["web/job greet", "web/job greet/job farewell"])
    }

    @Test func whoEnqueuesOutsideOfATraceCarriesNone() async throws {
        MemoryTracer.bootstrap()
        let id = try await house.client.enqueue(Greet(name: "Ada"))
        #expect(try await house.record(id).metadata.isEmpty)
    }
}

/// A metrics factory that counts how often each meter was used.
private final class Recorded: MetricsFactory, Sendable {
    static let bootstrapped: Recorded = {
        let factory = Recorded()
        MetricsSystem.bootstrap(factory)
        return factory
    }()

    private let uses = Mutex<[(label: String, dimensions: [(String, String)])]>([])

    func count(_ label: String, _ kind: String, _ outcome: String? = nil) -> Int {
        uses.withLock { uses in
            uses.count { use in
                use.label == label && use.dimensions.contains { $0 == ("kind", kind) }
                    && (outcome == nil || use.dimensions.contains { $0 == ("outcome", outcome ?? "") })
            }
        }
    }

    private func used(_ label: String, _ dimensions: [(String, String)]) {
        uses.withLock { $0.append((label, dimensions)) }
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        Use { [weak self] in self?.used(label, dimensions) }
    }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        Use { [weak self] in self?.used(label, dimensions) }
    }
    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        Use { [weak self] in self?.used(label, dimensions) }
    }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
}

private final class Use: CounterHandler, TimerHandler, RecorderHandler {
    private let used: @Sendable () -> Void
    init(_ used: @escaping @Sendable () -> Void) { self.used = used }
    func increment(by amount: Int64) { used() }
    func reset() {}
    func recordNanoseconds(_ duration: Int64) { used() }
    func record(_ value: Int64) { used() }
    func record(_ value: Double) { used() }
}

private enum TraceKey: ServiceContextKey { typealias Value = String }

extension ServiceContext {
    fileprivate var trace: String? {
        get { self[TraceKey.self] }
        set { self[TraceKey.self] = newValue }
    }
}

/// A tracer whose trace is the path of span names.
private struct MemoryTracer: Tracer {
    private static let once: Void = InstrumentationSystem.bootstrap(MemoryTracer())
    static func bootstrap() { _ = once }

    func startSpan<Instant: TracerInstant>(
        _ name: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> NoOpTracer.Span {
        var context = context()
        context.trace = (context.trace.map { $0 + "/" } ?? "") + name
        return NoOpTracer.Span(context: context)
    }

    func forceFlush() {}
    func extract<Carrier, Extract>(_ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract)
    where Extract: Extractor, Extract.Carrier == Carrier {
        context.trace = extractor.extract(key: "trace", from: carrier)
    }
    func inject<Carrier, Inject>(_ context: ServiceContext, into carrier: inout Carrier, using injector: Inject)
    where Inject: Injector, Inject.Carrier == Carrier {
        if let trace = context.trace { injector.inject(trace, forKey: "trace", into: &carrier) }
    }
}
