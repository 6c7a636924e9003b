import HakobiCore
import Logging
import ServiceContextModule
import Tracing

/// What a job takes along from where it is enqueued, in its metadata: the trace, and the id of the request.
///
/// The request's id is what the task's logger (`withLogger` of swift-log) has under its name, which any web framework's
/// middleware can put there. A job's logger shows it, and is its task's: so it goes on to the jobs that a job enqueues.
enum Origin {
    /// The name of a request's id, on loggers and in metadata.
    static let requestID = "request-id"

    /// What is known of the calling task; empty outside of a request, without a trace or a tracer.
    static func current() -> [String: String] {
        var metadata: [String: String] = [:]
        if let context = ServiceContext.current {
            InstrumentationSystem.instrument.inject(context, into: &metadata, using: MetadataCarrier())
        }
        if let id = Logger.current[metadataKey: requestID]?.description, isSane(id) { metadata[requestID] = id }
        return metadata
    }

    /// Nothing that could make a store refuse the job: it is worth more than a strange id.
    private static func isSane(_ id: String) -> Bool {
        (1...200).contains(id.utf8.count) && id.utf8.allSatisfy { (0x21...0x7E).contains($0) }
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
