internal import HakobiCore

extension StoreConformance {
    static let rescue: [Check] = [
        Check("a lease is rescued when its time is over, and not before") { fixture in
            let id = try await fixture.add()
            let lease = try await fixture.claimOne(lease: .seconds(60)).lease
            try await fixture.advance(by: .seconds(55))
            try await expect("rescued at 55 s of 60", fixture.rescueExpired(), is: [])
            try await fixture.advance(by: .seconds(5))
            try await expect("rescued at 60 s", fixture.rescueExpired().map(\.lease), is: [lease])
            let record = try await fixture.record(id)
            try expect("the state", record.state, is: .available)
            try expect("the owner", record.owner, is: nil)
            try await expect("rescued again", fixture.rescueExpired(), is: [])
        },
        Check("after a rescue the old lease opens nothing") { fixture in
            let id = try await fixture.add()
            let lease = try await fixture.claimOne(lease: .seconds(1)).lease
            try await fixture.advance(by: .seconds(2))
            _ = try await fixture.rescueExpired()
            let before = try await fixture.record(id)
            try await expect("the renewal", fixture.renew(Renewal(lease, extend: .seconds(60))), is: .lost)
            try await expect("the settlement", fixture.settle(lease, .completed(result: nil)), is: .lost)
            try await expect("the job", fixture.record(id), is: before)
        },
        Check("an owner's rescue takes its leases and nobody else's") { fixture in
            let ids = try await [fixture.add(), fixture.add()]
            _ = try await fixture.claimOne(by: .first)
            let other = try await fixture.claimOne(by: .second)
            let rescued = try await fixture.store.rescue(Rescue(.owner(.first, running: nil)))
            try expect("rescued", rescued.map(\.lease.job), is: [ids[0]])
            try expect("the owner rescued from", rescued.map(\.lease.owner), is: [.first])
            try await fixture.end(other.lease, .completed(result: nil))
        },
        Check("what a dead owner had not started goes back without a trace") { fixture in
            let started = try await fixture.add()
            let waiting = try await fixture.add()
            _ = try await fixture.claim(2)
            let rescued = try await fixture.store.rescue(Rescue(.owner(.first, running: [started])))
            let verdict = rescued.first { $0.lease.job == waiting }?.verdict
            try expect("the verdict", verdict, is: .returned)
            let record = try await fixture.record(waiting)
            try expect("the state", record.state, is: .available)
            try expect("the history", record.history, is: [])
            try expect(!record.isSuspect && record.crashes == 0, "it was charged or suspected")
        },
        Check("a dead owner's only started job is charged a crash") { fixture in
            let started = try await fixture.add()
            _ = try await fixture.add()
            _ = try await fixture.claim(2)
            let rescued = try await fixture.store.rescue(Rescue(.owner(.first, running: [started])))
            try expect("the verdict", rescued.first { $0.lease.job == started }?.verdict, is: .crashed)
            let record = try await fixture.record(started)
            try expect("the crashes", record.crashes, is: 1)
            try expect(!record.isSuspect, "it is a suspect although nobody else can have done it")
        },
        Check("of several started jobs each becomes a suspect, uncharged") { fixture in
            let ids = try await [fixture.add(), fixture.add(), fixture.add()]
            _ = try await fixture.claim(3)
            let rescued = try await fixture.store.rescue(Rescue(.owner(.first, running: [ids[0], ids[2]])))
            let verdicts = ids.map { id in rescued.first { $0.lease.job == id }?.verdict }
            try expect("the verdicts", verdicts, is: [.suspected, .returned, .suspected])
            let record = try await fixture.record(ids[0])
            try expect(record.isSuspect && record.crashes == 0, "a suspect is charged, or none")
        },
        Check("when nobody knows what had started, all are suspects and none is charged") { fixture in
            _ = try await [fixture.add(), fixture.add()]
            _ = try await fixture.claim(2, by: .first)
            let several = try await fixture.store.rescue(Rescue(.owner(.first, running: nil)))
            try expect("the verdicts on two", several.map(\.verdict), is: [.suspected, .suspected])
            let id = try await fixture.add()
            _ = try await fixture.claimOne(by: .second)
            let alone = try await fixture.store.rescue(Rescue(.owner(.second, running: nil)))
            try expect("the verdict on one", alone.map(\.verdict), is: [.suspected])
            try await expect("its crashes", fixture.record(id).crashes, is: 0)
            try await expect("claimed alone", fixture.claimSuspect().isSuspect, is: true)
        },
        Check("the only started job is dead when that spends its crash budget") { fixture in
            let id = try await fixture.add()
            _ = try await fixture.claimOne()
            let request = Rescue(.owner(.first, running: [id]), crashBudget: 1)
            try await expect("the verdict", fixture.store.rescue(request).map(\.verdict), is: [.dead])
            let record = try await fixture.record(id)
            try expect("the state", record.state, is: .dead)
            try expect(record.finishedAt != nil, "a dead job has no end")
        },
        Check("a suspect that is rescued is charged for both crashes") { fixture in
            let id = try await fixture.suspect()
            let other = try await fixture.add()
            _ = try await fixture.claim(1, lonely: 1)
            let rescued = try await fixture.store.rescue(Rescue(.owner(.first, running: [id, other])))
            try expect("the verdict", rescued.first { $0.lease.job == id }?.verdict, is: .dead)
            try await expect("the crashes", fixture.record(id).crashes, is: 2)
        },
        Check("what a claim took without an answer goes back without a trace, and nothing that is held") { fixture in
            let held = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            let lost = try await [fixture.add(), fixture.add()]
            _ = try await fixture.leases(2)
            _ = try await fixture.add()
            let other = try await fixture.claimOne(by: .second).lease
            let request = Rescue(.unanswered(.first, held: [held]))
            let rescued = try await fixture.store.rescue(request)
            try expect("given back", rescued.map(\.lease.job), is: lost)
            try expect("the verdicts", rescued.map(\.verdict), is: [.returned, .returned])
            try await expect("given back again", fixture.store.rescue(request), is: [])
            let record = try await fixture.record(lost[0])
            try expect("the state", record.state, is: .available)
            try expect("the history", record.history, is: [])
            let isCharged = record.isSuspect || record.crashes > 0 || record.failures > 0
            try expect(!isCharged, "it was charged or suspected")
            try await expect("claimed again", fixture.claim(9).map(\.lease.attempt), is: [2, 2])
            try await fixture.end(lease, .completed(result: nil))
            try await fixture.end(other, .completed(result: nil))
        },
        Check("a suspect that a claim took without an answer stays one, uncharged") { fixture in
            let id = try await fixture.suspect()
            _ = try await fixture.claimSuspect()
            let rescued = try await fixture.store.rescue(Rescue(.unanswered(.first, held: [])))
            try expect("the verdicts", rescued.map(\.verdict), is: [.returned])
            try await expect("the crashes", fixture.record(id).crashes, is: 0)
            try await expect("claimed alone", fixture.claimSuspect().lease.job, is: id)
        },
        Check("what was taken without an answer comes back by the limit, whatever is held") { fixture in
            for _ in 0..<5 { _ = try await fixture.add() }
            let held = try await Set(fixture.leases(5).prefix(2).map(\.job))
            let request = Rescue(.unanswered(.first, held: held), limit: 2)
            var counts: [Int] = []
            for _ in 0..<3 { try await counts.append(fixture.store.rescue(request).count) }
            try expect("the counts", counts, is: [2, 1, 0])
        },
        Check("a rescue of a started job leaves a line of history that says why") { fixture in
            let id = try await fixture.add()
            _ = try await fixture.claimOne(lease: .seconds(1))
            try await fixture.advance(by: .seconds(2))
            _ = try await fixture.rescueExpired()
            let history = try await fixture.record(id).history
            try expect("the outcomes", history.map(\.outcome), is: ["rescued"])
            try expect("the attempts", history.map(\.attempt), is: [1])
            try expect(history.first?.error?.isEmpty == false, "it does not say why")
        },
        Check("a rescue takes no more than its limit, and all when repeated") { fixture in
            for _ in 0..<5 { _ = try await fixture.add() }
            _ = try await fixture.claim(5, lease: .seconds(1))
            try await fixture.advance(by: .seconds(2))
            var counts: [Int] = []
            for _ in 0..<4 { try await counts.append(fixture.rescueExpired(limit: 2).count) }
            try expect("the counts", counts, is: [2, 2, 1, 0])
        },
        Check("a rescued job is due at once, one attempt on") { fixture in
            let id = try await fixture.add()
            _ = try await fixture.claimOne(lease: .seconds(1))
            try await fixture.advance(by: .seconds(2))
            _ = try await fixture.rescueExpired()
            let next = try await fixture.claimSuspect(by: .second)
            try expect("the job", next.lease.job, is: id)
            try expect("the attempt", next.lease.attempt, is: 2)
        },
    ]
}
