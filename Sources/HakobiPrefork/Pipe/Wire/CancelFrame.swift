import Hakobi
import HakobiCore

extension ByteWriter {
    mutating func putCancel(_ ticket: Ticket, because reason: StopReason) {
        frame(.cancel) { frame in
            frame.put(ticket)
            switch reason {
            case .cancelRequested: frame.put(UInt8(1))
            case .drained: frame.put(UInt8(2))
            case .leaseLost: frame.put(UInt8(3))
            case .softLimit(let limit):
                frame.put(UInt8(4))
                frame.put(limit)
            }
        }
    }
}

extension ByteReader {
    mutating func cancel() throws(FrameError) -> (Ticket, StopReason) {
        let ticket = try integer(Ticket.self)
        switch try integer(UInt8.self) {
        case 1: return (ticket, .cancelRequested)
        case 2: return (ticket, .drained)
        case 3: return (ticket, .leaseLost)
        case 4: return (ticket, .softLimit(try duration()))
        case let other: throw FrameError("\(other) is no reason to stop")
        }
    }
}
