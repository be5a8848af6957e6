// The daemon's tables, beside the ledger's in `STATE/assay.db`, so that the state of a job and the
// ledger entries that record its result change in one transaction.
//
// Times are RFC 3339 text in UTC as they appear in answers; numbers that are compared are integers.
// Requests, results and events are canonical JSON text. A token is kept as its SHA-256 alone.

import Base
import State
import Store

enum Schema {
  /// Brings the tables up to date; some of them refer to those of `State`.
  static func migrate(_ database: Database) throws(Problem) {
    try StateTables.migrate(database)
    try database.migrate(module: "daemon", steps)
  }

  private static let steps: [Migration] = [
    Migration("tokens, jobs and their events", [tokens, jobs, jobsByState, events, idempotency]),
    Migration("models and decisions", [models, decisions, decisionsByModel, waivers, policies]),
    Migration("schedules and watched directories", [schedules, watched]),
    Migration("webhooks and their deliveries", [webhooks, deliveries]),
    // Decisions and waivers are read from the register, which is made from the log.
    Migration(
      "one register",
      [keepPlaces, "DROP TABLE models", "DROP TABLE waivers", "DROP TABLE decisions"]
        + [told]),
  ]

  private static let tokens = """
    CREATE TABLE tokens(
      number INTEGER PRIMARY KEY, name TEXT NOT NULL, hash BLOB NOT NULL UNIQUE,
      scopes TEXT NOT NULL, created_at TEXT NOT NULL, revoked_at TEXT) STRICT
    """
  // `number` orders jobs and is their cursor; `id` is what clients see; `dedupe` is the identity
  // of a firing or of a settled directory, so that neither can make two jobs.
  private static let jobs = """
    CREATE TABLE jobs(
      number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
      request TEXT NOT NULL, origin TEXT NOT NULL, dedupe TEXT UNIQUE, state TEXT NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0, worker TEXT, cancel INTEGER NOT NULL DEFAULT 0,
      created_at TEXT NOT NULL, started_at TEXT, finished_at TEXT,
      done INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0,
      unit TEXT NOT NULL DEFAULT '', result TEXT, error TEXT) STRICT
    """
  private static let jobsByState = "CREATE INDEX jobs_by_state ON jobs(state, number)"
  private static let events = """
    CREATE TABLE events(
      job INTEGER NOT NULL REFERENCES jobs(number), seq INTEGER NOT NULL, name TEXT NOT NULL,
      data TEXT NOT NULL, PRIMARY KEY(job, seq)) STRICT, WITHOUT ROWID
    """
  private static let idempotency = """
    CREATE TABLE idempotency(
      token INTEGER NOT NULL, route TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL,
      status INTEGER NOT NULL, location TEXT, answer TEXT NOT NULL, at INTEGER NOT NULL,
      PRIMARY KEY(token, route, key)) STRICT, WITHOUT ROWID
    """
  private static let models = """
    CREATE TABLE models(
      digest TEXT PRIMARY KEY, path TEXT NOT NULL, first_seen TEXT NOT NULL,
      last_checked TEXT NOT NULL, fingerprint TEXT, decision TEXT) STRICT, WITHOUT ROWID
    """
  private static let decisions = """
    CREATE TABLE decisions(
      number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, model TEXT NOT NULL,
      verdict TEXT NOT NULL, policy TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT,
      ledger_index INTEGER, findings TEXT NOT NULL, job TEXT NOT NULL) STRICT
    """
  private static let decisionsByModel =
    "CREATE INDEX decisions_by_model ON decisions(model, number)"
  private static let waivers = """
    CREATE TABLE waivers(
      number INTEGER PRIMARY KEY AUTOINCREMENT, decision TEXT NOT NULL REFERENCES decisions(id),
      reason TEXT NOT NULL, expires_at TEXT NOT NULL, rules TEXT NOT NULL,
      created_at TEXT NOT NULL, by TEXT NOT NULL, ledger_index INTEGER) STRICT
    """
  private static let keepPlaces = """
    INSERT OR IGNORE INTO places(model, path, fingerprint, seen_at)
    SELECT digest, path, fingerprint, last_checked FROM models
    """
  // The entry of the last decision that webhooks were told of.
  private static let told = """
    CREATE TABLE told(id INTEGER PRIMARY KEY CHECK (id = 1), entry INTEGER NOT NULL) STRICT
    """
  private static let policies = """
    CREATE TABLE IF NOT EXISTS policies(
      name TEXT PRIMARY KEY, digest TEXT NOT NULL, document TEXT NOT NULL,
      updated_at TEXT NOT NULL) STRICT, WITHOUT ROWID
    """
  private static let schedules = """
    CREATE TABLE schedules(
      name TEXT PRIMARY KEY, cron TEXT NOT NULL, timezone TEXT NOT NULL, task TEXT NOT NULL,
      catch_up TEXT NOT NULL, created_at TEXT NOT NULL, considered_until INTEGER NOT NULL,
      last_fired TEXT) STRICT, WITHOUT ROWID
    """
  private static let watched = """
    CREATE TABLE watched(
      path TEXT PRIMARY KEY, stamp BLOB NOT NULL) STRICT, WITHOUT ROWID
    """
  private static let webhooks = """
    CREATE TABLE webhooks(
      id TEXT PRIMARY KEY, url TEXT NOT NULL, events TEXT NOT NULL, secret BLOB NOT NULL,
      created_at TEXT NOT NULL) STRICT, WITHOUT ROWID
    """
  private static let deliveries = """
    CREATE TABLE deliveries(
      id TEXT PRIMARY KEY, webhook TEXT NOT NULL REFERENCES webhooks(id) ON DELETE CASCADE,
      body TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL,
      finished INTEGER NOT NULL DEFAULT 0, last_error TEXT) STRICT, WITHOUT ROWID
    """
}
