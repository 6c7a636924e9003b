#if Hummingbird
    import Hummingbird

    /// An error whose answer tells the request's id, as those of requests that went well do.
    struct ToldError: HTTPResponseError, CustomStringConvertible {
        let original: any Error
        let id: RequestID

        /// Hummingbird's own for an error that knows no other.
        var status: HTTPResponse.Status { (original as? any HTTPResponseError)?.status ?? .internalServerError }

        var description: String { "\(original)" }

        func response(from request: Request, context: some RequestContext) throws -> Response {
            var response = Response(status: status)
            if let original = original as? any HTTPResponseError {
                response = try original.response(from: request, context: context)
            }
            id.tell(in: &response.headers)
            return response
        }
    }
#endif
