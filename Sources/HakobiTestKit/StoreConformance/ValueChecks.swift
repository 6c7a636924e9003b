internal import HakobiCore

extension StoreConformance {
    static let values: [Check] = [
        Check("a job comes back with the values it was given") { fixture in
            let job = try fixture.job("résumé → 'x\"; -- %") {
                $0.queue = try QueueName("mail:eu/west.1_a-b")
                $0.priority = 7
                $0.maxFailures = 3
                $0.limits = TimeLimits(soft: .milliseconds(1500), hard: .seconds(90))
                $0.metadata = ["traceparent": "00-ab", "": "empty", "line\nbreak": "🚚 \u{301}"]
                $0.idempotencyKey = IdempotencyKey(try JobKey("key'1"))
                $0.uniqueKey = UniqueKey(try JobKey("key\"2"))
            }
            try await expect("the insert", fixture.insert(job), is: .inserted)
            let record = try await fixture.record(job.id)
            try expect("the kind", record.kind, is: job.kind)
            try expect("the queue", record.queue, is: job.queue)
            try expect("the priority", record.priority, is: 7)
            try expect("max failures", record.maxFailures, is: 3)
            try expect("the limits", record.limits, is: job.limits)
            try expect("the metadata", record.metadata, is: job.metadata)
            try expect("the idempotency key", record.idempotencyKey, is: job.idempotencyKey?.key)
            try expect("the unique key", record.uniqueKey, is: job.uniqueKey?.key)
        },
        Check("a payload of no bytes comes back as no bytes") { fixture in
            let id = try await fixture.add { $0.payload = Payload([]) }
            try await expect("the payload", fixture.record(id).payload, is: Payload([]))
            try await expect("the claimed payload", fixture.claimOne().payload, is: Payload([]))
        },
        Check("a payload of exactly the limit comes back byte by byte") { fixture in
            _ = try await fixture.add { $0.payload = Payload(mebibyte, codec: .raw) }
            let bytes = try await fixture.claimOne().payload.bytes
            try expect(bytes == mebibyte, "the bytes differ (\(bytes.count) came back)")
        },
        Check("payload bytes that are no text come back with their codec and version") { fixture in
            let payload = Payload([0xFF, 0x00, 0xC3, 0x28, 0x0A, 0x00], codec: .init(rawValue: "msgpack"), version: 7)
            let id = try await fixture.add { $0.payload = payload }
            try await expect("the payload", fixture.record(id).payload, is: payload)
            try await expect("the claimed payload", fixture.claimOne().payload, is: payload)
        },
        Check("a payload over the limit is refused with its size and the limit") { fixture in
            let limit = Defaults.maxPayloadBytes
            let job = try fixture.job { $0.payload = Payload([UInt8](repeating: 1, count: limit + 1)) }
            let refusal = Refusal.payloadTooLarge(bytes: limit + 1, limit: limit)
            try await expect("the answer", fixture.insert(job), is: .refused(refusal))
            try await expect("the refused job", fixture.reader.job(job.id), is: nil)
        },
        Check("a claimed job brings all that is needed to run it") { fixture in
            let job = try fixture.job {
                $0.queue = try QueueName("mail")
                $0.priority = 2
                $0.maxFailures = 4
                $0.limits = TimeLimits(soft: .seconds(1), hard: nil)
                $0.metadata = ["a": "b"]
            }
            try await expect("the insert", fixture.insert(job), is: .inserted)
            let stored = try await fixture.record(job.id)
            let claimed = try await fixture.claimOne()
            try expect("the lease", claimed.lease.job, is: job.id)
            try expect("the owner", claimed.lease.owner, is: .first)
            try expect("the kind", claimed.kind, is: job.kind)
            try expect("the queue", claimed.queue, is: job.queue)
            try expect("the payload", claimed.payload, is: job.payload)
            try expect("the priority", claimed.priority, is: 2)
            try expect("max failures", claimed.maxFailures, is: 4)
            try expect("the limits", claimed.limits, is: job.limits)
            try expect("the metadata", claimed.metadata, is: ["a": "b"])
            try expect("the creation", claimed.createdAt, is: stored.createdAt)
            try expect("the due time", claimed.dueAt, is: stored.dueAt)
            try expect(claimed.claimedAt >= stored.createdAt, "claimed at \(claimed.claimedAt), before it was created")
        },
    ]
}

/// As many bytes as a payload may have, of all values; made once, because making them is what takes the time.
private let mebibyte = (0..<Defaults.maxPayloadBytes).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
