internal import Glibc

/// What the kernel tells of the folders: hints only, and none at all on network file systems.
struct Inotify {
    /// One thing that happened.
    enum Event: Equatable {
        /// A name came into a watched folder, or was touched there.
        case arrived(watch: Int32, name: String)
        /// A name left a watched folder.
        case left(watch: Int32, name: String)
        /// An open file of a watched folder was closed.
        case closed(watch: Int32)
        /// Some events were lost.
        case overflow
        /// A watched folder went away.
        case ended(watch: Int32)
    }

    /// -1 where there is none.
    let descriptor: Int32

    init() { descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC)) }

    func end() { if descriptor >= 0 { close(descriptor) } }

    /// Arrivals by rename and by link, touches (who gives a mail back touches it), and what others have done with.
    func watchArrivals(_ path: String) -> Int32? {
        watch(path, UInt32(IN_MOVED_TO | IN_CREATE | IN_ATTRIB | IN_MOVED_FROM | IN_DELETE))
    }

    /// The end of those who hold a file of that folder open for writing.
    func watchClosing(_ path: String) -> Int32? { watch(path, UInt32(IN_CLOSE_WRITE)) }

    private func watch(_ path: String, _ mask: UInt32) -> Int32? {
        guard descriptor >= 0 else { return nil }
        let watch = inotify_add_watch(descriptor, path, mask | UInt32(IN_ONLYDIR))
        return watch >= 0 ? watch : nil
    }

    /// Everything that has gathered, without waiting.
    func events() -> [Event] {
        guard descriptor >= 0 else { return [] }
        var events: [Event] = []
        withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 8) { buffer in
            while true {
                let count = read(descriptor, buffer.baseAddress, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                Self.parse(UnsafeRawBufferPointer(rebasing: buffer[..<count]), into: &events)
            }
        }
        return events
    }

    private static func parse(_ bytes: UnsafeRawBufferPointer, into events: inout [Event]) {
        let head = MemoryLayout<inotify_event>.size
        var place = 0
        while place + head <= bytes.count {
            let event = bytes.loadUnaligned(fromByteOffset: place, as: inotify_event.self)
            let name = bytes[(place + head)..<min(bytes.count, place + head + Int(event.len))].prefix { $0 != 0 }
            place += head + Int(event.len)
            if event.mask & UInt32(IN_Q_OVERFLOW) != 0 {
                events.append(.overflow)
            } else if event.mask & UInt32(IN_IGNORED) != 0 {
                events.append(.ended(watch: event.wd))
            } else if event.mask & UInt32(IN_CLOSE_WRITE) != 0 {
                events.append(.closed(watch: event.wd))
            } else if event.mask & UInt32(IN_ISDIR) == 0, let first = name.first, first != 0x2E {
                let name = String(decoding: name, as: UTF8.self)
                let hasLeft = event.mask & UInt32(IN_MOVED_FROM | IN_DELETE) != 0
                events.append(hasLeft ? .left(watch: event.wd, name: name) : .arrived(watch: event.wd, name: name))
            }
        }
    }
}
