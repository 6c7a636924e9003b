// swift-tools-version: 6.2
// Hakobi: background jobs for Swift services. docs/tour.md walks the code; docs/adr/ says why it is shaped so.

import PackageDescription

let package = Package(
    name: "hakobi",
    products: [
        .library(name: "HakobiCore", targets: ["HakobiCore"]),
        .library(name: "Hakobi", targets: ["Hakobi"]),
        .library(name: "HakobiSQLite", targets: ["HakobiSQLite"]),
        .library(name: "HakobiPostgres", targets: ["HakobiPostgres"]),
        .library(name: "HakobiMySQL", targets: ["HakobiMySQL"]),
        .library(name: "HakobiMaildir", targets: ["HakobiMaildir"]),
        .library(name: "HakobiPrefork", targets: ["HakobiPrefork"]),
        .library(name: "HakobiCommand", targets: ["HakobiCommand"]),
        .library(name: "HakobiTestKit", targets: ["HakobiTestKit"]),
        .library(name: "MinimalLog", targets: ["MinimalLog"]),
        .library(name: "MinimalLogHummingbird", targets: ["MinimalLogHummingbird"]),
        .executable(name: "hakobi", targets: ["hakobi"]),
    ],
    traits: [
        .default(enabledTraits: ["SQLite"]),
        .trait(name: "SQLite", description: "The embedded store: one SQLite file (needs libsqlite3-dev)."),
        .trait(name: "Postgres", description: "The store in a PostgreSQL database (needs libpq-dev)."),
        .trait(name: "MySQL", description: "The store in a MariaDB database (needs libmariadb-dev)."),
        .trait(name: "Hummingbird", description: "Requests of Hummingbird in the log of MinimalLog."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", exact: "1.7.3"),
        .package(url: "https://github.com/apple/swift-service-context", exact: "1.5.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    ],
    targets: [
        .target(name: "CHakobi"),
        .target(name: "HakobiCore"),
        .target(
            name: "Hakobi",
            dependencies: [
                "HakobiCore", "CHakobi",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "ServiceContextModule", package: "swift-service-context"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .target(
            name: "HakobiSQLite",
            dependencies: [
                "HakobiCore", "HakobiDatabase", "CHakobi",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "GRDB", package: "GRDB.swift", condition: .when(traits: ["SQLite"])),
                .product(name: "GRDBSQLite", package: "GRDB.swift", condition: .when(traits: ["SQLite"])),
            ],
            exclude: ["schema.sql"],
            resources: [.embedInCode("Migrations/0001_initial.sql")]
        ),
        .target(name: "CPostgres", dependencies: ["CHakobi"]),
        .target(
            name: "HakobiPostgres",
            dependencies: [
                "HakobiCore", "HakobiDatabase", "CPostgres", .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
            ],
            exclude: ["schema.sql"],
            resources: [.embedInCode("Migrations/0001_initial.sql")]
        ),
        .target(
            name: "HakobiDatabase",
            dependencies: ["HakobiCore", "CHakobi", .product(name: "Logging", package: "swift-log")]
        ),
        .target(name: "CMariaDB", dependencies: ["CHakobi"]),
        .target(
            name: "HakobiMySQL",
            dependencies: [
                "HakobiCore", "HakobiDatabase", "CMariaDB", .product(name: "Logging", package: "swift-log"),
            ],
            exclude: ["schema.sql"],
            resources: [.embedInCode("Migrations/0001_initial.sql")]
        ),
        .target(
            name: "HakobiMaildir",
            dependencies: [
                "HakobiCore", "HakobiDatabase", "CHakobi", .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
            ]
        ),
        .target(
            name: "HakobiPrefork",
            dependencies: [
                "Hakobi", "HakobiCore", "CHakobi",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .target(
            name: "HakobiPrograms",
            dependencies: ["Hakobi", "HakobiCore", "CHakobi", .product(name: "Logging", package: "swift-log")]
        ),
        .target(
            name: "HakobiCommand",
            dependencies: [
                "Hakobi", "HakobiCore", "HakobiPrefork", "HakobiPrograms", "HakobiMaildir", "CHakobi", "MinimalLog",
                .target(name: "HakobiSQLite", condition: .when(traits: ["SQLite"])),
                .target(name: "HakobiPostgres", condition: .when(traits: ["Postgres"])),
                .target(name: "HakobiMySQL", condition: .when(traits: ["MySQL"])),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),
        .executableTarget(name: "hakobi", dependencies: ["Hakobi", "HakobiCommand"]),
        .executableTarget(
            name: "hakobi-sample",
            dependencies: ["Hakobi", "HakobiCommand", .product(name: "Logging", package: "swift-log")],
            path: "Examples/Sample"
        ),
        .executableTarget(
            name: "hakobi-mail-sample",
            dependencies: [
                "Hakobi", "HakobiCommand", "HakobiMaildir", .product(name: "Logging", package: "swift-log"),
            ],
            path: "Examples/Mail"
        ),
        .executableTarget(
            name: "pipe-fixture",
            dependencies: ["HakobiPrefork", "Hakobi", .product(name: "Logging", package: "swift-log")],
            path: "Tests/Fixtures/pipe-fixture"
        ),
        .executableTarget(
            name: "pipe-bench",
            dependencies: ["HakobiPrefork", "Hakobi", "HakobiCore", .product(name: "Logging", package: "swift-log")],
            path: "Tests/Fixtures/pipe-bench"
        ),
        .testTarget(
            name: "PipeTests",
            dependencies: [
                "HakobiPrefork", "Hakobi", "HakobiCore", "CHakobi", "pipe-fixture",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "HakobiTestKit",
            dependencies: [
                "Hakobi", "HakobiCore", "CHakobi",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "Hakobi", "HakobiCore", "HakobiTestKit",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "ServiceContextModule", package: "swift-service-context"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .executableTarget(
            name: "CommandFixture",
            dependencies: ["HakobiCommand", "Hakobi", .product(name: "Logging", package: "swift-log")],
            path: "Tests/CommandFixture"),
        // The hello of the README with whatever stores the traits say.
        .executableTarget(
            name: "HelloWithTraits", dependencies: ["HakobiCommand", "Hakobi"], path: "Examples/Hello/Sources/hello"),
        .executableTarget(
            name: "TransactionApp",
            dependencies: ["HakobiCommand", "Hakobi", "HakobiPostgres", "Libpq", "HakobiMySQL", "CMariaDB"],
            path: "Tests/Fixtures/TransactionApp"),
        .executableTarget(
            name: "MailApp",
            dependencies: [
                "HakobiCommand", "Hakobi", "HakobiMaildir",
                .product(name: "GRDB", package: "GRDB.swift", condition: .when(traits: ["SQLite"])),
            ],
            path: "Tests/Fixtures/MailApp"),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "HakobiCommand", "HakobiPrograms", "hakobi", "CommandFixture", "HelloWithTraits", "TransactionApp",
                "MailApp",
                "Servers", "Hakobi", "HakobiCore", "HakobiMaildir", "CHakobi",
                .product(name: "GRDB", package: "GRDB.swift", condition: .when(traits: ["SQLite"])),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "ProgramsTests",
            dependencies: [
                "HakobiPrograms", "Hakobi", "HakobiCore", "CHakobi", "hakobi",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(name: "ArchitectureTests"),
        .testTarget(
            name: "ExampleTests",
            dependencies: [
                "Hakobi", "HakobiSQLite",
                .product(name: "GRDB", package: "GRDB.swift", condition: .when(traits: ["SQLite"])),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]
        ),
        .testTarget(
            name: "HakobiSQLiteTests",
            dependencies: [
                "HakobiSQLite", "HakobiDatabase", "HakobiCore", "HakobiTestKit", "CHakobi",
                .product(name: "GRDB", package: "GRDB.swift", condition: .when(traits: ["SQLite"])),
                .product(name: "GRDBSQLite", package: "GRDB.swift", condition: .when(traits: ["SQLite"])),
            ]
        ),
        .target(name: "Servers", path: "Tests/Servers", exclude: ["postfix.sh"]),
        .systemLibrary(name: "Libpq", path: "Tests/Fixtures/Libpq"),
        .target(name: "LinkedClient", dependencies: ["Libpq"], path: "Tests/Fixtures/LinkedClient"),
        .testTarget(
            name: "HakobiPostgresTests",
            dependencies: [
                "HakobiPostgres", "HakobiDatabase", "HakobiCore", "HakobiTestKit", "CHakobi", "CPostgres",
                "LinkedClient",
                "Servers",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
            ]
        ),
        .testTarget(
            name: "HakobiMySQLTests",
            dependencies: [
                "HakobiMySQL", "HakobiDatabase", "HakobiCore", "Hakobi", "HakobiTestKit", "CHakobi", "CMariaDB",
                "Servers",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .executableTarget(
            name: "maildir-fixture",
            dependencies: [
                "HakobiMaildir", "HakobiCore", "Hakobi", .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Fixtures/maildir-fixture"),
        .testTarget(
            name: "HakobiMaildirTests",
            dependencies: [
                "HakobiMaildir", "HakobiCore", "Hakobi", "HakobiTestKit", "CHakobi", "maildir-fixture",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
            ]
        ),
        .testTarget(name: "StoreConformanceTests", dependencies: ["Hakobi", "HakobiCore", "HakobiTestKit"]),
        .testTarget(
            name: "StoreModelTests",
            dependencies: [
                "Hakobi", "HakobiCore", "HakobiTestKit", "HakobiPostgres", "Servers",
                .target(name: "HakobiSQLite", condition: .when(traits: ["SQLite"])),
                "HakobiMySQL",
            ]
        ),
        .testTarget(name: "HakobiCoreTests", dependencies: ["HakobiCore", "HakobiTestKit"]),
        .executableTarget(
            name: "CrashApp",
            dependencies: [
                "Hakobi", "HakobiCommand", "HakobiMaildir", "HakobiPrefork", "HakobiTestKit",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Tests/Fixtures/CrashApp"
        ),
        .testTarget(
            name: "CrashTests",
            dependencies: ["HakobiCore", "HakobiCommand", "HakobiMaildir", "HakobiTestKit", "CrashApp", "Servers"]),
        .target(name: "MinimalLog", dependencies: [.product(name: "Logging", package: "swift-log")]),
        .target(
            name: "MinimalLogHummingbird",
            dependencies: [
                "MinimalLog", .product(name: "Logging", package: "swift-log"),
                .product(name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["Hummingbird"])),
            ]
        ),
        .target(name: "MallocCount", path: "Tests/Fixtures/MallocCount"),
        .executableTarget(
            name: "log-fixture",
            dependencies: ["MinimalLog", "MallocCount", .product(name: "Logging", package: "swift-log")],
            path: "Tests/Fixtures/log-fixture"
        ),
        .testTarget(
            name: "MinimalLogTests",
            dependencies: ["MinimalLog", "log-fixture", .product(name: "Logging", package: "swift-log")]
        ),
        .testTarget(
            name: "MinimalLogHummingbirdTests",
            dependencies: [
                "MinimalLogHummingbird", "MinimalLog", "Hakobi", "HakobiCore",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Hummingbird", package: "hummingbird", condition: .when(traits: ["Hummingbird"])),
            ]
        ),
        .executableTarget(name: "worker-fixture", path: "Tests/Fixtures/worker-fixture"),
        .target(
            name: "SupervisorFixtures", dependencies: ["HakobiCore", "HakobiPrefork"],
            path: "Tests/Fixtures/SupervisorFixtures"
        ),
        .executableTarget(
            name: "supervisor-fixture",
            dependencies: ["HakobiPrefork", "SupervisorFixtures", .product(name: "Logging", package: "swift-log")],
            path: "Tests/Fixtures/supervisor-fixture"
        ),
        .testTarget(
            name: "SupervisorTests",
            dependencies: [
                "HakobiCore", "HakobiPrefork", "CHakobi", "SupervisorFixtures", "worker-fixture", "supervisor-fixture",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
    ]
)

/// One loop, so that no target can be laxer than its neighbours.
// Not the hello: it is compiled as its readers compile it.
for target in package.targets where target.type != .system && target.name != "HelloWithTraits" {
    var settings = target.swiftSettings ?? []
    settings += [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ]
    if Context.environment["CI"] != nil { settings.append(.treatAllWarnings(as: .error)) }
    target.swiftSettings = settings
}
