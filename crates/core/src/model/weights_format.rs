//! What a file that should hold weights is, detected by its content.

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Safetensors,
    /// PyTorch's since 1.6: a zip of a pickle and raw numbers.
    Zip,
}

/// An 8-byte length and at least `{}`.
const MIN_SAFETENSORS: usize = 10;

/// The format of `bytes`, or why they are not weights and what helps.
pub(super) fn detect(bytes: &[u8]) -> Result<Format, &'static str> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if bytes.is_empty() {
        return Err("it is empty; download or copy it again");
    }
    if starts(b"PK\x03\x04") {
        return Ok(Format::Zip);
    }
    if starts(b"version https://git-lfs") {
        return Err(
            "it is a Git LFS pointer, not the weights; run `git lfs pull` in its repository, or download the file itself",
        );
    }
    if bytes.get(257..262) == Some(b"ustar") || starts(&[0x80, 2]) {
        return Err(
            "it is in PyTorch's format of before 1.6; load it in PyTorch and save it again, or take a .safetensors file",
        );
    }
    if starts(b"\x89HDF") {
        return Err("it is an HDF5 file (Keras); take the PyTorch weights of the same net");
    }
    if starts(b"\x1f\x8b") || starts(b"BZh") || starts(b"\xfd7zXZ") || starts(b"7z\xbc\xaf") {
        return Err("it is compressed; unpack it first");
    }
    if bytes.trim_ascii_start().starts_with(b"<") {
        return Err("it is a web page, not weights; download the file again by its direct address");
    }
    if bytes.iter().take(4096).all(|&byte| byte == 0) {
        return Err("it begins with zeros only (an interrupted download); download it again");
    }
    let Some(header_len) = safetensors_header_len(bytes) else {
        return Err("it is neither a .safetensors file nor one of PyTorch's");
    };
    if bytes.len() < header_len {
        return Err("it is cut off (an interrupted download?); download or copy it again");
    }
    Ok(Format::Safetensors)
}

/// Bytes of the length and the JSON header of a safetensors file; `None` if it is none.
fn safetensors_header_len(bytes: &[u8]) -> Option<usize> {
    if bytes.len() < MIN_SAFETENSORS {
        return None;
    }
    let length = u64::from_le_bytes(bytes.get(..8)?.try_into().ok()?);
    // The format's own limit is 100 MB; random bytes give far more.
    let is_header = bytes.get(8) == Some(&b'{') && length <= 100_000_000;
    is_header.then(|| 8 + length as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_weights_is_named() {
        let web = b"\n <!DOCTYPE html><html>404</html>";
        for (bytes, word) in [
            (&b""[..], "empty"),
            (
                b"version https://git-lfs.github.com/spec/v1\noid",
                "Git LFS",
            ),
            (web, "web page"),
            (&[0; 64], "zeros"),
            (b"\x1f\x8b\x08\x00abcdefgh", "compressed"),
            (b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8", "before 1.6"),
            (b"hello, I am a text file", "neither"),
            (b"\x40\x00\x00\x00\x00\x00\x00\x00{\"a\":", "cut off"),
        ] {
            let reason = detect(bytes).unwrap_err();
            assert!(reason.contains(word), "{word}: {reason}");
        }
        assert_eq!(detect(b"PK\x03\x04"), Ok(Format::Zip));
        assert_eq!(
            detect(b"\x02\x00\x00\x00\x00\x00\x00\x00{}"),
            Ok(Format::Safetensors)
        );
    }
}
