import Foundation
import Hakobi
import HakobiCore
import Synchronization
import Testing

@testable import HakobiPrograms

/// Real programs: each death, each fault, and what is charged with it.
@Suite("The lives of worker programs", .timeLimit(.minutes(3)))
struct LifeTests {
    private static let python = "python3 \(Place.root)/Examples/workers/worker.py"

    @Test func aJobGoesThereAndBack() async throws {
        try await workshop([Self.python]) { shop in
            let payload = Payload(Array(#"{ "a": [1, "ä"] }"#.utf8))
            let settlement = try await shop.run("echo", payload)
            guard case .completed(let result?) = settlement.outcome else { throw Unexpected(settlement.outcome) }
            #expect(JSONObject.canonical(result.bytes) == #"{"a":[1,"ä"]}"#)
            let bytes = Payload([0, 255, 10], codec: .raw)
            let echoed = try await shop.run("echo", bytes).outcome
            #expect(echoed == .completed(result: bytes))
        }
    }

    @Test func followUpsProgressAndCheckpointsGoWithIt() async throws {
        try await workshop([Self.python]) { shop in
            let followed = try await shop.run("follow")
            #expect(followed.followUps.map(\.kind.description) == ["echo"])
            #expect(followed.followUps.first?.metadata == ["trace": "t"])
            let counted = try await shop.run("count")
            #expect(counted.checkpoint == Array(#"{"done": 3}"#.utf8))
            #expect(shop.desk.reports.withLock { $0.compactMap { $0.0?.done } } == [1, 2, 3])
            _ = try await shop.run("talk")
            #expect(shop.book.text.contains("this line is in the log"))
        }
    }

    @Test func jsonThatIsNoneIsHopeless() async throws {
        try await workshop([Self.python]) { shop in
            let outcome = try await shop.run("echo", Payload(Array("{".utf8))).outcome
            guard case .failed(let error, .never) = outcome else { throw Unexpected(outcome) }
            #expect(error.contains("says that it is json, and is not"))
        }
    }

    @Test(arguments: [
        ("die", "SIGKILL", "out of luck"), ("exit", "exit code 1", "why it left"), ("half-line", "SIGKILL", ""),
    ])
    func aDeathIsChargedToTheJobAndTheNextRuns(_ mode: String, _ cause: String, _ words: String) async throws {
        try await workshop([Place.misbehaving(mode)]) { shop in
            for _ in 0..<2 {
                let outcome = try await shop.run().outcome
                guard case .crashed(let death, let error, 3) = outcome else { throw Unexpected(outcome) }
                #expect(
                    death.signal == (cause == "SIGKILL" ? 9 : nil) && error.contains(cause))
                #expect(words.isEmpty || error.contains(words), "\(error)")
            }
        }
    }

    @Test func aDeathIsNoneOfItsNeighboursBusiness() async throws {
        try await workshop([Place.misbehaving("none"), Self.python], slots: 2) { shop in
            let task = Task { try await shop.run("wait") }
            guard case .crashed = try await shop.run("die").outcome else { throw Unexpected(nil) }
            try await shop.completes()
            shop.stop.withLock { $0 = .cancelRequested }
            task.cancel()
            let outcome = try await task.value.outcome
            guard case .cancelled = outcome else { throw Unexpected(outcome) }
        }
    }

    @Test(arguments: [
        ("noise", "no message, \"debugging ...\""), ("oversized", "longer than"), ("wrong-job", "does not have"),
        ("bad-follow-up", "priority 11"), ("close", "ended"),
    ])
    func aFaultFailsTheJobWithASentence(_ mode: String, _ words: String) async throws {
        try await workshop([Place.misbehaving(mode)]) { shop in
            let outcome = try await shop.run().outcome
            if case .crashed(_, let error, _) = outcome, mode == "close" { return #expect(error.contains("SIGTERM")) }
            guard case .failed(let error, .after) = outcome else { throw Unexpected(outcome) }
            #expect(error.contains(words), "\(error)")
            await until { shop.book.text.contains("it is started again") }
            #expect(shop.book.text.contains(words), "\(shop.book.text)")
        }
    }

    @Test func whatItSaysTwiceCountsOnce() async throws {
        try await workshop([Place.misbehaving("twice")]) { shop in
            try await shop.completes()
            await until { shop.book.text.contains("which it does not have") }
            #expect(shop.book.text.contains("which it does not have"))
        }
    }

    @Test func messagesOfTomorrowArePassedOver() async throws {
        try await workshop([Place.misbehaving("unknown")]) { shop in
            try await shop.completes()
            #expect(shop.book.text.contains("type=of-tomorrow"))
        }
    }

    @Test(arguments: ["die-after", "leave-after"])
    func anEndBetweenJobsCostsNone(_ mode: String) async throws {
        try await workshop([Place.misbehaving(mode)]) { shop in
            for _ in 0..<5 { try await shop.completes() }
            #expect(shop.book.text.contains("it is started again"))
        }
    }

    @Test(arguments: [
        ("die-at-start", "no database"), ("slow-start", "did not say hello"), ("noise-at-start", "Hello, world!"),
        ("no-such-program", "exit code 127"),
    ])
    func aProgramThatCannotStartIsToldOf(_ mode: String, _ words: String) async throws {
        let command = mode == "no-such-program" ? mode : Place.misbehaving(mode)
        var limits = ProgramLimits()
        if mode == "slow-start" { limits.start = .seconds(1) }
        let error = await #expect(throws: ProgramFailure.self) { _ = try await Workshop([command], limits: limits) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "-")")
    }

    @Test func aJobThatFindsNoProgramComesAgain() async throws {
        try await workshop([Place.misbehaving("die-after-first-start")]) { shop in
            guard case .crashed = try await shop.run("die").outcome else { throw Unexpected(nil) }
            let outcome = try await shop.run().outcome
            guard case .snoozed(_, let reason?) = outcome else { throw Unexpected(outcome) }
            #expect(reason.contains("not a second time"))
        }
    }

    @Test(arguments: ["hang", "ignore-term", "stop"])
    func oneThatDoesNotAnswerToACancelIsKilled(_ mode: String) async throws {
        let limits = ProgramLimits(cancel: .milliseconds(200), leave: .milliseconds(200))
        try await workshop([Place.misbehaving(mode)], limits: limits) { shop in
            let task = Task { try await shop.run() }
            await until { !shop.folder.read("pid").isEmpty }
            let pid = Int32(shop.folder.read("pid")) ?? 0
            shop.stop.withLock { $0 = .cancelRequested }
            task.cancel()
            let outcome = try await task.value.outcome
            #expect(outcome == .cancelled(reason: "cancel requested"))
            #expect(kill(pid, 0) != 0, "it is dead before its job is settled")
        }
    }

    /// Somebody ends it, or the service manager all at once; a shell in between tells of the signal by an exit code.
    @Test(arguments: [
        (SIGTERM, false), (SIGTERM, true), (SIGINT, false), (SIGHUP, true), (SIGKILL, false), (SIGKILL, true),
    ])
    func oneThatIsEndedDuringADrainCostsNothingIfItWasAskedTo(_ signal: Int32, behindAShell: Bool) async throws {
        let program = Place.misbehaving("note-drain")
        try await workshop([behindAShell ? "sh -c '\(program); exit $?'" : program]) { shop in
            let task = Task { try await shop.run() }
            await until { !shop.folder.read("pid").isEmpty }
            shop.desk.drains.withLock { $0 = true }
            await until { !shop.folder.read("drained").isEmpty }
            kill(try #require(Int32(shop.folder.read("pid"))), signal)
            switch (try await task.value.outcome, signal) {
            case (.snoozed(.zero, let reason?), SIGTERM), (.snoozed(.zero, let reason?), SIGINT),
                (.snoozed(.zero, let reason?), SIGHUP):
                #expect(reason.contains("drained"))
            case (.crashed, SIGKILL): break
            case (let outcome, _): throw Unexpected(outcome)
            }
        }
    }

    /// A heartbeat that it missed while it was told to leave, or a job that it ends then, is no fault.
    @Test func whatItSaysBeforeItLeavesCounts() async throws {
        let shop = try await Workshop([Place.misbehaving("at-the-end")])
        let task = Task { try await shop.run() }
        await until { !shop.folder.read("pid").isEmpty }
        await shop.close()
        let outcome = try await task.value.outcome
        #expect(outcome == .completed(result: nil), "\(shop.book.text)")
    }

    @Test func programsThatAreClosedLeaveTogether() async throws {
        let shop = try await Workshop([Place.misbehaving("leave-together")], slots: 3)
        await shop.close()
        let left = try FileManager.default.contentsOfDirectory(atPath: shop.folder.path).filter {
            $0.hasPrefix("left-")
        }
        #expect(left.count == 3)
    }

    @Test func programsOfOneCommandMustNameTheSameKinds() async throws {
        _ = try await Workshop([Place.misbehaving("other-kinds")]).close()
        let error = await #expect(throws: ProgramFailure.self) {
            _ = try await Workshop([Place.misbehaving("other-kinds")], slots: 2)
        }
        #expect(error?.description.contains("the same kinds") == true)
    }

    @Test func aJobForProgramsThatAreClosedIsPutOff() async throws {
        let shop = try await Workshop([Self.python])
        await shop.close()
        let outcome = try await shop.run("echo").outcome
        guard case .snoozed = outcome else { throw Unexpected(outcome) }
    }

    @Test func oneThatBreaksItsPromiseOfAHeartbeatIsEnded() async throws {
        try await workshop([Place.misbehaving("silent")]) { shop in
            let outcome = try await shop.run().outcome
            guard case .failed(let error, .after) = outcome else { throw Unexpected(outcome) }
            #expect(error.contains("silent for longer"))
        }
    }

    @Test func aCancelReachesTheProgram() async throws {
        try await workshop([Self.python]) { shop in
            let task = Task { try await shop.run("wait") }
            shop.stop.withLock { $0 = .cancelRequested }
            task.cancel()
            let outcome = try await task.value.outcome
            guard case .cancelled = outcome else { throw Unexpected(outcome) }
            try await shop.completes("count")
        }
    }

    /// Most authors answer every cancel alike; a deploy must not lose their jobs.
    @Test(
        arguments: ["stop-cancelled", "stop-failed"], [StopReason.drained, .softLimit(.seconds(9)), .cancelRequested])
    func whatACancelAskedForIsWhatBecomesOfTheJob(_ mode: String, _ reason: StopReason) async throws {
        try await workshop([Place.misbehaving(mode)]) { shop in
            let task = Task { try await shop.run() }
            await until { !shop.folder.read("pid").isEmpty }
            shop.stop.withLock { $0 = reason }
            task.cancel()
            let outcome = try await task.value.outcome
            switch (reason, outcome) {
            case (.drained, .interrupted), (.cancelRequested, .cancelled): break
            case (.softLimit, .failed(let error, .after(let delay))):
                #expect(error.contains("soft time limit") && delay < .seconds(3600), "\(error) \(delay)")
            default: throw Unexpected(outcome)
            }
        }
    }

    @Test func manyJobsAtOnceEachHaveAProgram() async throws {
        try await workshop([Self.python], slots: 3) { shop in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for slot in 0..<3 {
                    group.addTask {
                        for number in 0..<100 {
                            let payload = Payload(Array("\(slot * 1000 + number)".utf8))
                            guard try await shop.run("echo", payload).outcome == .completed(result: payload) else {
                                return false
                            }
                        }
                        return true
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }
}

struct Unexpected: Error, CustomStringConvertible {
    let description: String
    init(_ outcome: Outcome?) { description = "unexpected: \(outcome.map { "\($0)" } ?? "another outcome")" }
}
