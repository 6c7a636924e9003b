import FoundationEssentials

/// The only JSON of the engine: job values to payload bytes and back.
package enum PayloadCodec {
    /// Encodes with sorted keys, so that equal jobs have equal bytes.
    package static func encode(_ job: some Job) throws -> Payload {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return Payload([UInt8](try encoder.encode(job)))
    }

    package static func decode<J: Job>(_ type: J.Type, from payload: Payload) throws -> J {
        guard payload.codec == .json else {
            throw GiveUp("the payload is \(payload.codec.rawValue), and the handler of \"\(J.kind)\" reads json")
        }
        do {
            return try JSONDecoder().decode(type, from: Data(payload.bytes))
        } catch {
            throw GiveUp("the payload does not decode as \(J.self): \(error)")
        }
    }
}
