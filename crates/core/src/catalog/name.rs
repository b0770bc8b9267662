//! Names that people give, made comparable, and made safe for every disk.
//!
//! exFAT, NTFS and macOS keep upper and lower case but do not tell them apart, and macOS writes "é" as two characters
//! where others write one. Names that such a disk takes for one are one here too, on every disk: a project is copied from
//! one to the other.

use unicode_normalization::UnicodeNormalization as _;

/// Bytes in a file's name on every disk: 255 is common, but encrypted home folders (eCryptfs) take 143.
const MOST_BYTES: usize = 140;

/// Not allowed in names on exFAT and NTFS, or with a meaning in paths.
const FORBIDDEN: [char; 9] = ['<', '>', ':', '"', '/', '\\', '|', '?', '*'];

/// Names of devices on Windows, with any extension.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// Equal for names that differ only in case, Unicode form or space around them.
///
/// ```
/// use cutting_room_core::catalog::name::key;
/// assert_eq!(key("Élves "), key("e\u{301}lves"));
/// assert_ne!(key("elves"), key("elf"));
/// ```
pub fn key(name: &str) -> String {
    let letters = name.trim().nfc().flat_map(|letter| {
        // By way of the upper case, because some letters have two lower ones. What becomes several letters stays: "Maße"
        // is no "Masse".
        let mut upper = letter.to_uppercase();
        match (upper.next(), upper.next()) {
            (Some(upper), None) => upper.to_lowercase(),
            _several => letter.to_lowercase(),
        }
    });
    letters.nfc().collect()
}

/// In the Unicode form that other programs write, without space around it.
pub fn composed(name: &str) -> String {
    name.trim().nfc().collect()
}

/// A name as a class's: one line without characters that cannot be seen, "unnamed" if nothing is left.
///
/// ```
/// use cutting_room_core::catalog::name::class_name;
/// assert_eq!(class_name("night\nfolk "), "night folk");
/// assert_eq!(class_name("\u{a0}\u{200b}"), "unnamed");
/// ```
pub fn class_name(text: &str) -> String {
    let seen: String = text
        .chars()
        .filter(|letter| !is_invisible(*letter))
        .collect();
    let words: Vec<&str> = seen
        .split(|letter: char| letter.is_control())
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect();
    match composed(&words.join(" ")) {
        name if name.is_empty() => "unnamed".to_owned(),
        name => name,
    }
}

/// Nothing in it can be seen.
pub fn is_blank(text: &str) -> bool {
    text.chars()
        .all(|letter| letter.is_whitespace() || is_invisible(letter))
}

/// Takes no room and says nothing: spaces without width and marks of order at an edge.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{00ad}')
}

/// A name for a folder that every disk takes: `name` itself where that is possible.
pub fn folder_name(name: &str) -> String {
    file_name(name, "")
}

/// `STEM.EXTENSION` as a name that every disk takes, whatever number is added to it; without an extension only the stem.
pub fn file_name(stem: &str, extension: &str) -> String {
    let ending = match writable(extension).as_str() {
        "" => String::new(),
        extension => format!(".{extension}"),
    };
    let mut name = shortened(&writable(stem), MOST_BYTES.saturating_sub(ending.len()));
    if name.is_empty() {
        "unnamed".clone_into(&mut name);
    }
    if is_device(&name) {
        name.push('_');
    }
    name + &ending
}

/// Without forbidden characters, and without dots and spaces at the end, which Windows drops.
fn writable(text: &str) -> String {
    let text: String = composed(text)
        .chars()
        .map(|letter| {
            if letter.is_control() || FORBIDDEN.contains(&letter) {
                '_'
            } else {
                letter
            }
        })
        .collect();
    text.trim_end_matches(['.', ' ']).to_owned()
}

/// The beginning, whole characters of at most `bytes`.
fn shortened(text: &str, bytes: usize) -> String {
    let end = text
        .char_indices()
        .map(|(at, letter)| at + letter.len_utf8())
        .take_while(|end| *end <= bytes)
        .last();
    let text = text.get(..end.unwrap_or(0)).unwrap_or_default();
    text.trim_end_matches(['.', ' ']).to_owned()
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_lowercase();
    let stem = stem.trim_end();
    DEVICES.contains(&stem) && !matches!(stem, "com" | "lpt")
        || stem.len() == 4
            && (stem.starts_with("com") || stem.starts_with("lpt"))
            && stem.ends_with(|digit: char| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_stay() {
        for name in [
            "drakes",
            "IMG_1",
            "two words",
            "élves",
            "猫",
            "a.b",
            "-2",
            "#1",
            "com",
            "console",
        ] {
            assert_eq!(folder_name(name), name);
            assert_eq!(file_name(name, "jpg"), format!("{name}.jpg"));
        }
    }

    #[test]
    fn names_that_some_disk_refuses_become_ones_that_all_take() {
        for (name, safe) in [
            ("what?", "what_"),
            ("a:b*c", "a_b_c"),
            ("tab\there", "tab_here"),
            ("ends. .", "ends"),
            ("...", "unnamed"),
            ("", "unnamed"),
            ("CON", "CON_"),
            ("aux.old", "aux.old_"),
            ("Lpt1", "Lpt1_"),
            ("e\u{301}lves", "élves"),
        ] {
            assert_eq!(folder_name(name), safe, "{name:?}");
        }
        assert_eq!(file_name("nul", "jpg"), "nul_.jpg");
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        let name = file_name(&"n".repeat(251), "webp");
        assert_eq!(name.len(), MOST_BYTES);
        assert!(name.ends_with("n.webp"));
        let name = file_name(&"猫".repeat(90), "jpg");
        assert!(name.len() <= MOST_BYTES && name.ends_with("猫.jpg"));
    }

    #[test]
    fn keys_do_not_tell_case_and_form_apart() {
        for (one, other) in [
            ("IMG_1.JPG", "img_1.jpg"),
            ("e\u{301}", "\u{c9}"),
            ("ΣΑΣ", "σας"),
            (" elves", "Elves "),
        ] {
            assert_eq!(key(one), key(other), "{one} {other}");
        }
        assert_ne!(key("resume"), key("résumé"));
        assert_ne!(key("Maße"), key("Masse"));
    }
}
