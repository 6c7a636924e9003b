#if Hummingbird
    public import Hummingbird
    import Logging
    public import MinimalLog
    import NIOHTTP1

    /// Middleware that gives each request a log of its own, and one line at its end.
    ///
    /// ```
    /// 2011-06-10T17:41:59 [INFO] [/saucers?page=2] request ended method=GET ms=1.2 request-id=5f3a status=200 at RequestEnd.swift line 23
    /// ```
    ///
    /// Whatever is logged while the request is handled and its body is written, by verbs or by loggers under ``MinimalLogHandler``, has
    /// the request's URI in brackets and its id behind `request-id`; child tasks included, and detached ones that are handed
    /// ``MinimalLog/Here``. The id is the client's `X-Request-ID` when that is 1 to 128 letters, digits or `-._~+/=@:`, and else
    /// made; the response tells it in the same header, one made of an error too. To be added first, so that what other middleware
    /// logs is in it too; what is before it sees errors only inside those that tell the id.
    ///
    /// The id is on the task's logger (`withLogger` of swift-log), from where others can take it along: Hakobi's jobs do.
    public struct RequestLog<Context: RequestContext>: RouterMiddleware {
        private let mode: RequestLogMode
        private let sink: (@Sendable (Request, Context) -> any MinimalLog.Sink)?
        private let formatter: (@Sendable (Request, MinimalLog.Record) -> String)?
        private let encoding: String?
        private let change: @Sendable (inout MinimalLog.Settings) -> Void

        /// Middleware under the settings of the program.
        ///
        /// - Parameters:
        ///   - mode: what is printed besides.
        ///   - sink: where a request's lines go; where those of the program go without it.
        ///   - formatter: makes a request's lines, without the line feed, from what is in them.
        ///   - encoding: of a request's lines, as `EUC-JP`; what it lacks is written `\u{1f6f8}`.
        ///   - change: called on a request's settings last.
        /// - Throws: ``MinimalLog/EncodingError`` for an encoding that does not exist here.
        public init(
            _ mode: RequestLogMode = .production,
            sink: (@Sendable (Request, Context) -> any MinimalLog.Sink)? = nil,
            formatter: (@Sendable (Request, MinimalLog.Record) -> String)? = nil, encoding: String? = nil,
            change: @escaping @Sendable (inout MinimalLog.Settings) -> Void = { _ in }
        ) throws(MinimalLog.EncodingError) {
            self.mode = mode
            self.formatter = formatter
            // Tried now, so that a name that does not exist ends the start, and no request.
            if let encoding { _ = try MinimalLog.EncodedSink(encoding, to: MinimalLog.DescriptorSink.standardError) }
            self.encoding = encoding
            self.sink = sink
            self.change = change
        }

        /// Handles a request in a log of its own.
        public func handle(
            _ request: Request, context: Context, next: (Request, Context) async throws -> Response
        ) async throws -> Response {
            let id = RequestID(of: request)
            var context = context
            context.logger.handler = RequestLogHandler(context.logger.handler, id)
            return try await MinimalLog.with(try settings(of: request, context)) {
                try await withLogger(context.logger) { [context] _ in
                    try await answer(request, context, id, next)
                }
            }
        }

        private func settings(
            of request: Request, _ context: Context
        ) throws -> @Sendable (inout MinimalLog.Settings) -> Void {
            let sink = try ownSink(of: request, context)
            return { [mode, formatter, change] settings in
                settings.subject = request.uri.string
                if let sink { settings.sink = sink }
                mode.apply(to: &settings)
                if let formatter { settings.formatter = { formatter(request, $0) } }
                change(&settings)
            }
        }

        /// The request's own, once for all its lines; `nil` leaves each logger to its own.
        private func ownSink(of request: Request, _ context: Context) throws -> (any MinimalLog.Sink)? {
            let given = sink?(request, context)
            guard let encoding else { return given }
            return try MinimalLog.EncodedSink(encoding, to: given ?? MinimalLog.settings.sink)
        }

        private func answer(
            _ request: Request, _ context: Context, _ id: RequestID,
            _ next: (Request, Context) async throws -> Response
        ) async throws -> Response {
            let end = RequestEnd(of: request)
            do {
                var response = try await next(request, context)
                id.tell(in: &response.headers)
                response.body = end.told(after: response.body, status: response.status)
                return response
            } catch let error as HTTPParserError {
                // The server answers what is no HTTP itself, and closes the connection.
                end.tell(.badRequest, error: error)
                throw error
            } catch {
                let told = ToldError(original: error, id: id)
                end.tell(told.status, error: error)
                throw told
            }
        }
    }
#endif
