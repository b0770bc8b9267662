//! Boxes from a table, as detectors write them: a line each with the path of the image and x, y, w and h in pixels of the
//! upright file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::proposals::{Proposal, can_be_cropped};
use crate::catalog::{CharacterCrop, CropOrigin, ImageId, ImageRecord, Snapshot, SourceId};
use crate::error::{Error, Result};
use crate::media::crop_box::{CropBox, PixelBox};

const MOST_BYTES: u64 = 256 << 20;

/// What a table has come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadBoxes {
    /// One an image at most: of several boxes that with the highest score, or else the largest.
    pub proposals: Vec<Proposal>,
    /// All that the table is about.
    pub looked_at: BTreeSet<ImageId>,
    /// Paths that are no image of the sources, each once.
    pub unknown: Vec<String>,
    /// Images none of whose boxes lies in them.
    pub outside: usize,
    /// Images that are cropped to their character already, or rejected: they stay as they are.
    pub decided: usize,
}

/// A line of the table.
struct Line {
    path: String,
    found: PixelBox,
    score: Option<f64>,
}

/// Where the columns are.
struct Columns {
    path: usize,
    /// x, y, width, height.
    sides: [usize; 4],
    score: Option<usize>,
}

/// Reads a table of boxes of images of `sources`: with a first line that names its columns path, x, y, w, h and perhaps score,
/// in any order, or without and in this one. Paths are absolute, or relative to the imported folder, the project, the table, or
/// the present folder. `margin`: around each box, see [`CropBox::framed`].
///
/// # Errors
/// [`Error::Io`]; [`Error::Invalid`], naming the line: no table of boxes, a number that is none, a path in several sources.
pub fn read(
    path: &Path,
    (snapshot, sources): (&Snapshot, &[SourceId]),
    margin: f64,
) -> Result<ReadBoxes> {
    let images = Images::of(snapshot, sources, path);
    let mut read = ReadBoxes::default();
    let mut best: BTreeMap<ImageId, Option<Proposal>> = BTreeMap::new();
    for line in lines(path)? {
        let Some(image) = images.find(&line.path)? else {
            if !read.unknown.contains(&line.path) {
                read.unknown.push(line.path);
            }
            continue;
        };
        let known = best.entry(image.id).or_default();
        let proposal = proposal(image, &line, margin);
        let rank = |proposal: &Proposal| (proposal.score, proposal.crop.part.area());
        if proposal.as_ref().map(rank) > known.as_ref().map(rank) {
            *known = proposal;
        }
    }
    for (id, proposal) in best {
        let is_open = snapshot.image(id).is_some_and(can_be_cropped);
        match proposal {
            // What was proposed for it before stays.
            None => {
                read.outside += 1;
                continue;
            }
            Some(_) if !is_open => read.decided += 1,
            Some(proposal) => read.proposals.push(proposal),
        }
        read.looked_at.insert(id);
    }
    Ok(read)
}

fn proposal(image: &ImageRecord, line: &Line, margin: f64) -> Option<Proposal> {
    let part = CropBox::of_pixels(line.found, image.file_size())?;
    Some(Proposal {
        image: image.id,
        hash: image.hash.clone(),
        crop: CharacterCrop {
            part: part.framed(image.file_size(), margin),
            by: CropOrigin::Boxes,
        },
        score: line.score.unwrap_or(1.0),
    })
}

fn lines(path: &Path) -> Result<Vec<Line>> {
    let invalid = |what: String| Error::Invalid(format!("{what}; file {}", path.display()));
    let about = path.metadata().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::Missing {
            path: path.to_path_buf(),
        },
        _other => Error::io("read the boxes", path)(error),
    })?;
    if about.is_dir() {
        return Err(invalid("it is a folder; name the table in it".into()));
    }
    if about.len() > MOST_BYTES {
        return Err(invalid(
            "the table is larger than 256 MiB; divide it into several".into(),
        ));
    }
    let bytes = std::fs::read(path).map_err(Error::io("read the boxes", path))?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(text))
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut columns: Option<Columns> = None;
    let mut lines = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| {
            invalid(format!(
                "the table cannot be read ({error}); mend that line"
            ))
        })?;
        // Only for who is refused: it is counted anew.
        let number = || line_number(text, row.position());
        let Some(columns) = &columns else {
            let (found, is_heading) = Columns::of(&row).ok_or_else(|| {
                invalid(format!(
                    "line {} has no columns path, x, y, w and h; write a first line that names them",
                    number()
                ))
            })?;
            if !is_heading {
                lines.extend(found.line(&row));
            }
            columns = Some(found);
            continue;
        };
        lines.push(columns.line(&row).ok_or_else(|| {
            invalid(format!(
                "line {} is no path with x, y, w and h in pixels, w and h above 0, and perhaps a score; mend or remove it",
                number()
            ))
        })?);
    }
    if lines.is_empty() {
        return Err(invalid(
            "there is no box in it; write a line each with path, x, y, w, h".into(),
        ));
    }
    Ok(lines)
}

/// From 1; a row's position is that of the empty lines before it.
fn line_number(text: &str, position: Option<&csv::Position>) -> usize {
    let start = position.map_or(0, |position| position.byte() as usize);
    let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let bytes = text.as_bytes().iter().enumerate();
    let before = bytes.take_while(|(at, byte)| *at < start || is_end(byte));
    1 + before.filter(|(_, byte)| **byte == b'\n').count()
}

/// What the first line has most of.
fn separator(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty());
    let count = |separator: &u8| {
        let bytes = first.unwrap_or_default().bytes();
        bytes.filter(|byte| byte == separator).count()
    };
    // Of equals the last.
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(count)
        .unwrap_or(b',')
}

impl Columns {
    /// Of the first line, and whether it only names them.
    fn of(row: &csv::StringRecord) -> Option<(Self, bool)> {
        let place = |names: &[&str]| {
            let mut values = row.iter();
            values.position(|value| names.iter().any(|name| value.eq_ignore_ascii_case(name)))
        };
        let named = place(&["path", "file", "image"]).zip(place(&["x"]).zip(place(&["y"])));
        let size = place(&["w", "width"]).zip(place(&["h", "height"]));
        if let Some(((path, (x, y)), (width, height))) = named.zip(size) {
            let columns = Self {
                path,
                sides: [x, y, width, height],
                score: place(&["score", "confidence"]),
            };
            return Some((columns, true));
        }
        let columns = Self {
            path: 0,
            sides: [1, 2, 3, 4],
            score: Some(5),
        };
        columns.line(row).is_some().then_some((columns, false))
    }

    fn line(&self, row: &csv::StringRecord) -> Option<Line> {
        let number = |at: usize| {
            let number: f64 = row.get(at)?.parse().ok()?;
            number.is_finite().then_some(number)
        };
        let path = row.get(self.path).filter(|path| !path.is_empty())?;
        let [x, y, width, height] = self.sides.map(number);
        let score = self.score.and_then(|at| row.get(at));
        let score = score.filter(|text| !text.is_empty());
        Some(Line {
            path: path.to_owned(),
            found: PixelBox {
                x: x?,
                y: y?,
                width: width.filter(|width| *width > 0.0)?,
                height: height.filter(|height| *height > 0.0)?,
            },
            score: match score {
                Some(text) => Some(text.parse().ok().filter(|score: &f64| score.is_finite())?),
                None => None,
            },
        })
    }
}

/// Images by what a table may call them.
struct Images<'a> {
    snapshot: &'a Snapshot,
    by_origin: BTreeMap<&'a str, Vec<&'a ImageRecord>>,
    by_path: BTreeMap<&'a Path, &'a ImageRecord>,
    /// The folder of the table.
    beside: &'a Path,
}

impl<'a> Images<'a> {
    fn of(snapshot: &'a Snapshot, sources: &[SourceId], table: &'a Path) -> Self {
        let images = snapshot.images.iter();
        let mut known = Self {
            snapshot,
            by_origin: BTreeMap::new(),
            by_path: BTreeMap::new(),
            beside: table.parent().unwrap_or(Path::new("")),
        };
        for image in images.filter(|image| sources.contains(&image.source)) {
            let of_origin = known.by_origin.entry(image.origin.as_str());
            of_origin.or_default().push(image);
            known.by_path.insert(&image.path, image);
        }
        known
    }

    /// # Errors
    /// [`Error::Invalid`] for a path that images of several sources have.
    fn find(&self, path: &str) -> Result<Option<&'a ImageRecord>> {
        // As Windows writes them.
        let path = path.replace('\\', "/");
        let origin = path.strip_prefix("./").unwrap_or(&path);
        match self.by_origin.get(origin).map(Vec::as_slice) {
            Some([only]) => return Ok(Some(*only)),
            Some(several) => {
                let sources = several.iter();
                let sources = sources.filter_map(|image| self.snapshot.source(image.source));
                let names: Vec<&str> = sources.map(|source| source.name.as_str()).collect();
                return Err(Error::Invalid(format!(
                    "{path} is in several sources ({}); choose one (on the command line: with --film)",
                    names.join(", ")
                )));
            }
            None => {}
        }
        let in_project = self.snapshot.root.join(origin);
        if let Some(image) = self.by_path.get(in_project.as_path()) {
            return Ok(Some(*image));
        }
        let places = [Path::new(&path).to_path_buf(), self.beside.join(&path)];
        let mut real = places.iter().filter_map(|path| path.canonicalize().ok());
        Ok(real.find_map(|path| self.by_path.get(path.as_path()).copied()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curate::test_image;
    use crate::media::crop_box::PixelSize;

    const SOURCE: &[SourceId] = &[SourceId(1)];

    fn snapshot() -> Snapshot {
        let image = |id: i64| ImageRecord {
            origin: format!("{id}.png"),
            width: 640,
            height: 360,
            id: ImageId(id),
            ..test_image()
        };
        Snapshot {
            images: (1..=3).map(image).collect(),
            ..Snapshot::default()
        }
    }

    fn of(text: &str) -> Result<ReadBoxes> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        read(file.path(), (&snapshot(), SOURCE), 0.0)
    }

    #[test]
    fn boxes_come_in_by_named_columns_or_in_order_and_unknown_paths_are_named() {
        let named = "score;h;w;y;x;path\n0.9;200;200;20;40;./1.png\n0.1;300;300;0;0;1.png\n\n0.5;9;9;0;0;4.png\n0.5;9;9;0;0;4.png\n0.5;9;9;900;0;2.png";
        let read = of(named).unwrap();
        let [only] = read.proposals.as_slice() else {
            panic!("{read:?}");
        };
        assert_eq!((only.image, only.score), (ImageId(1), 0.9));
        let size = PixelSize {
            width: 640,
            height: 360,
        };
        let insets = only.crop.part.insets(size);
        assert_eq!((insets.left, insets.top), (40, 20));
        assert_eq!(insets.inner(640, 360), (200, 200));
        assert_eq!((read.unknown, read.outside), (vec!["4.png".to_owned()], 1));
        assert_eq!(read.looked_at, BTreeSet::from([ImageId(1)]));

        // The largest, where there is no score.
        let read = of("1.png,0,0,100,100\n1.png,100,100,200,200\n\"3.png\",0,0,640,360").unwrap();
        let areas = read.proposals.iter().map(|one| one.crop.part.area());
        let areas: Vec<f64> = areas.collect();
        assert!((areas[0] - 40_000.0 / 230_400.0).abs() < 1e-4 && areas[1] == 1.0);
    }

    #[test]
    fn a_bad_table_is_refused_with_its_line() {
        for (text, said) in [
            ("", "there is no box in it"),
            ("name,left,top\na,1,2", "line 1 has no columns path"),
            (
                "path,x,y,w,h\n1.png,1,2,3",
                "line 2 is no path with x, y, w and h",
            ),
            ("1.png,1,2,3,4\n\n1.png,1,2,-3,4", "line 3 is no path"),
            ("1.png,1,2,3,4\n1.png,1,NaN,3,4", "line 2 is no path"),
            ("1.png,1,2,3,4,high", "line 1 has no columns"),
        ] {
            let error = of(text).unwrap_err().to_string();
            assert!(error.contains(said), "{text:?}: {error}");
        }
    }
}
