//! Where a run keeps what is known of it and a set of images.

use std::path::{Path, PathBuf};

/// A longer name of a set is cut in the name of its file.
const MAX_NAME: usize = 40;

/// `predictions/SET.ENDING` in the run's folder. A set whose name is no plain word, such as a folder, gets the last part of its name
/// and a hash.
pub fn set_file(run_dir: &Path, set: &str, ending: &str) -> PathBuf {
    let folder = run_dir.join("predictions");
    folder.join(format!("{}.{ending}", file_stem(set)))
}

fn file_stem(set: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    if !set.is_empty() && set.len() <= MAX_NAME && set.chars().all(is_plain) {
        return set.to_owned();
    }
    let last = set.rsplit(['/', '\\']).find(|part| !part.is_empty());
    let readable: String = last
        .unwrap_or_default()
        .chars()
        .map(|letter| if is_plain(letter) { letter } else { '_' })
        .take(MAX_NAME)
        .collect();
    let hash = blake3::hash(set.as_bytes()).to_hex();
    format!("{readable}-{}", hash.get(..16).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_has_a_file_of_its_own() {
        assert_eq!(file_stem("valid"), "valid");
        assert_eq!(file_stem("Tears_of_Steel-2"), "Tears_of_Steel-2");
        let folders = [
            "/a/drakes",
            "/b/drakes",
            "/a/drakes/",
            "dräkes",
            "..",
            "",
            "/",
        ];
        let mut stems: Vec<String> = folders.map(file_stem).into();
        for stem in &stems {
            assert!(!stem.contains(['/', '.']) && stem.len() < 80, "{stem}");
        }
        assert!(stems[0].starts_with("drakes-"));
        stems.sort();
        stems.dedup();
        assert_eq!(stems.len(), folders.len());
    }
}
