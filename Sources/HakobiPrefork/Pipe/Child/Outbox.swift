import Glibc
import Hakobi
import HakobiCore
import Synchronization

/// What a child has to say, gathered: whatever came together while the last write was under way goes in the next one.
final class Outbox: Sendable {
    private struct State: Sendable {
        /// Whole frames, ready to go.
        var frames = ByteWriter()
        var sent = 0
        /// The elements of an outcomes frame that is not closed yet.
        var outcomes = ByteWriter()
        var outcomeCount: UInt32 = 0
        /// The last news of each job that has any: who reports in a tight loop fills no memory.
        var news: [Ticket: TicketNews] = [:]

        var hasMore: Bool { sent < frames.count || outcomeCount > 0 }
    }

    private let state = Mutex(State())
    private let descriptor: Int32
    private let bell: ThreadBell
    /// An outcomes frame is closed at this size; the frame limit is far above it.
    private static let fullFrame = 1 << 20

    init(_ descriptor: Int32, bell: ThreadBell) {
        self.descriptor = descriptor
        self.bell = bell
    }

    /// Adds an outcome. `now`: nobody else is working, so it is written at once by whoever brings it; otherwise it waits
    /// for the writing thread, and for company.
    func add(_ ended: TicketOutcome, now: Bool) {
        let mustRing = state.withLock { state in
            let wasEmpty = !state.hasMore
            Self.closeNews(of: ended.ticket, &state)
            Self.append(ended, &state)
            if state.outcomes.count >= Self.fullFrame { Self.closeOutcomes(&state) }
            guard now else { return wasEmpty }
            write(&state)
            return state.hasMore
        }
        if mustRing { bell.ring() }
    }

    private static func append(_ ended: TicketOutcome, _ state: inout State) {
        let start = state.outcomes.count
        state.outcomes.put(ended)
        let size = state.outcomes.count - start
        if size > PipeProtocol.maxFrame / 2 {
            state.outcomes.cut(to: start)
            let error =
                "the outcome with its follow-ups takes \(size) bytes; at most \(PipeProtocol.maxFrame / 2) can be carried"
            state.outcomes.put(
                TicketOutcome(ticket: ended.ticket, outcome: .failed(error: error, .never), ran: ended.ran))
        }
        state.outcomeCount += 1
    }

    /// Keeps the last word about a running job, to go out with the next `flushNews`.
    /// `true` when it is the first, and the writing thread must hear of it.
    func add(_ news: TicketNews) -> Bool {
        state.withLock { state in
            let isFirst = state.news.isEmpty
            let old = state.news[news.ticket]
            state.news[news.ticket] = TicketNews(
                ticket: news.ticket, progress: news.progress ?? old?.progress,
                checkpoint: news.checkpoint ?? old?.checkpoint)
            return isFirst
        }
    }

    var hasNews: Bool { state.withLock { !$0.news.isEmpty } }

    /// Adds whole frames and writes.
    func send(_ body: (inout ByteWriter) -> Void) {
        state.withLock { state in
            Self.closeOutcomes(&state)
            body(&state.frames)
            write(&state)
        }
    }

    /// Writes what the kernel takes; `true` when everything went.
    @discardableResult
    func flush(withNews: Bool = false) -> Bool {
        state.withLock { state in
            if withNews { for ticket in Array(state.news.keys) { Self.closeNews(of: ticket, &state) } }
            write(&state)
            return !state.hasMore
        }
    }

    private static func closeNews(of ticket: Ticket, _ state: inout State) {
        guard !state.news.isEmpty, let news = state.news.removeValue(forKey: ticket) else { return }
        guard (news.checkpoint?.count ?? 0) < PipeProtocol.maxFrame / 2 else { return }
        closeOutcomes(&state)
        state.frames.putNews(news)
    }

    private static func closeOutcomes(_ state: inout State) {
        guard state.outcomeCount > 0 else { return }
        state.frames.frame(.outcomes) { frame in
            frame.put(state.outcomeCount)
            frame.append(state.outcomes)
        }
        state.outcomes.clear()
        state.outcomeCount = 0
    }

    private func write(_ state: inout State) {
        Self.closeOutcomes(&state)
        while state.sent < state.frames.count {
            let count = state.frames.bytes.withUnsafeBytes { bytes in
                Glibc.send(
                    descriptor, bytes.baseAddress! + state.sent, bytes.count - state.sent,
                    Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                state.sent += count
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                // Nobody reads any more: the end of the pipe will tell the rest.
                break
            }
        }
        state.frames.clear()
        state.sent = 0
    }
}
