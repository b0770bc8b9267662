//! The source files of the four packages, and which module each belongs to.

use std::fs;
use std::path::{Path, PathBuf};

pub struct SourceFile {
    /// Relative to `src`, with `/`.
    pub name: String,
    /// First part of the path: the module it belongs to.
    pub module: String,
    pub text: String,
}

impl SourceFile {
    /// Lines of code: comments and the unit tests at the foot are left out.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .take_while(|(_, line)| *line != "#[cfg(test)]")
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
            .map(|(number, line)| (number + 1, line))
    }

    pub fn is_tests(&self) -> bool {
        self.name.ends_with("/tests.rs") || self.name.contains("/tests/")
    }
}

/// Where the modules' sources are, and what their names begin with: the folders of the four packages.
const ROOTS: [(&str, &str); 4] = [
    ("src", ""),
    ("crates/core/src", ""),
    ("crates/ops/src", "ops/"),
    ("crates/serve/src", "serve/"),
];

pub fn sources() -> Vec<SourceFile> {
    let mut sources = Vec::new();
    for (root, prefix) in ROOTS {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(root);
        let mut paths = Vec::new();
        collect(&root, &mut paths);
        paths.sort();
        assert!(
            paths.len() > 20,
            "only {} files in {}",
            paths.len(),
            root.display()
        );
        sources.extend(paths.iter().map(|path| source(path, &root, prefix)));
    }
    sources
}

fn source(path: &Path, root: &Path, prefix: &str) -> SourceFile {
    let name = path
        .strip_prefix(root)
        .unwrap()
        .to_string_lossy()
        .replace('\\', "/");
    // The random streams lie in the lowest package, and are a module of their own.
    let prefix = if name == "rng.rs" { "" } else { prefix };
    let name = format!("{prefix}{name}");
    let module = name.split('/').next().unwrap().trim_end_matches(".rs");
    SourceFile {
        module: module.to_owned(),
        text: fs::read_to_string(path).unwrap(),
        name,
    }
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}
