//! Connections to the catalog's files, also on disks that cannot lock them.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::error::Result;

/// SQLite's way to files that it does not lock, where locking fails.
#[cfg(unix)]
pub(super) fn open_with(
    path: &Path,
    flags: OpenFlags,
    can_lock: bool,
) -> rusqlite::Result<Connection> {
    if can_lock {
        Connection::open_with_flags(path, flags)
    } else {
        Connection::open_with_flags_and_vfs(path, flags, c"unix-none")
    }
}

#[cfg(not(unix))]
pub(super) fn open_with(
    path: &Path,
    flags: OpenFlags,
    _can_lock: bool,
) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, flags)
}

pub(super) fn open_writer(path: &Path, can_lock: bool) -> Result<Connection> {
    let connection = open_with(path, OpenFlags::default(), can_lock)?;
    if !can_lock {
        // A log from before is then read without the shared memory that locks would have to guard.
        connection.pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |_row| Ok(()))?;
    }
    Ok(connection)
}
