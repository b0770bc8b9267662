//! The quality that a JPEG was compressed with, from its quantization table.

/// The luminance table of the standard (ITU-T T.81, table K.1) is scaled by most encoders; its sum is enough to tell by how
/// much, whatever the order of its values.
const STANDARD_SUM: f64 = 3688.0;

/// 1 to 100, as libjpeg counts it; `None` if the file has no table.
pub fn jpeg_quality(bytes: &[u8]) -> Option<f64> {
    let scale = 100.0 * first_table_sum(bytes)? / STANDARD_SUM;
    let quality = if scale <= 100.0 {
        (200.0 - scale) / 2.0
    } else {
        5000.0 / scale
    };
    Some(quality.clamp(1.0, 100.0))
}

/// Sum of the 64 values of the first quantization table.
fn first_table_sum(bytes: &[u8]) -> Option<f64> {
    let mut at = 2;
    loop {
        let &[0xff, marker, high, low] = bytes.get(at..at + 4)? else {
            return None;
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let segment = bytes.get(at + 4..at + 2 + length)?;
        match marker {
            0xdb => {
                let (kind, values) = segment.split_first()?;
                let sum: u32 = if kind >> 4 == 0 {
                    values
                        .get(..64)?
                        .iter()
                        .map(|&value| u32::from(value))
                        .sum()
                } else {
                    let (pairs, _) = values.get(..128)?.as_chunks::<2>();
                    pairs
                        .iter()
                        .map(|pair| u32::from(u16::from_be_bytes(*pair)))
                        .sum()
                };
                return Some(f64::from(sum));
            }
            // The pixels begin, and no table came.
            0xda => return None,
            _other_segment => at += 2 + length,
        }
    }
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;
    use image::{Rgb, RgbImage};

    use super::*;

    #[test]
    fn the_quality_of_an_encoder_is_read_back() {
        let image = RgbImage::from_fn(32, 32, |x, y| Rgb([(x * 7) as u8, (y * 5) as u8, 90]));
        for quality in [20, 50, 75, 90] {
            let mut bytes = Vec::new();
            JpegEncoder::new_with_quality(&mut bytes, quality)
                .encode_image(&image)
                .unwrap();
            let found = jpeg_quality(&bytes).unwrap();
            assert!(
                (found - f64::from(quality)).abs() < 2.0,
                "{quality} {found}"
            );
        }
    }

    #[test]
    fn what_is_cut_off_or_no_jpeg_has_none() {
        assert_eq!(jpeg_quality(b"\xff\xd8\xff\xdb\x00\x43"), None);
        assert_eq!(jpeg_quality(b"\x89PNG\r\n\x1a\n"), None);
        assert_eq!(jpeg_quality(b""), None);
        assert_eq!(jpeg_quality(b"\xff\xd8\xff\xe0\x00\x00\xff\xdb"), None);
    }
}
