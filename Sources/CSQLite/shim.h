// SQLite as it is, plus what Swift cannot import: a variadic call.
#ifndef ASSAY_CSQLITE_SHIM_H
#define ASSAY_CSQLITE_SHIM_H

#include <sqlite3.h>

/// Switches a yes/no setting of one connection (`SQLITE_DBCONFIG_…`).
static inline int assay_sqlite_config(sqlite3 *database, int option, int value) {
  return sqlite3_db_config(database, option, value, (int *)0);
}

#endif
