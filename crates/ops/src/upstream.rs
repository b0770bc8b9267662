//! What a convolution's backward pass starts from, and what it is asked for.

use super::feature::RawGradient;

/// The gradient behind the output's normalisation, and what turns it into that of the raw output.
#[derive(Clone, Copy)]
pub struct Upstream<'a> {
    pub gradient: &'a [f32],
    /// The raw output of the convolution.
    pub output: &'a [f32],
    pub raw: &'a RawGradient,
}

/// Which gradients are wanted; the input's goes into the buffer, added to what is there if `adds`.
pub struct Wanted {
    pub weight: bool,
    pub input: Option<Vec<f32>>,
    /// Only for a map with nothing pending on it: what is pending has one reader, so nothing to add to.
    pub adds: bool,
}

/// Cuts `data` into `count` parts of `len` (the last may be shorter; all empty where `len` is 0).
pub fn split(data: &mut [f32], len: usize, count: usize) -> impl Iterator<Item = &mut [f32]> {
    let mut rest = data;
    (0..count).map(move |_| {
        let all = std::mem::take(&mut rest);
        let (part, others) = all.split_at_mut(len.min(all.len()));
        rest = others;
        part
    })
}
