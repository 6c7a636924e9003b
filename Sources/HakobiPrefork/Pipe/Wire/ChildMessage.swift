/// All that a child can say.
enum ChildMessage: Sendable, Hashable {
    case hello(Hello)
    case outcomes([TicketOutcome])
    case news(TicketNews)
    case returned([Ticket])

    static func read(_ tag: FrameTag, _ reader: inout ByteReader) throws(FrameError) -> ChildMessage {
        switch tag {
        case .hello: .hello(try Hello.read(&reader))
        case .outcomes: .outcomes(try reader.outcomes())
        case .news: .news(try reader.news())
        case .returned: .returned(try reader.returned())
        case .welcome, .jobs, .jobsWithLocks, .cancel, .recall, .drain:
            throw FrameError("a child sent a parent's frame (\(tag))")
        }
    }
}
