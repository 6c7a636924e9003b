#if Hummingbird
    import Hummingbird
    import Logging
    import MinimalLog
    import Synchronization

    /// The one line at a request's end, whichever end that is: the last byte of the body, an error, or a body that another
    /// middleware has thrown away.
    final class RequestEnd: Sendable {
        private let here = MinimalLog.Here()
        private let method: String
        private let start = ContinuousClock.now
        private let state = Mutex((status: HTTPResponse.Status?.none, isTold: false))

        init(of request: Request) { method = request.method.rawValue }

        deinit { tell() }

        /// A body that is written in the request's log, and tells of the end after itself.
        func told(after body: ResponseBody, status: HTTPResponse.Status) -> ResponseBody {
            state.withLock { $0.status = status }
            return ResponseBody(contentLength: body.contentLength) { writer in
                try await self.here.run {
                    do {
                        try await body.write(writer)
                        self.tell()
                    } catch {
                        self.tell(error: error)
                        throw error
                    }
                }
            }
        }

        /// Tells, if nobody has; without a status, that of the response.
        func tell(_ failed: HTTPResponse.Status? = nil, error: (any Error)? = nil) {
            let status = state.withLock { state -> HTTPResponse.Status? in
                defer { state.isTold = true }
                return state.isTold ? nil : failed ?? state.status
            }
            guard let status else { return }
            let duration = ContinuousClock.now - start
            var metadata: Logger.Metadata = [
                "method": .string(method), "status": .stringConvertible(status.code),
                "ms": .stringConvertible(Double(duration / .microseconds(1)).rounded() / 1000),
            ]
            if let error { metadata["error"] = .string("\(error)") }
            let level: Logger.Level = status.kind == .serverError ? .error : error == nil ? .info : .warning
            here.run { Logger.current.log(level: level, "request ended", metadata: metadata) }
        }
    }
#endif
