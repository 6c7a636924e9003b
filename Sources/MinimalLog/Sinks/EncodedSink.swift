import Glibc
import Synchronization

extension MinimalLog {
    /// Lines in another encoding than UTF-8, to another sink. What the encoding lacks is written `\u{1f6f8}`.
    public final class EncodedSink: Sink {
        /// The encoding's name, as given.
        public let encoding: String
        private let sink: any Sink
        private let converter: Mutex<Converter>

        /// Lines to `sink` in an encoding that iconv knows and that has ASCII, as `EUC-JP`.
        ///
        /// - Throws: ``EncodingError`` for a name that the system does not know.
        public init(_ encoding: String, to sink: any Sink) throws(EncodingError) {
            self.encoding = encoding
            self.sink = sink
            converter = Mutex(try Converter(encoding))
        }

        /// Writes a line in the encoding.
        public func write(_ line: Span<UInt8>) {
            let bytes = converter.withLock { $0.converted(line) }
            sink.write(bytes.span)
        }

        /// What the other sink has lost.
        public func takeLoss() -> Loss? { sink.takeLoss() }

        /// Writes the line that tells of a loss, in the encoding.
        public func write(_ line: Span<UInt8>, telling loss: Loss) {
            let bytes = converter.withLock { $0.converted(line) }
            sink.write(bytes.span, telling: loss)
        }

        /// The other sink's.
        public var surface: Surface { sink.surface }

        /// The other sink's: counted before the encoding, in which few lines are longer.
        public var lineLimit: Int { sink.lineLimit }
    }

    /// An encoding that does not exist here.
    public struct EncodingError: Error, Sendable, Equatable, CustomStringConvertible {
        /// Its name.
        public let name: String

        /// `no encoding 'EUC-JPP' (iconv --list shows all)`
        public var description: String { "no encoding '\(Visible.text(name))' (iconv --list shows all)" }
    }
}

/// iconv's state, which one caller at a time may use.
private struct Converter: ~Copyable {
    private let state: iconv_t

    init(_ encoding: String) throws(MinimalLog.EncodingError) {
        guard let state = iconv_open(encoding, "UTF-8"), Int(bitPattern: state) != -1 else {
            throw MinimalLog.EncodingError(name: encoding)
        }
        self.state = state
    }

    deinit { iconv_close(state) }

    func converted(_ line: Span<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(line.count + 16)
        line.withUnsafeBufferPointer { bytes in
            guard !bytes.allSatisfy({ $0 < 0x80 }) else { return output.append(contentsOf: bytes) }
            // Everything goes through iconv, for encodings with shifts must come back before ASCII; a line feed ends a shift.
            Visible.forEachPart(of: bytes) { part in
                guard case .scalar(let scalar, let encoded) = part, !append(Array(encoded), to: &output) else { return }
                for byte in "\\u{\(String(scalar.value, radix: 16))}".utf8 { _ = append([byte], to: &output) }
            }
        }
        return output
    }

    /// One character; `false` when the encoding has none for it.
    private func append(_ character: [UInt8], to output: inout [UInt8]) -> Bool {
        var input = character.map { CChar(bitPattern: $0) }
        var room = [CChar](repeating: 0, count: 16)
        let written = input.withUnsafeMutableBufferPointer { input in
            room.withUnsafeMutableBufferPointer { room -> Int? in
                var from = input.baseAddress
                var to = room.baseAddress
                var left = input.count
                var free = room.count
                return iconv(state, &from, &left, &to, &free) == 0 ? room.count - free : nil
            }
        }
        guard let written else { return false }
        output.append(contentsOf: room.prefix(written).map { UInt8(bitPattern: $0) })
        return true
    }
}
