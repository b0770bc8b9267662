//! The quick half of importing a folder: rows, one transaction a batch.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::class_names::ClassNames;
use super::insert_folder::{
    check_same_folder, check_source_name, find_source, is_collected, is_removed, upsert_folder,
};
use super::new_image::KnownImage;
use super::upsert_image::{Upsert, upsert_image};
use super::{ImageReader, ImportImages, ImportReport, NewImage};
use crate::catalog::facts::{self, ContentHash, FactKind, FactValue};
use crate::catalog::journal::{ImportEffect, ImportStep, number_import};
use crate::catalog::meta::count_change;
use crate::catalog::query::Catalog;
use crate::catalog::record::SourceId;
use crate::catalog::schema::absolute_path;
use crate::error::{Error, Result};
use crate::media::frame_series::NumberedName;
use crate::project::Project;

impl Catalog {
    /// Gathers what a worker needs to read the folder.
    ///
    /// # Errors
    /// `Missing` folder; `Invalid` if the name cannot be a folder's name or belongs to another film or folder.
    pub fn image_reader(&self, project: &Project, import: &ImportImages) -> Result<ImageReader> {
        if !import.folder.is_dir() {
            return Err(Error::Missing {
                path: import.folder.clone(),
            });
        }
        Ok(ImageReader {
            project: project.clone(),
            import: import.clone(),
            known: self.known_of(import)?,
            only: None,
            classes: self.settled_classes()?,
        })
    }

    /// What the source has already, also of imports that were undone, relative to its folder, which need not be there just
    /// now.
    ///
    /// # Errors
    /// `Invalid` if the name cannot be a folder's name or belongs to another film or folder.
    pub fn known_origins(&self, import: &ImportImages) -> Result<BTreeSet<String>> {
        Ok(self.known_of(import)?.into_keys().collect())
    }

    /// What the source has already, by origin.
    pub(super) fn known_of(&self, import: &ImportImages) -> Result<BTreeMap<String, KnownImage>> {
        check_source_name(&import.source)?;
        let Some(source) = find_source(&self.connection, &import.source)? else {
            return Ok(BTreeMap::new());
        };
        if is_collected(&self.root, import) && is_removed(&self.connection, source)? {
            return Ok(BTreeMap::new());
        }
        match check_same_folder(&self.connection, &self.root, source, import) {
            Ok(()) => self.known_images(source),
            // Nobody sees that the name is taken; the rows move aside when those of this import come.
            Err(_taken) if is_removed(&self.connection, source)? => Ok(BTreeMap::new()),
            Err(taken) => Err(taken),
        }
    }

    pub(super) fn settled_classes(&self) -> Result<ClassNames> {
        Ok(ClassNames::new(self.class_names()?))
    }

    /// Whether there is a source of this name whose images have no sides of their own.
    pub(super) fn holds_without_sides(&self, source: &str) -> Result<bool> {
        Ok(self.connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM source WHERE name = ?1 AND NOT is_removed)
                    AND NOT EXISTS (SELECT 1 FROM image JOIN source ON source.id = image.source
                                    WHERE source.name = ?1 AND image.side IS NOT NULL)",
            [source],
            |row| row.get(0),
        )?)
    }

    /// Those that an image has before those that were left behind.
    fn class_names(&self) -> Result<Vec<String>> {
        let mut select = self.connection.prepare(
            "SELECT name FROM class
             ORDER BY NOT EXISTS (SELECT 1 FROM image WHERE image.class = class.id), id",
        )?;
        let names = select.query_map([], |row| row.get(0))?;
        Ok(names.collect::<rusqlite::Result<_>>()?)
    }

    fn known_images(&self, source: SourceId) -> Result<BTreeMap<String, KnownImage>> {
        let facts = self.facts(FactKind::PixelHash)?;
        let looks = self.facts(FactKind::FrameLook)?;
        let mut select = self.connection.prepare(
            "SELECT path, origin, hash, width, height, is_removed FROM image WHERE source = ?1",
        )?;
        let known = select.query_map([source], |row| {
            let origin: String = row.get(1)?;
            let image = NewImage {
                path: absolute_path(&self.root, row.get_ref(0)?.as_str()?),
                origin: origin.clone(),
                hash: row.get(2)?,
                width: row.get(3)?,
                height: row.get(4)?,
                ..NewImage::default()
            };
            let content = ContentHash::from_hex(&image.hash);
            let has_facts = content.is_some_and(|content| {
                let is_looked_at =
                    || NumberedName::of(&origin).is_none() || looks.contains_key(&content);
                facts.contains_key(&content) && is_looked_at()
            });
            let known = KnownImage {
                image,
                is_present: !row.get::<_, bool>(5)?,
                has_facts,
            };
            Ok((origin, known))
        })?;
        Ok(known.collect::<rusqlite::Result<_>>()?)
    }

    /// The quick half of a folder of one batch, as a step of the history.
    ///
    /// # Errors
    /// As [`Self::insert_batch`].
    pub fn insert_images(
        &mut self,
        import: &ImportImages,
        images: &[NewImage],
    ) -> Result<ImportReport> {
        let mut report = ImportReport::default();
        self.insert_batch(import, images, &mut report)?;
        Ok(report)
    }

    /// The quick half of a folder: a batch of rows in one transaction; makes the source with the first batch. `report`:
    /// of the batches before, which are one step of the history with this one.
    ///
    /// # Errors
    /// `Catalog`, for instance on a full disk; `Cancelled` if the step was undone meanwhile. Then none of the batch is in.
    pub fn insert_batch(
        &mut self,
        import: &ImportImages,
        images: &[NewImage],
        report: &mut ImportReport,
    ) -> Result<()> {
        let root = self.root.clone();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let so_far = import.insert_rows(&transaction, &root, images, report)?;
        transaction.commit()?;
        *report = so_far;
        Ok(())
    }
}

impl ImportImages {
    /// Part of a transaction: a batch of rows. `report`: of the batches before; returns the one with this batch.
    pub(in crate::catalog) fn insert_rows(
        &self,
        transaction: &Connection,
        root: &Path,
        images: &[NewImage],
        report: &ImportReport,
    ) -> Result<ImportReport> {
        let (source, is_new_source) = upsert_folder(transaction, root, self)?;
        let mut batch = ImportReport {
            source: self.source.clone(),
            step: report.step.clone(),
            ..ImportReport::default()
        };
        let number = match &batch.step {
            Some(step) => step.import,
            None => number_import(transaction)?,
        };
        for image in images {
            let upsert = upsert_image(transaction, root, (source, number), image)?;
            insert_facts(transaction, image)?;
            match upsert {
                Upsert::Added(decision, decided) => {
                    batch.added += 1;
                    batch.remembered.count(decision, decided);
                    let is_identical = has_twin(transaction, source, image)?;
                    batch.identical += usize::from(is_identical);
                }
                Upsert::Same => batch.already_there += 1,
                Upsert::Changed => batch.changed += 1,
                Upsert::Moved => batch.moved += 1,
            }
        }
        let mut so_far = report.clone();
        so_far.absorb(&batch);
        let new_source = is_new_source.then_some(source);
        record_step(transaction, number, new_source, &mut so_far)?;
        count_change(transaction)?;
        Ok(so_far)
    }
}

/// One step of the history for all batches, once something was added.
pub(super) fn record_step(
    connection: &Connection,
    import: i64,
    new_source: Option<SourceId>,
    report: &mut ImportReport,
) -> Result<()> {
    let text = report.step_text();
    match &report.step {
        Some(step) => step.go_on(connection, &text)?,
        None if report.added > 0 || new_source.is_some() => {
            let effect = ImportEffect {
                new_source,
                ..ImportEffect::default()
            };
            report.step = Some(ImportStep::begin(connection, import, &effect, text)?);
        }
        None => {}
    }
    Ok(())
}

fn insert_facts(connection: &Connection, image: &NewImage) -> Result<()> {
    let Some(content) = ContentHash::from_hex(&image.hash) else {
        return Ok(());
    };
    if let Some(pixel_hash) = image.pixel_hash {
        let value = FactValue::Bytes(pixel_hash.to_vec());
        facts::insert(connection, FactKind::PixelHash, content, &value)?;
    }
    if let Some(look) = &image.look {
        let value = FactValue::Bytes(look.to_bytes());
        facts::insert(connection, FactKind::FrameLook, content, &value)?;
    }
    Ok(())
}

/// Whether another image of the catalog has exactly these pixels.
fn has_twin(connection: &Connection, source: SourceId, image: &NewImage) -> Result<bool> {
    let Some(pixel_hash) = image.pixel_hash else {
        return Ok(false);
    };
    // The kind is written out for the partial index on it.
    let mut exists = connection.prepare_cached(
        "SELECT EXISTS (
            SELECT 1 FROM fact JOIN content ON content.id = fact.content
            JOIN image ON image.hash = lower(hex(content.hash))
            JOIN source ON source.id = image.source
            WHERE fact.kind = 1 AND fact.version = ?1 AND fact.value = ?2
                  AND NOT image.is_removed AND NOT source.is_removed
                  AND NOT (image.source = ?3 AND image.origin = ?4))",
    )?;
    let version = FactKind::PixelHash.version();
    Ok(
        exists.query_row((version, pixel_hash, source, &image.origin), |row| {
            row.get(0)
        })?,
    )
}
