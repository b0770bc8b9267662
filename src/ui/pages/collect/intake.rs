//! What was dropped or chosen, sorted by what it is: films to their form, folders and single images to theirs, and the
//! rest named with the reason.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::images_form::Wanted;
use super::probe::{Probed, Prober};
use crate::jobs::Waker;

/// Something that is neither film nor image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub path: PathBuf,
    pub reason: String,
}

/// What has been looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sorted {
    pub films: Vec<PathBuf>,
    pub images: Vec<Wanted>,
    pub refused: Vec<Refused>,
}

/// Paths that are being looked at.
#[derive(Default)]
pub struct Intake {
    waiting: Vec<PathBuf>,
}

impl Intake {
    pub fn add(&mut self, paths: Vec<PathBuf>, prober: &mut Prober) {
        for path in &paths {
            prober.forget(path);
        }
        self.waiting.extend(paths);
    }

    /// Everything at once, when the last of it is known: a batch that was dropped together stays together.
    pub fn sorted(&mut self, prober: &mut Prober, waker: &Waker) -> Option<Sorted> {
        if self.waiting.is_empty() {
            return None;
        }
        let answers: Vec<_> = self
            .waiting
            .iter()
            .map(|path| (path.clone(), prober.ask(path, waker)))
            .collect();
        let answers: Vec<_> = answers
            .into_iter()
            .map(|(path, answer)| Some((path, answer?)))
            .collect::<Option<_>>()?;
        self.waiting.clear();
        Some(sort(answers))
    }
}

fn sort(answers: Vec<(PathBuf, Result<Probed, String>)>) -> Sorted {
    let mut sorted = Sorted::default();
    let mut single: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for (path, answer) in answers {
        match answer {
            Ok(Probed::Film(_)) => sorted.films.push(path),
            Ok(Probed::Image) => {
                let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
                single.entry(folder).or_default().push(path);
            }
            Ok(Probed::Folder { files, films, .. }) => {
                if files == 0 && films.is_empty() {
                    sorted.refused.push(Refused {
                        path,
                        reason: "the folder is empty".to_owned(),
                    });
                    continue;
                }
                sorted.films.extend(films);
                if files > 0 {
                    sorted.images.push(Wanted {
                        folder: path,
                        files: None,
                    });
                }
            }
            Err(reason) => sorted.refused.push(Refused { path, reason }),
        }
    }
    let single = single.into_iter().map(|(folder, files)| Wanted {
        folder,
        files: Some(files),
    });
    sorted.images.extend(single);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::video::FilmInfo;

    #[test]
    fn everything_finds_its_form_and_one_bad_entry_blocks_nothing() {
        let folder = |files, films: &[&str]| {
            Ok(Probed::Folder {
                files,
                classes: Vec::new(),
                split: None,
                films: films.iter().map(PathBuf::from).collect(),
            })
        };
        let sorted = sort(vec![
            ("/a/film.mp4".into(), Ok(Probed::Film(FilmInfo::default()))),
            ("/a/mixed".into(), folder(3, &["/a/mixed/b.mkv"])),
            ("/a/films".into(), folder(0, &["/a/films/c.mkv"])),
            ("/a/empty".into(), folder(0, &[])),
            ("/b/1.jpg".into(), Ok(Probed::Image)),
            ("/c/2.jpg".into(), Ok(Probed::Image)),
            ("/b/3.jpg".into(), Ok(Probed::Image)),
            ("/a/notes.txt".into(), Err("no film".to_owned())),
        ]);
        let films = ["/a/film.mp4", "/a/mixed/b.mkv", "/a/films/c.mkv"];
        assert_eq!(sorted.films, films.map(PathBuf::from));
        let wanted = |folder: &str, files: Option<Vec<PathBuf>>| Wanted {
            folder: folder.into(),
            files,
        };
        assert_eq!(
            sorted.images,
            [
                wanted("/a/mixed", None),
                wanted("/b", Some(vec!["/b/1.jpg".into(), "/b/3.jpg".into()])),
                wanted("/c", Some(vec!["/c/2.jpg".into()])),
            ]
        );
        let refused: Vec<_> = sorted.refused.iter().map(|r| r.reason.as_str()).collect();
        assert_eq!(refused, ["the folder is empty", "no film"]);
    }
}
