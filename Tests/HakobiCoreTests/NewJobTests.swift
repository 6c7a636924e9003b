import HakobiCore
import Testing

@Suite("New jobs")
struct NewJobTests {
    private func job(_ shape: (inout NewJob) -> Void) throws -> NewJob {
        var job = NewJob(id: JobID(high: 1, low: 2), kind: try Kind("work"), payload: Payload([1, 2, 3]))
        shape(&job)
        return job
    }

    @Test("defaults are those of the table")
    func defaults() throws {
        let job = try job { _ in }
        #expect(job.queue == .default)
        #expect(job.priority == Defaults.priority)
        #expect(job.maxFailures == Defaults.maxFailures)
        #expect(job.due == .now)
        #expect(job.refusal(maxPayloadBytes: Defaults.maxPayloadBytes) == nil)
    }

    @Test("values at their limits are accepted")
    func limits() throws {
        for priority in 0...9 { #expect(try job { $0.priority = priority }.refusal(maxPayloadBytes: 3) == nil) }
        #expect(try job { $0.maxFailures = 1 }.refusal(maxPayloadBytes: 3) == nil)
        #expect(try job { $0.due = .after(.zero) }.refusal(maxPayloadBytes: 3) == nil)
        #expect(try job { $0.due = .at(Timestamp(microseconds: .min)) }.refusal(maxPayloadBytes: 3) == nil)
    }

    @Test("a refusal is a sentence that names the value and the range")
    func refusals() throws {
        let cases: [(NewJob, String)] = [
            (try job { $0.priority = 10 }, "priority 10 is outside 0...9"),
            (try job { $0.priority = -1 }, "priority -1 is outside 0...9"),
            (try job { $0.maxFailures = 0 }, "max failures 0 is below 1"),
            (try job { $0.due = .after(.seconds(-5)) }, "delay -5.0 seconds is negative"),
        ]
        for (job, sentence) in cases {
            #expect(job.refusal(maxPayloadBytes: 3)?.description == sentence)
        }
    }

    @Test("a payload over the limit is refused with both numbers and a way out")
    func payload() throws {
        let refusal = try job { _ in }.refusal(maxPayloadBytes: 2)
        #expect(refusal == .payloadTooLarge(bytes: 3, limit: 2))
        let text = refusal?.description ?? ""
        #expect(text.contains("3 bytes") && text.contains("at most 2") && text.contains("enqueue its name"))
    }

    @Test("other refusals say who is in the way")
    func others() {
        let id = JobID(high: 0, low: 7)
        #expect(Refusal.uniqueKeyTaken(by: id).description == "the unique key is taken by job \(id)")
        #expect(Refusal.unsupported("no delays here").description == "no delays here")
    }

    @Test("outcomes keep the words that history stores")
    func outcomeNames() {
        let cause = CauseOfDeath(signal: 9)
        let outcomes: [Outcome] = [
            .completed(result: nil), .failed(error: "", .never), .snoozed(.zero, reason: nil), .cancelled(reason: nil),
            .interrupted(reason: nil), .returned, .crashed(cause, error: "", budget: 2), .suspected(cause, error: ""),
            .settledByHandler(otherwise: .never),
        ]
        #expect(
            outcomes.map(\.name) == [
                "completed", "failed", "snoozed", "cancelled", "interrupted", "returned", "crashed", "suspected",
                "failed",
            ])
    }
}
