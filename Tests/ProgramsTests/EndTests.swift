import Glibc
import Hakobi
import HakobiCore
import Testing

@testable import HakobiPrograms

@Suite("What becomes of a job whose program ended")
struct EndTests {
    private let job = JobIDs.next()

    /// The job in its hands, after what happened to it.
    private func work(cancelled: Bool = false, toldOfDrain: Bool = false) throws -> ProgramState.Work? {
        var state = ProgramState(limits: ProgramLimits(), promised: [], now: .zero)
        try state.hear(.hello(ProgramHello(version: 1, offers: [])), now: .zero)
        _ = state.begin(job, now: .zero)
        if cancelled { _ = state.cancel(job, now: .zero) }
        if toldOfDrain { _ = state.step(now: .zero, isDraining: true, isClosed: false) }
        return state.work
    }

    private func verdict(_ end: ProgramEnd, isDraining: Bool = false) -> any Error {
        end.verdict(on: job, isDraining: isDraining, crashBudget: 3)
    }

    private let killed = CauseOfDeath(signal: SIGKILL)
    private let asked = CauseOfDeath(signal: SIGTERM)

    @Test func aDeathAtWorkIsACrash() throws {
        for cause in [killed, asked, CauseOfDeath(exitCode: 0), CauseOfDeath(exitCode: 143)] {
            let died = verdict(ProgramEnd(cause: cause, errors: "why", work: try work())) as? ProcessDied
            #expect(died?.cause == cause && died?.budget == 3 && died?.error.hasSuffix("why") == true)
        }
    }

    @Test func oneThatItNeverHadIsPutOff() {
        #expect((verdict(ProgramEnd(cause: killed)) as? Snooze)?.delay == .seconds(1))
    }

    @Test func oneThatItNeverReadGoesToTheNext() throws {
        #expect(verdict(ProgramEnd(cause: killed, isUnread: true, work: try work())) is ProgramJob.Unread)
        // What it has not read may be the word of the drain.
        let told = ProgramEnd(cause: killed, isUnread: true, work: try work(toldOfDrain: true))
        #expect(verdict(told) is ProcessDied)
    }

    @Test func aFaultFailsIt() throws {
        let failure = verdict(ProgramEnd(cause: killed, fault: "it lied", work: try work())) as? ProgramFailure
        #expect(failure?.description.contains("it lied") == true)
        // Its guard died: nobody knows of what.
        #expect(verdict(ProgramEnd(work: try work())) is ProgramFailure)
    }

    /// The engine knows what the cancel asked for, and makes it of any failure.
    @Test func afterACancelItIsAFailure() throws {
        #expect(verdict(ProgramEnd(cause: killed, work: try work(cancelled: true))) is ProgramFailure)
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
    func whoWasAskedToLeaveDuringADrainGivesItBack(_ signal: Int32) throws {
        for cause in [CauseOfDeath(signal: signal), CauseOfDeath(exitCode: 128 + signal)] {
            let end = ProgramEnd(cause: cause, work: try work(toldOfDrain: true))
            #expect((verdict(end, isDraining: true) as? Snooze)?.delay == .zero)
            #expect(verdict(end) is ProcessDied)
        }
    }

    @Test func whoWasKilledDuringADrainIsCharged() throws {
        for cause in [killed, CauseOfDeath(exitCode: 137), CauseOfDeath(exitCode: 1)] {
            #expect(verdict(ProgramEnd(cause: cause, work: try work()), isDraining: true) is ProcessDied)
        }
    }
}
