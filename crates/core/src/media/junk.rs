//! What a file is that is no image, or only the beginning of one.

/// In words for the person, from the content alone; `bytes` are those of a file that no decoder knows.
pub(super) fn describe(bytes: &[u8]) -> &'static str {
    if bytes.is_empty() {
        return "the file is empty";
    }
    if bytes.iter().all(|&byte| byte == 0) {
        return "the file holds only zeros (an interrupted download or copy)";
    }
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if let Some(refusal) = super::foreign_format::refusal(bytes) {
        return refusal;
    }
    if starts(b"\xd0\xcf\x11\xe0") {
        return "not an image (a Windows thumbnail cache or office file)";
    }
    if starts(b"%PDF") {
        return "not an image (a PDF document)";
    }
    if starts(b"PK\x03\x04") || starts(b"Rar!") || starts(b"\x1f\x8b") || starts(b"7z\xbc\xaf") {
        return "not an image (an archive; unpack it first)";
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return "not an image (a film; import it as a film)";
    }
    if starts(b"\x1a\x45\xdf\xa3") || starts(b"RIFF") && bytes.get(8..12) == Some(b"AVI ") {
        return "not an image (a film; import it as a film)";
    }
    match text_kind(bytes) {
        None => "not an image (no known image format)",
        Some(TextKind::Svg) => "an SVG drawing, which cannot be read; convert it to PNG",
        Some(TextKind::WebPage) => "not an image (a web page, HTML)",
        Some(TextKind::Other) => "not an image (a text file)",
    }
}

/// What a text is, in words; `None` for what is no text.
pub(super) fn text_name(bytes: &[u8]) -> Option<&'static str> {
    Some(match text_kind(bytes)? {
        TextKind::Svg => "an SVG drawing",
        TextKind::WebPage => "a web page (HTML)",
        TextKind::Other => "a text file",
    })
}

enum TextKind {
    Svg,
    WebPage,
    Other,
}

fn text_kind(bytes: &[u8]) -> Option<TextKind> {
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or(bytes);
    // The cut may fall inside a character; text is what is valid up to there.
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            let valid = head.get(..error.valid_up_to()).unwrap_or(head);
            std::str::from_utf8(valid).unwrap_or("")
        }
        Err(_) => "",
    };
    if text.is_empty() || text.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        return None;
    }
    let text = text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .to_lowercase();
    let is_svg = text.starts_with("<svg") || text.starts_with("<?xml") && text.contains("<svg");
    let is_page =
        text.starts_with('<') && (text.contains("<html") || text.starts_with("<!doctype"));
    Some(match (is_svg, is_page) {
        (true, _) => TextKind::Svg,
        (false, true) => TextKind::WebPage,
        (false, false) => TextKind::Other,
    })
}

/// Whether a JPEG file has its end marker.
///
/// After the header come segments with a length (which may hold a whole thumbnail) and scans, in whose data `FF` is
/// always followed by `00` or a restart marker (ITU-T T.81, B.1.1); so the first `FF D9` met this way is the end.
pub(super) fn jpeg_is_whole(bytes: &[u8]) -> bool {
    const END: u8 = 0xd9;
    // After the start marker.
    let mut at = 2;
    loop {
        let Some(skipped) = bytes
            .get(at..)
            .and_then(|rest| rest.iter().position(|&byte| byte == 0xff))
        else {
            return false;
        };
        at += skipped;
        let Some(&marker) = bytes.get(at + 1) else {
            return false;
        };
        match marker {
            END => return true,
            // Fill bytes before a marker.
            0xff => at += 1,
            // A stuffed zero, restart markers, a marker without content.
            0x00 | 0x01 | 0xd0..=0xd8 => at += 2,
            _ => {
                let (Some(&high), Some(&low)) = (bytes.get(at + 2), bytes.get(at + 3)) else {
                    return false;
                };
                at += 2 + usize::from(u16::from_be_bytes([high, low]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_junk_are_told_apart() {
        let known: [(&[u8], &str); 8] = [
            (b"", "empty"),
            (&[0; 100], "only zeros"),
            (b"<!DOCTYPE html><html><body>404", "web page"),
            (b"\xef\xbb\xbf  <HTML>", "web page"),
            (b"sorry, not found\n", "text file"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1", "thumbnail cache"),
            (b"\0\0\0\x18ftypheic....", "HEIC"),
            (b"\x87\x67\x97\x0b\x08\x20", "no known image format"),
        ];
        for (bytes, word) in known {
            assert!(
                describe(bytes).contains(word),
                "{bytes:?}: {}",
                describe(bytes)
            );
        }
    }

    #[test]
    fn the_end_of_an_embedded_thumbnail_is_not_the_end() {
        // An APP1 segment of 6 bytes that holds an end marker; then a scan without one.
        let cut = b"\xff\xd8\xff\xe1\x00\x06\xff\xd8\xff\xd9\xff\xda\x00\x02\x12\xff\x00\x34";
        assert!(!jpeg_is_whole(cut));
        assert!(jpeg_is_whole(&[cut.as_slice(), b"\xff\xd9"].concat()));
    }
}
