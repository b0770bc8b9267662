//! All that the checks want to know of a file, from one decode.

use std::path::Path;

use super::grain::grain;
use super::jpeg_quality::jpeg_quality;
use super::sharpness::sharpness;
use super::signature::Signature;
use super::tone::Tones;
use super::view::View;
use crate::catalog::facts::{FactKind, FactValue};
use crate::error::{Error, Result};
use crate::media::border::Runs;
use crate::media::decode::{Decoded, decode_bytes, decode_known_bytes, format_name, pixel_hash};

/// What a file's content says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    pub facts: Vec<(FactKind, FactValue)>,
    pub pixel_hash: Option<[u8; 32]>,
}

/// How far a file is known already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// An import has looked for damage in it.
    Imported,
    /// Nobody has.
    Unknown,
}

/// Of a file with these bytes; what cannot be read has its damage as its only fact. `path` is only for messages.
///
/// # Errors
/// [`Error::Invalid`] if there is no memory to reduce it.
pub fn measure(bytes: &[u8], path: &Path, trust: Trust) -> Result<Measured> {
    let decoded = match trust {
        Trust::Imported => decode_known_bytes(bytes, path),
        Trust::Unknown => decode_bytes(bytes, path),
    };
    match decoded {
        Ok(image) => {
            let mut measured = of_image(&image)?;
            let format = format_name(bytes).unwrap_or_default();
            measured
                .facts
                .push((FactKind::Format, FactValue::Bytes(format.into())));
            let quality = match format {
                "jpeg" => jpeg_quality(bytes),
                _lossless_or_unknown => Some(100.0),
            };
            let quality = quality.map(|quality| (FactKind::Quality, FactValue::Real(quality)));
            measured.facts.extend(quality);
            Ok(measured)
        }
        Err(Error::Image { reason, .. }) => Ok(damaged(&reason)),
        Err(other) => Err(other),
    }
}

/// Of a file that is no image.
pub fn damaged(reason: &str) -> Measured {
    Measured {
        facts: vec![(FactKind::Damage, FactValue::Bytes(reason.into()))],
        pixel_hash: None,
    }
}

fn of_image(image: &Decoded) -> Result<Measured> {
    let view = View::of(image)?;
    let tones = Tones::of(&view);
    let runs = Runs::of(image);
    let border = runs.insets(image.width(), image.height());
    let scale = view.luma.width as f64 / f64::from(image.width());
    let signature = Signature::of(&view.luma, border.scaled(scale));
    let signature = signature.map(|signature| signature.to_bytes());
    Ok(Measured {
        facts: vec![
            (FactKind::Highlights, FactValue::Real(tones.highlights)),
            (FactKind::Shadows, FactValue::Real(tones.shadows)),
            (FactKind::Chroma, FactValue::Real(tones.chroma)),
            (FactKind::Entropy, FactValue::Real(tones.entropy_bits)),
            (FactKind::Sharpness, FactValue::Real(sharpness(&view.luma))),
            (FactKind::Brightness, FactValue::Real(tones.middle)),
            (FactKind::Grain, FactValue::Real(grain(&view.luma))),
            (FactKind::Border, FactValue::Bytes(runs.to_bytes())),
            (
                FactKind::Signature,
                FactValue::Bytes(signature.unwrap_or_default()),
            ),
        ],
        pixel_hash: Some(pixel_hash(image)),
    })
}
