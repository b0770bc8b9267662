//! Files that are an image and something else at once, made to be taken for a picture by one program and run by another.
//!
//! Nothing here hands an upload on, so they do no harm; but who sends one means something else than to ask what it shows.

/// What else the file is, in words; `None` for a file that is only what it seems to be.
pub(crate) fn other_kind(bytes: &[u8]) -> Option<&'static str> {
    let head = bytes.get(..1024).unwrap_or(bytes);
    if contains(head, b"%pdf-") {
        return Some("a PDF document");
    }
    if ends_as_archive(bytes) {
        return Some("an archive");
    }
    SCRIPTS
        .into_iter()
        .find_map(|(mark, kind)| contains(bytes, mark).then_some(kind))
}

/// In small letters.
const SCRIPTS: [(&[u8], &str); 5] = [
    (b"<script", "a web page with a script"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<svg", "an SVG drawing"),
    (b"<?php", "a program for a web server"),
];

/// Whether `mark`, which begins with something that has no capital letter, is in `bytes`, in whatever letters.
fn contains(bytes: &[u8], mark: &[u8]) -> bool {
    let Some(&first) = mark.first() else {
        return false;
    };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|&byte| byte == first) {
        rest = rest.get(at..).unwrap_or_default();
        let here = rest.get(..mark.len());
        if here.is_some_and(|here| here.eq_ignore_ascii_case(mark)) {
            return true;
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

/// A zip file is read from its end: a directory's end mark, whose comment is all that follows (APPNOTE 4.3.16).
fn ends_as_archive(bytes: &[u8]) -> bool {
    const MARK: &[u8] = b"PK\x05\x06";
    const LENGTH: usize = 22;
    let farthest = LENGTH + usize::from(u16::MAX);
    let tail = bytes
        .get(bytes.len().saturating_sub(farthest)..)
        .unwrap_or(bytes);
    tail.windows(LENGTH).enumerate().any(|(at, end)| {
        let comment = end.last_chunk().map(|bytes| u16::from_le_bytes(*bytes));
        end.starts_with(MARK)
            && comment.is_some_and(|length| at + LENGTH + usize::from(length) == tail.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_in_an_image_is_named() {
        let image = b"\x89PNG\r\n\x1a\n and a few pixels, < and PK among them";
        assert_eq!(other_kind(image), None);
        let with = |more: &[u8]| other_kind(&[image.as_slice(), more].concat());
        assert_eq!(with(b"..<ScRiPt>"), Some("a web page with a script"));
        assert_eq!(
            with(b"<?php system($_GET[0]);"),
            Some("a program for a web server")
        );
        assert_eq!(with(b"\n%PDF-1.7"), Some("a PDF document"));
        let mut end = b"PK\x05\x06".to_vec();
        end.extend([0; 16]);
        end.extend([3, 0, b'a', b'b', b'c']);
        assert_eq!(with(&end), Some("an archive"));
        end.push(b'd');
        assert_eq!(with(&end), None, "its comment ends before the file does");
    }
}
