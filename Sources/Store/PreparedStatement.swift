// A prepared statement, the values it is given and the rows it yields.
//
// Promises: a value that SQLite stores in another type than the one asked for reads as the
// neutral value of that type only where SQLite's own rules say so; the tables of Assay are
// STRICT, so types are what they were declared as.

import Base
import CSQLite

/// A value in a database.
public enum SQLValue: Equatable, Sendable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])

  /// An integer.
  public static func int(_ value: Int) -> SQLValue { .integer(Int64(value)) }
  /// Text, or NULL.
  public static func text(_ value: String?) -> SQLValue { value.map { .text($0) } ?? .null }
  /// An integer, or NULL.
  public static func int(_ value: Int?) -> SQLValue { value.map { .integer(Int64($0)) } ?? .null }
}

/// One row of a result; valid only while it is visited.
@safe public struct Row {
  let pointer: OpaquePointer

  /// Whether the column is NULL.
  public func isNull(_ column: Int32) -> Bool {
    unsafe sqlite3_column_type(pointer, column) == SQLITE_NULL
  }
  /// The column as a 64-bit integer.
  public func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(pointer, column) }
  /// The column as an integer.
  public func int(_ column: Int32) -> Int { unsafe Int(sqlite3_column_int64(pointer, column)) }
  /// The column as a double.
  public func real(_ column: Int32) -> Double { unsafe sqlite3_column_double(pointer, column) }

  /// The column as text; bytes that are not UTF-8 are replaced.
  public func text(_ column: Int32) -> String {
    String(decoding: blob(column), as: UTF8.self)
  }

  /// The column's bytes.
  public func blob(_ column: Int32) -> [UInt8] {
    // The order matters: asking for the bytes may convert, which changes their number.
    guard let bytes = unsafe sqlite3_column_blob(pointer, column) else { return [] }
    let count = unsafe Int(sqlite3_column_bytes(pointer, column))
    return unsafe Array(UnsafeRawBufferPointer(start: bytes, count: count))
  }

  /// Text, or nil for NULL.
  public func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }
  /// An integer, or nil for NULL.
  public func optionalInt(_ column: Int32) -> Int? { isNull(column) ? nil : int(column) }
  /// Bytes, or nil for NULL.
  public func optionalBlob(_ column: Int32) -> [UInt8]? { isNull(column) ? nil : blob(column) }
}

/// Owns one `sqlite3_stmt`.
@safe final class PreparedStatement {
  let pointer: OpaquePointer
  private let sql: String

  init(pointer: OpaquePointer, sql: String) {
    unsafe self.pointer = pointer
    self.sql = sql
  }

  deinit { unsafe sqlite3_finalize(pointer) }

  var isBusy: Bool { unsafe sqlite3_stmt_busy(pointer) != 0 }
  var summary: String { Database.summary(of: sql) }

  /// Makes the statement ready for its next use. The error of the last step was already
  /// reported, so the code that repeats it is of no interest.
  func reset() {
    unsafe sqlite3_reset(pointer)
    unsafe sqlite3_clear_bindings(pointer)
  }

  func bind(_ values: [SQLValue], in database: Database) throws(Problem) {
    unsafe precondition(
      sqlite3_bind_parameter_count(pointer) == values.count, "one value for each parameter")
    for (index, value) in values.enumerated() {
      try database.check(bind(value, at: Int32(index + 1)), doing: "binding a value")
    }
  }

  private func bind(_ value: SQLValue, at position: Int32) -> Int32 {
    switch value {
    case .null: return unsafe sqlite3_bind_null(pointer, position)
    case .integer(let integer): return unsafe sqlite3_bind_int64(pointer, position, integer)
    case .real(let real): return unsafe sqlite3_bind_double(pointer, position, real)
    case .text(let text):
      // The length counts, so a NUL inside the text is kept.
      return unsafe sqlite3_bind_text64(
        pointer, position, text, UInt64(text.utf8.count), transient, UInt8(SQLITE_UTF8))
    case .blob(let blob):
      if blob.isEmpty { return unsafe sqlite3_bind_zeroblob(pointer, position, 0) }
      return unsafe blob.withUnsafeBytes { bytes in
        unsafe sqlite3_bind_blob64(
          pointer, position, bytes.baseAddress, UInt64(bytes.count), transient)
      }
    }
  }
}

/// SQLITE_TRANSIENT: SQLite copies the bytes before the call returns.
private nonisolated(unsafe) let transient = unsafe unsafeBitCast(
  -1, to: sqlite3_destructor_type.self)
