import Glibc
import HakobiCore
import Servers
import Testing

@testable import HakobiPostgres

@Suite("URLs")
struct AddressTests {
    private func refusal(_ url: String) -> String? {
        do throws(StoreError) { _ = try PostgresAddress(parsing: url) } catch { return error.description }
        return nil
    }

    @Test("A server that is too old is named with its version", .timeLimit(.minutes(1)))
    func tooOld() async throws {
        let server = try MuteServer()
        server.answer(MuteServer.greeting(version: "12.19"))
        let url = "postgres://me@127.0.0.1:\(server.port)/x?sslmode=disable&gssencmode=disable"
        await #expect {
            _ = try await PostgresStore(url: url)
        } throws: { error in
            "\(error)".contains("is PostgreSQL 12, and 13 or newer is needed: upgrade it")
        }
    }

    @Test("A URL is libpq's; what is ours in it is taken out")
    func ours() throws {
        let address = try PostgresAddress(
            parsing: "postgres://me:se%20cret@a:1,b/jobs?hakobi_schema=My%20jobs&sslmode=disable")
        #expect(address.schema == "My jobs")
        #expect(address.quotedSchema == "\"My jobs\"")
        #expect(address.parameters["sslmode"] == "disable")
        #expect(address.parameters["dbname"] == "jobs")
        #expect(Host.list(address.parameters).map(\.description) == ["a:1", "b"])
        #expect(address.description == "postgres://me@a:1,b/jobs")
        #expect(try PostgresAddress(parsing: "postgresql:///x?host=/tmp").schema == "hakobi")
    }

    @Test(
        "What cannot be read gets one sentence, and no password is in it",
        arguments: [
            ("mysql://me:s3cret@h/x", "postgres://user@host/database"),
            ("postgres://me:s3cret@h/x?hakobi_shema=a", "hakobi_schema"),
            ("postgres://me:s3cret@h/x?hakobi_schema=", "1 to 63 bytes"),
            ("postgres://me:s3cret@h/x?hakobi_schema=pg_temp", "does not begin with pg_"),
            ("postgres://me:s3cret@h/x?sslmod=require", "sslmod"),
            ("postgres://me:s3cret%zz@h/x", "cannot be read"),
            ("postgres://me@h/x?password=s3cret%zz", "cannot be read"),
            ("postgres://me:s3cret@[h/x", "cannot be read"),
            ("postgres://h/x?hakobi_schema=\(String(repeating: "a", count: 64))", "1 to 63 bytes"),
        ])
    func refused(url: String, words: String) throws {
        let sentence = try #require(refusal(url))
        #expect(sentence.contains(words))
        #expect(!sentence.contains("s3cret"), "\(sentence)")
    }

    @Test("Hosts are lists side by side")
    func hosts() {
        #expect(Host.list([:]).count == 1)
        #expect(Host.list(["host": "a,b", "port": "1,2"]).map(\.description) == ["a:1", "b:2"])
        #expect(
            Host.list(["hostaddr": "10.0.0.1,10.0.0.2", "port": "7"]).map(\.description) == [
                "10.0.0.1:7", "10.0.0.2:7",
            ])
    }

    @Test("A channel's name fits, however long the schema")
    func channel() throws {
        let long = String(repeating: "x", count: 63)
        #expect(try PostgresAddress(parsing: "postgres://h/x?hakobi_schema=\(long)").channel.utf8.count == 63)
    }

    @Test("Codes are found in libpq's verbose words, in any language")
    func codes() {
        let words =
            "connection to server at \"127.0.0.1\", port 5432 failed: SCHWERWIEGEND:  28P01: Passwort\nLOCATION:  auth_failed"
        #expect(ConnectFailure.state(in: words) == .wrongPassword)
        #expect(ConnectFailure.state(in: "connection failed: Connection refused") == nil)
    }
}

@Suite("Connections that do not come about")
struct ConnectFailureTests {
    let server: PostgresServer

    init() throws { server = try PostgresServer.shared() }

    private func failure(_ url: String) -> PostgresError? {
        do { _ = try connect(url) } catch { return error as? PostgresError }
        return nil
    }

    private func expect(_ url: String, _ words: String..., isTransient: Bool = false) throws {
        let error = try #require(failure(url), "connected")
        for word in words { #expect(error.sentence.contains(word), "\(error.sentence)") }
        #expect(error.isTransient == isTransient, "\(error.sentence)")
        #expect(!error.sentence.contains("s3cret") && !error.sentence.contains("\n"), "\(error.sentence)")
    }

    @Test("A wrong password, and none")
    func password() throws {
        try server.sql("DROP ROLE IF EXISTS locked; CREATE ROLE locked LOGIN PASSWORD 'right'")
        try expect(
            "postgres://locked:s3cret@127.0.0.1:\(server.port)/postgres", "refuses the password of user locked",
            "PGPASSFILE")
        try expect("postgres://locked@127.0.0.1:\(server.port)/postgres?passfile=/nonexistent", "PGPASSWORD")
        _ = try connect("postgres://locked:right@127.0.0.1:\(server.port)/postgres")
        try server.sql("DROP ROLE locked")
    }

    @Test("A user who is not let in")
    func rejected() throws {
        try expect(server.url(user: "rejected"), "does not let user rejected in", "pg_hba.conf")
    }

    @Test("A database that is not there")
    func database() throws {
        try expect(server.url(database: "nowhere"), "there is no database \"nowhere\"", "createdb nowhere")
    }

    @Test("A right that is missing")
    func right() throws {
        let database = try server.database()
        let role = server.freshSchema()
        try server.sql("CREATE ROLE \(role) LOGIN; REVOKE CONNECT ON DATABASE \(database) FROM PUBLIC")
        try expect(server.url(database: database, user: role), "may not connect", "grant CONNECT")
    }

    @Test("TLS that the server does not speak")
    func tls() throws {
        try expect(server.url("sslmode=require"), "no TLS with the server", "sslmode")
    }

    @Test("Nobody there: the port, the name, the socket")
    func unreachable() throws {
        try expect(
            "postgres://127.0.0.1:1/x", "no server answers at 127.0.0.1:1", "Connection refused", isTransient: true)
        try expect("postgres://nowhere.invalid/x", "no server answers at nowhere.invalid", isTransient: true)
        try expect("postgres:///x?host=/nonexistent", "/nonexistent", isTransient: true)
    }

    @Test("A host that swallows what is sent has its time, and no more")
    func silent() throws {
        let mute = try MuteServer()
        let start = ContinuousClock.now
        try expect(
            "postgres://127.0.0.1:\(mute.port)/x?connect_timeout=1", "not answered within 1 s", isTransient: true)
        #expect(ContinuousClock.now - start < .seconds(8))
    }

    @Test("A server that may only be read is not what we want; the next host is")
    func readOnly() throws {
        let standby = try PostgresServer(settings: ["default_transaction_read_only": "on"])
        try expect(standby.url(), "may only be read", isTransient: true)
        let both = "postgres://postgres@127.0.0.1:\(standby.port),127.0.0.1:\(server.port)/postgres"
        let connection = try connect(both)
        #expect(try connection.run("SELECT inet_server_port()")[0].int4(0) == Int32(server.port))
        try expect(
            "postgres://postgres@127.0.0.1:1,127.0.0.1:\(standby.port)/postgres", "none of 2 hosts", "127.0.0.1:1",
            "may only be read", isTransient: true)
    }

    @Test("Everybody sees who we are")
    func name() throws {
        let connection = try connect(server.url(), name: "hakobi web1 books")
        #expect(try connection.run("SELECT current_setting('application_name')")[0].text(0) == "hakobi web1 books")
    }

    /// TCP_USER_TIMEOUT of linux/tcp.h, which Glibc's module leaves out.
    private let tcpUserTimeout: Int32 = 18

    @Test("A host that is gone without a word is noticed: TCP is told to look")
    func keepalive() throws {
        let connection = try connect(server.url())
        let descriptor = socketOf(connection)
        #expect(try option(descriptor, SOL_SOCKET, SO_KEEPALIVE) != 0)
        #expect(try option(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE) == 5)
        #expect(try option(descriptor, Int32(IPPROTO_TCP), tcpUserTimeout) == 8000)
    }
}
