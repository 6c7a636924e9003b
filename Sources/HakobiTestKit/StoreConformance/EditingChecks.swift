internal import HakobiCore

extension StoreConformance {
    static let editing: [Check] = [
        Check("a retried dead job is due now, with its counters at zero and its history") { fixture in
            let id = try await fixture.ended(.crashed(CauseOfDeath(signal: 9), error: "died", budget: 9))
            try await fixture.end(fixture.claimOne().lease, .failed(error: "no", .never))
            try await expect("the receipt", fixture.retry(id), is: .done)
            let record = try await fixture.record(id)
            try expect("the state", record.state, is: .available)
            try expect("the failures", record.failures, is: 0)
            try expect("the crashes", record.crashes, is: 0)
            try expect("the end", record.finishedAt, is: nil)
            try expect("lines of history", record.history.count, is: 2)
            try await expect("claimed", fixture.claimOne().lease.job, is: id)
        },
        Check("a retried cancelled job is available again") { fixture in
            let id = try await fixture.add { $0.due = .after(.seconds(600)) }
            _ = try await fixture.cancel(id)
            try await expect("the receipt", fixture.retry(id), is: .done)
            try await expect("claimed", fixture.claim().map(\.lease.job), is: [id])
        },
        Check("a retried waiting job is due now") { fixture in
            let id = try await fixture.add { $0.due = .after(.seconds(600)) }
            try await expect("the receipt", fixture.retry(id), is: .done)
            try await expect("claimed", fixture.claim().map(\.lease.job), is: [id])
        },
        Check("running and completed jobs cannot be retried") { fixture in
            let done = try await fixture.ended(.completed(result: nil))
            let running = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            try await expect("a completed one", fixture.retry(done), is: .refused(.completed))
            try await expect("a running one", fixture.retry(running), is: .refused(.running))
            try await expect("an unknown one", fixture.retry(fixture.nextID()), is: .notFound)
            try await fixture.end(lease, .completed(result: nil))
        },
        Check("a retry is refused while another live job has the unique key") { fixture in
            let unique = UniqueKey(try JobKey("u"))
            let dead = try await fixture.ended(.failed(error: "no", .never)) { $0.uniqueKey = unique }
            let live = try await fixture.add { $0.uniqueKey = unique }
            try await expect("while taken", fixture.retry(dead), is: .refused(.dead))
            try await expect("the dead one", fixture.state(dead), is: .dead)
            _ = try await fixture.cancel(live)
            try await expect("once free", fixture.retry(dead), is: .done)
        },
        Check("a retried job holds its unique key again") { fixture in
            let unique = UniqueKey(try JobKey("u"))
            let dead = try await fixture.ended(.failed(error: "no", .never)) { $0.uniqueKey = unique }
            _ = try await fixture.retry(dead)
            let newcomer = try fixture.job { $0.uniqueKey = unique }
            try await expect("the newcomer", fixture.insert(newcomer), is: .existing(dead))
        },
        Check("a deleted job is gone") { fixture in
            let ids = try await [
                fixture.ended(.failed(error: "no", .never)), fixture.ended(.completed(result: nil)), fixture.add(),
            ]
            try await expect("the receipts", fixture.editor.delete(ids), is: [.done, .done, .done])
            for id in ids { try await expect("the job", fixture.reader.job(id), is: nil) }
            try await expect("claimed", fixture.claim(5), is: [])
            try await expect("deleted again", fixture.delete(ids[0]), is: .notFound)
        },
        Check("a deleted job's id may be used again, without its history") { fixture in
            let id = try await fixture.ended(.failed(error: "no", .never))
            _ = try await fixture.delete(id)
            let again = try fixture.job()
            let same = NewJob(id: id, kind: again.kind, payload: again.payload)
            try await expect("the insert", fixture.insert(same), is: .inserted)
            try await expect("the history", fixture.record(id).history, is: [])
        },
        Check("a running job cannot be deleted") { fixture in
            let id = try await fixture.add()
            let lease = try await fixture.claimOne().lease
            try await expect("the receipt", fixture.delete(id), is: .refused(.running))
            try await fixture.end(lease, .completed(result: nil))
        },
        Check("edits stand alone, and receipts keep the order") { fixture in
            let dead = try await fixture.ended(.failed(error: "no", .never))
            let done = try await fixture.ended(.completed(result: nil))
            let ids = [fixture.nextID(), dead, done, dead]
            try await expect(
                "the receipts", fixture.editor.retry(ids), is: [.notFound, .done, .refused(.completed), .done])
        },
    ]
}
