#if Hummingbird
    import HTTPTypes
    import Hummingbird

    /// What all lines of one request have in common, here and in what it calls.
    struct RequestID: Sendable {
        /// Its name on lines.
        static let name = "request-id"

        let text: String

        /// The client's, when nobody could be misled by it on a line or in a header; else a new one.
        init(of request: Request) {
            if let given = request.headers[.requestID], Self.isSane(given) {
                text = given
            } else {
                text = String(UInt64.random(in: 1 << 60 ... .max), radix: 16)
            }
        }

        /// Says it in a response, unless that has one.
        func tell(in headers: inout HTTPFields) {
            if !headers.contains(.requestID) { headers[.requestID] = text }
        }

        private static func isSane(_ text: String) -> Bool {
            (1...128).contains(text.utf8.count) && text.utf8.allSatisfy(allowed.contains)
        }

        private static let allowed = Set(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=@:".utf8)
    }

    extension HTTPField.Name {
        static let requestID = HTTPField.Name("X-Request-ID")!
    }
#endif
