import CHakobi
import Glibc
import Testing

@testable import HakobiPostgres

@Suite("Libraries that are loaded on demand")
struct LibraryTests {
    private func trouble(_ file: String, _ names: String...) -> String? {
        let places = UnsafeMutablePointer<UnsafeMutableRawPointer?>.allocate(capacity: names.count)
        let copies = names.map { strdup($0) }
        defer {
            for copy in copies { free(copy) }
            places.deallocate()
        }
        let calls = copies.indices.map { hakobi_call(name: copies[$0], found: places + $0) }
        return hakobi_load(file, calls, calls.count).map { String(cString: $0) }
    }

    @Test("One that is not there is named")
    func missing() {
        #expect(trouble("libhakobi-none.so.0")?.contains("libhakobi-none.so.0: cannot open") == true)
    }

    @Test("One that is there has its functions found, and one that lacks some says which")
    func tooOld() {
        #expect(trouble("libc.so.6", "getpid") == nil)
        #expect(trouble("libc.so.6", "getpid", "PQpipelineSync") == "libc.so.6 has no PQpipelineSync")
    }

    @Test("libpq is here, with all that is called")
    func here() throws { try Libpq.require(for: "open") }
}
