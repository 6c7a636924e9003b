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
        #expect(!early && state.isIdle && state.isAtRest)
        let ready = state.begin(job, now: .zero)
        #expect(ready && state.work?.job == job && !state.isIdle && !state.isAtRest)
        try state.hear(.progress(job, nil, checkpoint: nil), now: .zero)
        try state.hear(.outcome(job, .completed(nil)), now: .zero)
        #expect(state.isIdle && state.isAtRest && state.jobsDone == 1 && state.deadline == nil)
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
        #expect(state.work?.job == job)
    }

    @Test func aLaterLifeMustHandleWhatTheFirstPromised() throws {
        var state = state(promised: [try Kind("a"), try Kind("b")])
        let fault = #expect(throws: ProgramFault.self) { try state.hear(hello, now: .zero) }
        #expect(fault?.description.contains("\"b\"") == true)
    }

    /// What the state wants done, with nobody draining or closing.
    private func step(_ state: inout ProgramState, at seconds: Int) -> [ProgramState.Action] {
        state.step(now: .seconds(seconds), isDraining: false, isClosed: false)
    }

    @Test func itOwesAHello() {
        var state = state()
        #expect(state.deadline == .seconds(25))
        let early = step(&state, at: 24)
        #expect(early.isEmpty && state.fault == nil)
        let late = step(&state, at: 25)
        #expect(late == [.terminate] && state.fault?.description.contains("hello") == true && !state.isHeard)
    }

    @Test func itOwesAnAnswerToACancel() throws {
        var state = state()
        try state.hear(hello, now: .seconds(1))
        _ = state.begin(job, now: .seconds(2))
        #expect(state.deadline == nil)
        let cancels = [
            state.cancel(other, now: .seconds(3)), state.cancel(job, now: .seconds(3)),
            state.cancel(job, now: .seconds(4)),
        ]
        #expect(cancels == [false, true, false] && state.deadline == .seconds(8))
        var answering = state
        try answering.hear(.outcome(job, .cancelled(reason: nil)), now: .seconds(5))
        #expect(answering.deadline == nil)
        let none = step(&answering, at: 100)
        #expect(none.isEmpty && answering.fault == nil)
        let actions = [step(&state, at: 7), step(&state, at: 8), step(&state, at: 9), step(&state, at: 10)]
        #expect(actions == [[], [.terminate], [], [.kill]])
        #expect(state.fault?.description.contains("did not answer") == true && state.deadline == nil)
    }

    @Test func whoIsToGoIsGivenAndOwesNothingAndIsMadeTo() throws {
        var state = state()
        try state.hear(hello, now: .zero)
        let first = state.step(now: .zero, isDraining: false, isClosed: true)
        let begins = state.begin(job, now: .zero)
        #expect(first == [.closeInput] && !begins && !state.isIdle && state.isAtRest)
        #expect(state.deadline == .milliseconds(1500))
        let actions = (1...4).map { state.step(now: .seconds($0), isDraining: false, isClosed: true) }
        #expect(actions == [[], [.terminate], [], [.kill]] && state.deadline == nil && state.fault == nil)
    }

    /// The job that it has when it is to go may still end well.
    @Test func anOutcomeOfOneThatIsToGoCounts() throws {
        var state = state()
        try state.hear(hello, now: .zero)
        _ = state.begin(job, now: .zero)
        _ = state.step(now: .zero, isDraining: false, isClosed: true)
        let isTold = state.cancel(job, now: .zero)
        try state.hear(.outcome(job, .completed(nil)), now: .seconds(1))
        #expect(!isTold && state.work == nil && state.jobsDone == 1 && state.fault == nil)
    }

    @Test func whoClosedItsEndIsNotHeardAndGoes() throws {
        var state = state()
        try state.hear(hello, now: .zero)
        state.closed(isUnread: true, now: .seconds(1))
        #expect(!state.isHeard && state.isUnread && state.fault == nil)
        let actions = (1...5).map { step(&state, at: $0) }
        #expect(actions == [[], [], [.terminate], [], [.kill]])
    }

    /// A fault cuts what time it had left, and begins nothing anew.
    @Test func aFaultOfOneThatIsToGoEndsItAtOnce() {
        var state = state()
        state.closed(isUnread: false, now: .zero)
        state.dismiss(ProgramFault("it did"), now: .seconds(1))
        let first = step(&state, at: 1)
        state.dismiss(ProgramFault("it did more"), now: .seconds(2))
        let rest = [step(&state, at: 2), step(&state, at: 3), step(&state, at: 4)]
        #expect(first == [.terminate] && rest == [[], [.kill], []] && !state.isAtRest)
    }

    @Test func itIsToldOfADrainOnceInEachJob() throws {
        var state = state()
        func drain() -> [ProgramState.Action] { state.step(now: .zero, isDraining: true, isClosed: false) }
        try state.hear(hello, now: .zero)
        var told = [drain()]
        for _ in 0..<2 {
            _ = state.begin(job, now: .zero)
            told += [drain(), drain()]
            try state.hear(.outcome(job, .completed(nil)), now: .zero)
        }
        #expect(told == [[], [.tellOfDrain], [], [.tellOfDrain], []])
    }

    @Test func aHeartbeatThatWasPromisedIsOwedWhileItHasAJob() throws {
        var state = state()
        let offers = [ProgramHello.Offer(kind: try Kind("a"), limits: TimeLimits())]
        try state.hear(.hello(ProgramHello(version: 1, offers: offers, heartbeat: .seconds(2))), now: .zero)
        #expect(state.deadline == nil)
        _ = state.begin(job, now: .seconds(10))
        try state.hear(.heartbeat, now: .seconds(11))
        #expect(state.deadline == .seconds(13))
        let actions = step(&state, at: 13)
        #expect(actions == [.terminate] && state.fault?.description.contains("silent") == true)
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
