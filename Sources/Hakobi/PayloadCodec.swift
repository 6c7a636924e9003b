import FoundationEssentials

/// The only JSON of the engine: job values to payload bytes and back.
package enum PayloadCodec {
    /// Encodes with sorted keys, so that equal jobs have equal bytes.
    package static func encode(_ job: some Job) throws -> Payload {
        Payload([UInt8](try encoder.encode(job)))
    }

    /// Made once; both are read only from then on.
    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return encoder
    }()
    private static let decoder = JSONDecoder()

    package static func decode<J: Job>(_ type: J.Type, from payload: Payload) throws -> J {
        guard payload.codec == .json else {
            throw GiveUp("the payload is \(payload.codec.rawValue), and the handler of \"\(J.kind)\" reads json")
        }
        do {
            return try decoder.decode(type, from: Data(payload.bytes))
        } catch {
            throw GiveUp("the payload does not decode as \(J.self): \(error)")
        }
    }
}
