// swift-tools-version: 6.2
// The target list is the architecture: an arrow of `dependencies` points down only.
// Tests/HouseTests holds the `import` lines of the sources to the same table.

import PackageDescription

/// What every Swift target is built with; a warning is an error.
let common: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
]

/// What ships: code that could break memory is marked `unsafe` where it stands.
let strict: [SwiftSetting] = common + [.strictMemorySafety()]

/// Kernels are always optimised, and a product and a sum are fused only where the source says so:
/// otherwise the instruction sets would not agree on the last bit.
let kernel: [CSetting] = [.unsafeFlags(["-O3", "-ffp-contract=off", "-std=c17"])]

/// Data is put into the program by `#embed`, which clang knows as an extension of C23.
let embed: [CSetting] = [.unsafeFlags(["-Wno-c23-extensions"])]

func swift(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["Base", "TestSupport"], exclude: exclude,
    swiftSettings: common)
}

let package = Package(
  name: "assay",
  products: [.executable(name: "assay", targets: ["assay"])],
  targets: [
    // System libraries and C.
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .target(name: "CKernels", cSettings: kernel),
    .target(name: "CEmbedded", cSettings: embed),

    // Ground.
    swift("Base", []),
    swift("Crypto", ["Base", "COpenSSL", "CKernels"]),
    swift("Store", ["Base", "CSQLite"]),
    swift("Formats", ["Base"]),

    // The six, which do not know each other.
    swift("Fingerprint", ["Base", "Crypto", "Formats"]),
    swift("Ledger", ["Base", "Crypto", "Store"]),
    swift("Inference", ["Base", "Formats", "Crypto", "CKernels"]),
    swift("Evidence", ["Base", "Crypto", "CKernels"]),
    swift("Licensing", ["Base", "Crypto", "Formats", "CEmbedded"]),
    swift("Policy", ["Base", "Crypto", "CEmbedded"]),

    // What a state holds, and what it decides.
    swift("State", ["Base", "Crypto", "Store", "Ledger", "Policy"]),
    swift("Register", ["Base", "Crypto", "Store", "Ledger", "Policy", "State"]),

    // What combines them.
    swift("HTTP", ["Base", "Crypto"]),
    swift(
      "Comparison",
      [
        "Base", "Fingerprint", "Ledger", "Inference", "Evidence", "Formats", "Crypto", "CEmbedded",
      ]),
    swift(
      "Trials",
      ["Base", "Fingerprint", "Ledger", "Inference", "Evidence", "Formats", "Crypto"]),
    swift(
      "Audit",
      [
        "Base", "Comparison", "Trials", "Register", "State", "Fingerprint", "Ledger", "Licensing",
        "Policy", "Formats", "Crypto",
      ]),
    swift(
      "Reports",
      [
        "Base", "Audit", "Comparison", "Trials", "Register", "Ledger", "Evidence", "Licensing",
        "Policy", "Crypto",
      ]),
    swift(
      "Daemon",
      [
        "Base", "Reports", "Audit", "Register", "State", "Ledger", "Licensing", "Policy", "HTTP",
        "Store", "Crypto", "CEmbedded",
      ]),
    swift(
      "CLI",
      [
        "Base", "Daemon", "Reports", "Audit", "Comparison", "Trials", "Register", "State",
        "Fingerprint", "Ledger", "Inference", "Evidence", "Licensing", "Policy", "HTTP", "Formats",
        "Crypto",
      ]),
    .executableTarget(name: "assay", dependencies: ["CLI", "Base"], swiftSettings: strict),
    .executableTarget(
      name: "assay-bench",
      dependencies: [
        "Base", "Comparison", "Trials", "Ledger", "Inference", "Evidence", "Licensing", "Policy",
        "Formats", "Crypto", "State", "Register",
      ],
      swiftSettings: strict),

    // Tests.
    .target(
      name: "TestSupport", dependencies: ["Base"], path: "Tests/Support",
      swiftSettings: common),
    .target(
      name: "GateSupport",
      dependencies: [
        "Base", "Crypto", "Ledger", "Fingerprint", "Licensing", "Policy", "State", "Register",
        "Audit", "TestSupport",
      ], path: "Tests/GateSupport", swiftSettings: common),
    .target(
      name: "ReferenceTwins", dependencies: ["Base"], path: "Tests/Reference",
      swiftSettings: common),
    tests("BaseTests", [], exclude: ["Vectors"]),
    tests("CryptoTests", ["Crypto"], exclude: ["Vectors"]),
    tests("StoreTests", ["Store"]),
    tests("KernelTests", ["CKernels"], exclude: ["Vectors"]),
    tests("FormatsTests", ["Formats"]),
    tests("FingerprintTests", ["Fingerprint", "Formats", "Crypto"], exclude: ["Vectors"]),
    tests("LedgerTests", ["Ledger", "Crypto", "Store"], exclude: ["Vectors"]),
    tests("CrashTests", ["Ledger", "Crypto", "Register", "GateSupport"]),
    tests(
      "InferenceTests", ["Inference", "Formats", "Crypto", "ReferenceTwins"], exclude: ["Vectors"]),
    tests("EvidenceTests", ["Evidence", "Crypto"], exclude: ["Vectors"]),
    tests("LicensingTests", ["Licensing", "Formats"]),
    tests("PolicyTests", ["Policy", "ReferenceTwins"]),
    tests("HTTPTests", ["HTTP"]),
    tests(
      "ComparisonTests",
      ["Comparison", "Formats", "Fingerprint", "Evidence", "Ledger", "Crypto"],
      exclude: ["Models"]),
    tests("TrialsTests", ["Trials", "Audit", "Register", "Evidence", "Ledger", "Crypto"]),
    tests("StateTests", ["State", "Ledger", "Policy", "Crypto", "Store"]),
    tests(
      "RegisterTests",
      ["Register", "State", "Ledger", "Policy", "Licensing", "Crypto", "Store", "GateSupport"]),
    tests(
      "AuditTests",
      [
        "Audit", "State", "Register", "GateSupport", "Ledger", "Policy", "Crypto",
      ]),
    tests(
      "ReportsTests", ["Reports", "Audit", "Comparison", "Evidence", "Crypto"],
      exclude: ["Golden"]),
    tests(
      "DaemonTests",
      [
        "Daemon", "HTTP", "Store", "Audit", "Reports", "Ledger", "State", "Register", "Crypto",
        "GateSupport",
      ]),
    tests("CommandTests", ["CLI", "assay", "Crypto"]),
    tests("HouseTests", []),
  ]
)

/// libFuzzer targets, only with ASSAY_FUZZ=1: they have no `main` but libFuzzer's. README of
/// Tests/Fuzz says how they are built and run.
func fuzz(_ name: String, _ dependency: String = "Formats") -> Target {
  .executableTarget(
    name: "Fuzz\(name)", dependencies: ["Base", "TestSupport", .byName(name: dependency)],
    path: "Tests/Fuzz/Targets/\(name)",
    swiftSettings: common + [.unsafeFlags(["-parse-as-library", "-enable-testing"])])
}

if Context.environment["ASSAY_FUZZ"] == "1" {
  package.targets += [
    "SafeTensors", "GGUF", "Torch", "Pickle", "NPZ", "Inflate", "ONNX", "FrontMatter", "Template",
    "SentencePiece", "Shards", "Config", "Names", "Keras", "HDF5", "TensorFlow", "YAML",
    "TorchScript",
  ].map { fuzz($0) }
  package.targets += [
    fuzz("Tokenizer", "Inference"), fuzz("Request", "HTTP"), fuzz("WebAddress", "HTTP"),
  ]
}
