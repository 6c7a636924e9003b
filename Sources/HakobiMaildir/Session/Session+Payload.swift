internal import HakobiCore

extension Session {
    /// As much of a head as is looked through for the envelope's fields.
    private static var envelopeHead: Int { 1 << 18 }

    /// Of a mail where it is and what its head says; of a job that was inserted its bytes.
    func payload(
        of mail: KnownMail, _ state: MailState?, _ file: Int32, bytes: Int, folder: String
    ) throws(FileTrouble) -> Payload {
        let path = "\(folder)/\(mail.file)"
        if let order = state?.order, let codec = order.codec {
            return Payload(try Files.read(file, path), codec: codec, version: order.version)
        }
        var room = 1 << 13
        while true {
            let read = try Files.read(file, path, limit: room)
            let head = MailHead(read, isAll: read.count >= bytes)
            guard !head.isWhole, room < Self.envelopeHead else {
                return MailEnvelope(path: path, bytes: bytes, head: head).payloadOrEmpty
            }
            room *= 8
        }
    }
}

extension MailEnvelope {
    /// Encoding strings and a number cannot fail; if it ever does, the handler says that it cannot read the payload.
    fileprivate var payloadOrEmpty: Payload {
        do { return try payload() } catch { return Payload([]) }
    }
}
