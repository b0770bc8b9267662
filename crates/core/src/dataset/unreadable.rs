//! Images of a set that could not be read, told of in few words: a folder that was moved away takes thousands with it.

use std::path::PathBuf;

use crate::error::Error;
use crate::progress::Progress;

/// So many are named one by one.
const NAMED: usize = 3;

#[derive(Debug, Default)]
pub struct Unreadable(Vec<(PathBuf, Error)>);

impl Unreadable {
    pub fn add(&mut self, path: PathBuf, error: Error) {
        self.0.push((path, error));
    }

    /// A warning for each of a few, or one of all. One that has been said already is not said again.
    ///
    /// `of`: how many images there were to read.
    pub fn warn(self, of: usize, progress: &Progress) {
        let known = progress.warnings();
        let say = |subject: String, message: String| {
            let is_known = |warning: &crate::progress::Warning| {
                warning.subject == subject && warning.message == message
            };
            if !known.iter().any(is_known) {
                progress.warn(subject, message);
            }
        };
        let count = self.0.len();
        let gone = self.0.iter().filter(|(path, _)| !path.exists()).count();
        if count > NAMED
            && let Some((path, _)) = self.0.first()
        {
            let (why, remedy) = match gone {
                0 => ("they are damaged or no images", "replace or remove them"),
                gone if gone == count => (
                    "their files are gone",
                    "put the files back, or import the film or folder again",
                ),
                _some => (
                    "the files of some are gone and the others are damaged",
                    "put back what is gone, and replace or remove the others",
                ),
            };
            say(
                format!("{count} of {of} images"),
                format!(
                    "could not be read and are left out: {why}, for instance {}; {remedy}",
                    path.display()
                ),
            );
            return;
        }
        for (path, error) in self.0 {
            say(path.display().to_string(), error.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warned(count: usize) -> Vec<crate::progress::Warning> {
        let progress = Progress::silent();
        for _ in 0..2 {
            let mut unreadable = Unreadable::default();
            for number in 0..count {
                let path = PathBuf::from(format!("/nowhere/{number}.jpg"));
                unreadable.add(path.clone(), Error::Missing { path });
            }
            unreadable.warn(41, &progress);
        }
        progress.warnings()
    }

    #[test]
    fn a_few_are_named_and_many_are_one_warning_with_the_remedy() {
        assert_eq!(warned(0), []);
        assert_eq!(warned(3).len(), 3);
        let many = warned(15);
        assert_eq!(many.len(), 1, "{many:?}");
        assert_eq!(many[0].subject, "15 of 41 images");
        let message = &many[0].message;
        assert!(
            message.contains("files are gone")
                && message.contains("import the film or folder again"),
            "{message}"
        );
    }
}
