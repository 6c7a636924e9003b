import Testing

/// Real processes, real signals, a real file; one storm at a time, because several measure time.
@Suite("Crashes", .serialized)
enum CrashTests {}
