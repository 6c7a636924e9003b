import ServiceContextModule
import Tracing

/// A trace on its way through a job's metadata.
enum TraceHeaders {
    /// The calling task's trace as metadata; empty without a trace or a tracer.
    static func current() -> [String: String] {
        guard let context = ServiceContext.current else { return [:] }
        var headers: [String: String] = [:]
        InstrumentationSystem.instrument.inject(context, into: &headers, using: MetadataCarrier())
        return headers
    }
}

/// Reads and writes trace headers in a job's metadata.
struct MetadataCarrier: Extractor, Injector {
    init() {}
    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
        carrier[key] = value
    }
}
