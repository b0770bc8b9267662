//! Folders that a system puts beside a person's files: previews, trash, what is left of archives. Their images are copies
//! or were thrown away.

/// Folder names in lower case, each with its maker.
const FOLDERS: [(&str, &str); 22] = [
    ("@eadir", "a network disk (Synology)"),
    ("#recycle", "a network disk (Synology)"),
    ("#snapshot", "a network disk (Synology)"),
    ("@recycle", "a network disk (QNAP)"),
    ("@recently-snapshot", "a network disk (QNAP)"),
    (".@__thumb", "a network disk (QNAP)"),
    ("$recycle.bin", "Windows"),
    ("recycler", "Windows"),
    ("system volume information", "Windows"),
    ("found.000", "Windows"),
    ("__macosx", "macOS, in an archive"),
    (".appledouble", "macOS"),
    (".spotlight-v100", "macOS"),
    (".fseventsd", "macOS"),
    (".documentrevisions-v100", "macOS"),
    (".temporaryitems", "macOS"),
    ("network trash folder", "macOS"),
    ("temporary items", "macOS"),
    ("lost+found", "Linux"),
    (".thumbnails", "Linux"),
    (".ipynb_checkpoints", "Jupyter"),
    (".stfolder", "Syncthing"),
];

/// Trash folders have the number of their user at the end.
const TRASH: &str = ".trash";

/// Who makes a folder of this name. `None` for a person's own.
pub(super) fn maker(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    if name.starts_with(TRASH) {
        return Some("a trash can");
    }
    let known = FOLDERS.iter().find(|(known, _)| *known == name)?;
    Some(known.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_folders_are_known_whatever_their_case() {
        for name in [
            "@eaDir",
            "#recycle",
            "$RECYCLE.BIN",
            "__MACOSX",
            ".Trash-1000",
            "LOST+FOUND",
        ] {
            assert!(maker(name).is_some(), "{name}");
        }
        for name in ["elves", "recycle", "trash", "macosx", "@home"] {
            assert_eq!(maker(name), None, "{name}");
        }
    }
}
