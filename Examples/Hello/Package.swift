// swift-tools-version: 6.2
import PackageDescription

// Elsewhere, in place of the path: .package(url: …, from: …)
let package = Package(
    name: "hello",
    dependencies: [.package(name: "hakobi", path: "../..")],
    targets: [
        .executableTarget(
            name: "hello",
            dependencies: [
                .product(name: "Hakobi", package: "hakobi"), .product(name: "HakobiCommand", package: "hakobi"),
            ])
    ]
)
