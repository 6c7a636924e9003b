#if Hummingbird
    import Logging

    /// The handler of a request's own logger: Hummingbird finds the id in it under the name that it knows, and lines have it
    /// once, under ours.
    struct RequestLogHandler: LogHandler {
        private static let otherName = "hb.request.id"

        private var base: any LogHandler
        private var otherID: Logger.MetadataValue?

        init(_ base: any LogHandler, _ id: RequestID) {
            self.base = base
            self.base[metadataKey: Self.otherName] = nil
            self.base[metadataKey: RequestID.name] = .string(id.text)
            otherID = .string(id.text)
        }

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { key == Self.otherName ? otherID : base[metadataKey: key] }
            set { if key == Self.otherName { otherID = newValue } else { base[metadataKey: key] = newValue } }
        }

        var metadata: Logger.Metadata {
            get { base.metadata }
            set { base.metadata = newValue }
        }

        var metadataProvider: Logger.MetadataProvider? {
            get { base.metadataProvider }
            set { base.metadataProvider = newValue }
        }

        var logLevel: Logger.Level {
            get { base.logLevel }
            set { base.logLevel = newValue }
        }

        func log(event: LogEvent) { base.log(event: event) }
    }
#endif
