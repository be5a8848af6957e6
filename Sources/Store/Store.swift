// One small, total face on SQLite.
//
// `Database` is the connection, `SQLValue` and `Row` are what goes in and comes out, `Migration`
// is how a module's tables come to be. Several modules may keep their tables in one file.
