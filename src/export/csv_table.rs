//! Rows as the bytes of a table.

use serde::Serialize;

/// A table, or why it cannot be made.
pub(super) type Bytes = Result<Vec<u8>, ::csv::Error>;

/// A table of some rows, with a head.
pub(super) fn table<R: Serialize>(rows: impl Iterator<Item = R>) -> Bytes {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row)?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}
