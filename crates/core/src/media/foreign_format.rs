//! Images of formats that are not read: they are no junk, so the person is told which format it is and what helps.

use std::path::Path;

use image::error::{ImageFormatHint, UnsupportedError, UnsupportedErrorKind};

/// What a file of an image format that is not read is called, with the remedy. `None` for everything else; `bytes` are
/// those of a file that no decoder knows.
pub(super) fn refusal(bytes: &[u8]) -> Option<&'static str> {
    let known = BY_BEGINNING
        .iter()
        .find(|(beginning, _)| bytes.starts_with(beginning));
    if let Some((_, text)) = known {
        return Some(text);
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return match bytes.get(8..12)? {
            b"heic" | b"heix" | b"hevc" | b"mif1" | b"msf1" | b"avif" | b"avis" => {
                Some("HEIC and AVIF images cannot be read; convert them to JPEG or PNG")
            }
            b"crx " => Some(CAMERA_RAW),
            _film => None,
        };
    }
    if bytes.get(128..132) == Some(b"DICM") {
        return Some("DICOM images cannot be read; convert them to PNG");
    }
    is_targa(bytes).then_some("Targa images (.tga) cannot be read; convert them to PNG")
}

pub(super) const CAMERA_RAW: &str =
    "raw images of cameras cannot be read; develop them to JPEG or PNG";

const JPEG_2000: &str = "JPEG 2000 images (.jp2) cannot be read; convert them to JPEG or PNG";
const JPEG_XL: &str = "JPEG XL images cannot be read; convert them to JPEG or PNG";
const POSTSCRIPT: &str = "PostScript drawings cannot be read; convert them to PNG";
const METAFILE: &str = "Windows metafiles cannot be read; convert them to PNG";

const BY_BEGINNING: &[(&[u8], &str)] = &[
    (b"\0\0\0\x0cjP  \r\n\x87\n", JPEG_2000),
    (b"\xff\x4f\xff\x51", JPEG_2000),
    (b"\0\0\0\x0cJXL \r\n\x87\n", JPEG_XL),
    (b"\xff\x0a", JPEG_XL),
    (
        b"8BPS",
        "Photoshop files cannot be read; export them as JPEG or PNG",
    ),
    (
        b"gimp xcf",
        "GIMP files cannot be read; export them as JPEG or PNG",
    ),
    (
        b"SIMPLE  =",
        "FITS images cannot be read; convert them to PNG",
    ),
    (b"FLIF", "FLIF images cannot be read; convert them to PNG"),
    (b"icns", "Apple icons cannot be read; convert them to PNG"),
    (
        b"\x01\xda\0\x01",
        "SGI images cannot be read; convert them to PNG",
    ),
    (
        b"\x01\xda\x01\x01",
        "SGI images cannot be read; convert them to PNG",
    ),
    (
        b"\x0a\x05\x01\x08",
        "PCX images cannot be read; convert them to PNG",
    ),
    (b"%!PS", POSTSCRIPT),
    (b"\xc5\xd0\xd3\xc6", POSTSCRIPT),
    (b"\xd7\xcd\xc6\x9a", METAFILE),
    (b"\x01\0\0\0\x6c\0\0\0", METAFILE),
    (b"FUJIFILMCCD-RAW", CAMERA_RAW),
    (b"FOVb", CAMERA_RAW),
    (b"IIRO", CAMERA_RAW),
    (b"IIRS", CAMERA_RAW),
    (b"IIU\0", CAMERA_RAW),
    (b"\0MRM", CAMERA_RAW),
];

/// Of a format whose files are told from others, but not read; or a rare kind of one that is.
pub(super) fn unsupported(error: &UnsupportedError) -> String {
    match error.kind() {
        UnsupportedErrorKind::Format(ImageFormatHint::Exact(format)) => {
            let name = format!("{format:?}").to_uppercase();
            format!("{name} images cannot be read; convert them to JPEG or PNG")
        }
        _feature => format!(
            "the image is of a kind that cannot be read ({error}); convert it to JPEG or PNG"
        ),
    }
}

/// Most cameras store raw images as TIFF files whose first image is a thumbnail, which would be taken for the image; only
/// the name says so.
pub(super) fn is_named_camera_raw(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    RAW_EXTENSIONS
        .iter()
        .any(|raw| extension.eq_ignore_ascii_case(raw))
}

const RAW_EXTENSIONS: &[&str] = &[
    "3fr", "arw", "cr2", "dcr", "dng", "erf", "iiq", "kdc", "mef", "mos", "nef", "nrw", "orf",
    "pef", "rw2", "sr2", "srf", "srw",
];

/// Truevision's format (TGA specification 2.0, 1991) has a signature at its end since 1989, and none before: then its
/// header must describe an image that has at least a pixel, of a kind and depth that exist together.
fn is_targa(bytes: &[u8]) -> bool {
    if bytes.ends_with(b"TRUEVISION-XFILE.\0") {
        return true;
    }
    let Some(
        &[
            _id,
            has_colors,
            kind,
            c0,
            c1,
            c2,
            c3,
            color_bits,
            _,
            _,
            _,
            _,
            w0,
            w1,
            h0,
            h1,
            depth,
            flags,
        ],
    ) = bytes.first_chunk()
    else {
        return false;
    };
    let has_no_colors = has_colors == 0 && [c0, c1, c2, c3, color_bits] == [0; 5];
    let is_kind = match kind {
        1 | 9 => has_colors == 1 && depth == 8 && matches!(color_bits, 15 | 16 | 24 | 32),
        2 | 10 => has_no_colors && matches!(depth, 15 | 16 | 24 | 32),
        3 | 11 => has_no_colors && matches!(depth, 8 | 16),
        _ => false,
    };
    let (width, height) = (u16::from_le_bytes([w0, w1]), u16::from_le_bytes([h0, h1]));
    is_kind && width > 0 && height > 0 && flags & 0xc0 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_images_are_told_by_their_names() {
        assert!(is_named_camera_raw(Path::new("a/DSC_1.NEF")));
        assert!(!is_named_camera_raw(Path::new("a/scan.tif")));
    }

    #[test]
    fn images_of_other_formats_are_named_with_what_helps() {
        let mut dicom = vec![0; 128];
        dicom.extend(b"DICM....");
        let targa = [
            0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 200, 0, 150, 0, 24, 0x20, 1, 2, 3, 4,
        ];
        let known: [(&[u8], &str); 8] = [
            (b"\0\0\0\x0cjP  \r\n\x87\n....", "JPEG 2000"),
            (b"\xff\x0a\0\0", "JPEG XL"),
            (b"8BPS\0\x01", "Photoshop"),
            (b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript"),
            (b"\0\0\0\x18ftypheic....", "HEIC"),
            (b"\0\0\0\x18ftypcrx ....", "cameras"),
            (&dicom, "DICOM"),
            (&targa, "Targa"),
        ];
        for (bytes, word) in known {
            let text = refusal(bytes).unwrap_or_default();
            assert!(text.contains(word), "{word}: {text}");
            let has_remedy = ["convert", "export", "develop"].map(|verb| text.contains(verb));
            assert!(has_remedy.contains(&true), "no remedy: {text}");
        }
        for other in [&b"\0\0\0\x18ftypisom...."[..], b"buy milk", b"", &[0; 40]] {
            assert_eq!(refusal(other), None);
        }
    }
}
