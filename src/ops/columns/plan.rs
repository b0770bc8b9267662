//! How a convolution is cut into bands, and how bands become columns and images again.

use crate::ops::geometry::{Extent, Window};

/// Floats of a band's column matrix in scratch, unless that leaves too few pixels.
const BAND: usize = 131_072;
/// Pixels of a band that make up for reading the weights.
const LEAST_PIXELS: usize = 224;
pub(super) struct Plan<'a> {
    pub(super) window: &'a Window,
    pub(super) extent: Extent,
    /// Channels of one group, in and out.
    pub(super) group_in: usize,
    pub(super) group_out: usize,
    /// Columns of the column matrix, for one group.
    pub(super) columns: usize,
    /// Output rows of a band, and bands of an image.
    pub(super) band: usize,
    pub(super) bands: usize,
    /// Images of a band; more than one only if a band holds whole images.
    pub(super) images: usize,
}

/// Some output rows of one image, or all rows of several.
#[derive(Clone, Copy)]
pub(super) struct Band {
    pub(super) image: usize,
    pub(super) images: usize,
    pub(super) rows: (usize, usize),
}

impl<'a> Plan<'a> {
    /// For at most `n` images that are worked on together.
    pub(super) fn new(window: &'a Window, extent: Extent, n: usize) -> Self {
        let group_in = window.in_channels / window.groups;
        let columns = window.kernel.0 * window.kernel.1 * group_in;
        let pixels = (BAND / (columns + window.out_channels).max(1)).max(LEAST_PIXELS);
        let height = extent.out_height.max(1);
        let band = (pixels / extent.out_width.max(1)).clamp(1, height);
        let image_pixels = (height * extent.out_width).max(1);
        let images = if band == height {
            let together = (n * image_pixels).div_ceil(pixels.max(image_pixels)).max(1);
            n.div_ceil(together).max(1)
        } else {
            1
        };
        Self {
            window,
            extent,
            group_in,
            group_out: window.out_channels / window.groups,
            columns,
            band,
            bands: extent.out_height.div_ceil(band),
            images,
        }
    }

    pub(super) fn rows(&self, index: usize) -> (usize, usize) {
        let first = index * self.band;
        (first, self.extent.out_height.min(first + self.band))
    }

    /// All bands of `n` images in order: the first image, how many, their rows.
    pub(super) fn all_bands(&self, n: usize) -> Vec<Band> {
        let firsts = (0..n).step_by(self.images);
        let bands = firsts.flat_map(|first| {
            (0..self.bands).map(move |index| Band {
                image: first,
                images: self.images.min(n - first),
                rows: self.rows(index),
            })
        });
        bands.collect()
    }

    pub(super) fn pixels(&self, band: &Band) -> usize {
        band.images * (band.rows.1 - band.rows.0) * self.extent.out_width
    }

    pub(super) fn image_len(&self) -> usize {
        self.extent.in_height * self.extent.in_width * self.window.in_channels
    }

    /// Calls `visit(column offset, image offset or None)` for every window position of output rows `first..last`; one
    /// call stands for `group_in` neighbouring values.
    pub(super) fn visit(
        &self,
        (first, last): (usize, usize),
        group: usize,
        mut visit: impl FnMut(usize, Option<usize>),
    ) {
        let (extent, window) = (&self.extent, self.window);
        let mut column = 0;
        for oy in first..last {
            for ox in 0..extent.out_width {
                for ky in 0..window.kernel.0 {
                    let y = (oy * window.stride + ky).wrapping_sub(extent.top);
                    for kx in 0..window.kernel.1 {
                        let x = (ox * window.stride + kx).wrapping_sub(extent.left);
                        let is_inside = y < extent.in_height && x < extent.in_width;
                        let at = is_inside.then(|| {
                            (y * extent.in_width + x) * window.in_channels + group * self.group_in
                        });
                        visit(column, at);
                        column += self.group_in;
                    }
                }
            }
        }
    }

    /// The column matrix of one group; `images` of the band are activated already.
    pub(super) fn gather(
        &self,
        columns: &mut [f32],
        images: &[f32],
        rows: (usize, usize),
        group: usize,
    ) {
        let len = self.group_in;
        let image_columns = (rows.1 - rows.0) * self.extent.out_width * self.columns;
        let parts = columns.chunks_exact_mut(image_columns.max(1));
        for (columns, image) in parts.zip(images.chunks_exact(self.image_len().max(1))) {
            self.visit(rows, group, |column, at| {
                let dst = &mut columns[column..column + len];
                match at {
                    Some(at) => dst.copy_from_slice(&image[at..at + len]),
                    None => dst.fill(0.0),
                }
            });
        }
    }

    /// The reverse of [`Plan::gather`]: adds columns onto the images.
    pub(super) fn scatter(
        &self,
        columns: &[f32],
        images: &mut [f32],
        rows: (usize, usize),
        group: usize,
    ) {
        let len = self.group_in;
        let image_columns = (rows.1 - rows.0) * self.extent.out_width * self.columns;
        let parts = columns.chunks_exact(image_columns.max(1));
        for (columns, image) in parts.zip(images.chunks_exact_mut(self.image_len().max(1))) {
            self.visit(rows, group, |column, at| {
                let Some(at) = at else { return };
                for (sum, &value) in image[at..at + len]
                    .iter_mut()
                    .zip(&columns[column..column + len])
                {
                    *sum += value;
                }
            });
        }
    }

    /// `(O, I, kh, kw)` to `(O, kh, kw, I)`, the order of the columns.
    pub(super) fn channels_last(&self, weight: &[f32]) -> Vec<f32> {
        let taps = self.window.kernel.0 * self.window.kernel.1;
        let mut turned = vec![0f32; weight.len()];
        for (from, to) in weight
            .chunks_exact(self.columns)
            .zip(turned.chunks_exact_mut(self.columns))
        {
            for (channel, taps_of_channel) in from.chunks_exact(taps).enumerate() {
                for (tap, &value) in taps_of_channel.iter().enumerate() {
                    to[tap * self.group_in + channel] = value;
                }
            }
        }
        turned
    }

    pub(super) fn channels_first(&self, weight: &[f32]) -> Vec<f32> {
        let taps = self.window.kernel.0 * self.window.kernel.1;
        let mut turned = vec![0f32; weight.len()];
        for (from, to) in weight
            .chunks_exact(self.columns)
            .zip(turned.chunks_exact_mut(self.columns))
        {
            for (tap, channels) in from.chunks_exact(self.group_in).enumerate() {
                for (channel, &value) in channels.iter().enumerate() {
                    to[channel * taps + tap] = value;
                }
            }
        }
        turned
    }
}
