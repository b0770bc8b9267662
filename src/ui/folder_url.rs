//! The address of a folder, for the program that shows folders.

use std::path::Path;

/// `file:///home/me/two%20words`
pub fn folder_url(folder: &Path) -> String {
    let text = folder.to_string_lossy().replace('\\', "/");
    // A drive of Windows stands behind a slash, too.
    let begin = if text.starts_with('/') {
        "file://"
    } else {
        "file:///"
    };
    let encoded = text.bytes().map(|byte| {
        if byte.is_ascii_alphanumeric() || b"/:-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    std::iter::once(begin.to_owned()).chain(encoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_an_address_is_encoded() {
        let folder = Path::new("/home/me/a #1 é");
        assert_eq!(folder_url(folder), "file:///home/me/a%20%231%20%C3%A9");
        assert_eq!(folder_url(Path::new("C:\\x")), "file:///C:/x");
    }
}
