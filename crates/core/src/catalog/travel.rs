//! A copy of the catalog for work that is done elsewhere, with some of the images.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::Backup;

use super::content::PixelHashes;
use super::query::Catalog;
use super::record::ImageId;
use super::schema;
use crate::error::Result;

impl Catalog {
    /// Writes a copy as the file `to`, in which the images of `files` lie where these say, relative to the copy's folder with `/`.
    /// Images of test sets stay without a file, because what is also in one is not trained on. All others are left out, and so are
    /// past edits, addresses that were fetched, and where on this computer anything lies. `pixels`: what is known of
    /// decoded images, which the copy could not find out without the files.
    ///
    /// # Errors
    /// [`crate::Error::Catalog`].
    pub fn copy_for(
        &self,
        to: &Path,
        files: &BTreeMap<ImageId, String>,
        pixels: &PixelHashes,
    ) -> Result<()> {
        let mut copy = Connection::open(to)?;
        Backup::new(&self.connection, &mut copy)?.run_to_completion(
            i32::MAX,
            Duration::ZERO,
            None,
        )?;
        // One file, whoever reads it.
        copy.query_row("PRAGMA journal_mode = DELETE", [], |_row| Ok(()))?;
        schema::migrate(&mut copy)?;
        let transaction = copy.transaction()?;
        transaction.execute_batch(
            "CREATE TEMP TABLE travelling (id INTEGER PRIMARY KEY, path TEXT NOT NULL);",
        )?;
        for (image, file) in files {
            transaction
                .prepare_cached("INSERT INTO travelling VALUES (?1, ?2)")?
                .execute((image, file))?;
        }
        transaction.execute_batch(
            "DELETE FROM image WHERE id NOT IN (SELECT id FROM travelling)
                AND id NOT IN (SELECT present_image.id FROM present_image
                               JOIN source ON source.id = present_image.source WHERE source.is_test);
             UPDATE image SET path = 'elsewhere/' || id;
             UPDATE image SET path = (SELECT path FROM travelling WHERE travelling.id = image.id)
                WHERE id IN (SELECT id FROM travelling);
             UPDATE source SET origin = 'elsewhere/' || id;
             DELETE FROM journal;
             DELETE FROM fetched;
             DELETE FROM stray;
             DROP TABLE travelling;",
        )?;
        transaction.commit()?;
        let mut copy = Self {
            connection: copy,
            root: self.root.clone(),
            lock: None,
        };
        copy.insert_pixel_hashes(pixels)?;
        // What was deleted is still in the file until then.
        copy.connection.execute_batch("VACUUM")?;
        Ok(())
    }
}
