import Hakobi
import Logging
import Testing

@testable import HakobiPrograms

@Suite("What a worker program may say, and what it owes")
struct StateTests {
    private let job: JobID
    private let other: JobID
    private let hello: ProgramMessage

    init() throws {
        (job, other) = (JobIDs.next(), JobIDs.next())
        hello = .hello(ProgramHello(version: 1, offers: [.init(kind: try Kind("a"), limits: TimeLimits())]))
    }

    private func state(promised: [Kind] = []) -> ProgramState {
        ProgramState(limits: ProgramLimits(), promised: promised, now: .zero)
    }

    @Test func aLifeGoesFromHelloToOutcome() throws {
        var state = state()
        let early = state.begin(job, now: .zero)
        try state.hear(hello, now: .zero)
        let ready = state.begin(job, now: .zero)
        #expect(!early && ready && state.phase == .busy(job))
        try state.hear(.progress(job, nil, checkpoint: nil), now: .zero)
        try state.hear(.outcome(job, .completed(nil)), now: .zero)
        #expect(state.phase == .idle && state.jobsDone == 1 && state.deadline == nil)
    }

    @Test func whatIsOutOfPlaceIsAFault() throws {
        var state = state()
        #expect(throws: ProgramFault.self) { try state.hear(.outcome(job, .completed(nil)), now: .zero) }
        try state.hear(.log(.info, "starting", fields: [:]), now: .zero)
        try state.hear(hello, now: .zero)
        #expect(throws: ProgramFault("it said hello twice")) { try state.hear(hello, now: .zero) }
        #expect(throws: ProgramFault.self) { try state.hear(.outcome(job, .completed(nil)), now: .zero) }
        _ = state.begin(job, now: .zero)
        #expect(throws: ProgramFault.self) { try state.hear(.progress(other, nil, checkpoint: nil), now: .zero) }
        try state.hear(.unknown("of-tomorrow"), now: .zero)
        #expect(state.phase == .busy(job))
    }

    @Test func aLaterLifeMustHandleWhatTheFirstPromised() throws {
        var state = state(promised: [try Kind("a"), try Kind("b")])
        let fault = #expect(throws: ProgramFault.self) { try state.hear(hello, now: .zero) }
        #expect(fault?.description.contains("\"b\"") == true)
    }

    @Test func itOwesAHelloAndAnAnswerToACancel() throws {
        var state = state()
        #expect(state.deadline == .seconds(25) && state.fault(at: .seconds(24)) == nil)
        #expect(state.fault(at: .seconds(25))?.description.contains("hello") == true)
        try state.hear(hello, now: .seconds(1))
        _ = state.begin(job, now: .seconds(2))
        #expect(state.deadline == nil)
        let cancels = [
            state.cancel(other, now: .seconds(3)), state.cancel(job, now: .seconds(3)),
            state.cancel(job, now: .seconds(4)),
        ]
        #expect(cancels == [false, true, false])
        #expect(state.fault(at: .seconds(7)) == nil && state.fault(at: .seconds(8)) != nil)
        try state.hear(.outcome(job, .cancelled(reason: nil)), now: .seconds(5))
        #expect(state.deadline == nil && state.fault(at: .seconds(100)) == nil)
    }

    @Test func whoIsToGoIsGivenAndOwesNothing() throws {
        var state = state()
        state.leave()
        #expect(state.deadline == nil && state.fault(at: .seconds(100)) == nil)
        let begins = state.begin(job, now: .zero)
        #expect(!begins)
    }

    @Test func aHeartbeatThatWasPromisedIsOwedWhileItHasAJob() throws {
        var state = state()
        let offers = [ProgramHello.Offer(kind: try Kind("a"), limits: TimeLimits())]
        try state.hear(.hello(ProgramHello(version: 1, offers: offers, heartbeat: .seconds(2))), now: .zero)
        #expect(state.deadline == nil)
        _ = state.begin(job, now: .seconds(10))
        try state.hear(.heartbeat, now: .seconds(11))
        #expect(state.deadline == .seconds(13) && state.fault(at: .seconds(13)) != nil)
    }

    @Test func startsAreDelayedMoreAndMoreUntilALifeWasOfUse() {
        var pace = RestartPace()
        pace.ended(jobsDone: 3, isNormal: true)
        #expect(pace.delay == .zero)
        var delays: [Duration] = []
        for _ in 0..<10 {
            pace.ended(jobsDone: 0, isNormal: false)
            delays.append(pace.delay)
        }
        #expect(delays.prefix(3) == [.milliseconds(100), .milliseconds(200), .milliseconds(400)])
        #expect(delays.last == .seconds(30))
        pace.ended(jobsDone: 1, isNormal: false)
        #expect(pace.delay == .milliseconds(100))
        pace.ended(jobsDone: 0, isNormal: true)
        #expect(pace.delay > .zero)
    }
}
