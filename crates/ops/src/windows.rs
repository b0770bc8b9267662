//! What pools share: the windows of an image, and maps gone through image by image, forward and back.

use rayon::prelude::*;

use super::feature::{Feature, Gradient, Sums, activate};
use super::geometry::PoolWindow;
use super::scratch::{BufferPool, with_scratch};
use super::upstream::split;

/// The windows of one image, numbered row by row.
pub(super) struct Windows {
    window: PoolWindow,
    input: (usize, usize),
    channels: usize,
    height: usize,
    width: usize,
}

impl Windows {
    pub fn new(input: &Feature, window: PoolWindow) -> Self {
        Self {
            window,
            input: (input.height, input.width),
            channels: input.channels,
            height: window.output(input.height),
            width: window.output(input.width),
        }
    }

    fn count(&self) -> usize {
        self.height * self.width
    }

    /// One over the pixels that count.
    pub fn share(&self, place: usize) -> f32 {
        let rows = self.window.counted(place / self.width, self.input.0);
        let columns = self.window.counted(place % self.width, self.input.1);
        1.0 / (rows * columns) as f32
    }

    /// Calls with every pixel of the window that lies inside the image.
    pub fn visit(&self, place: usize, mut visit: impl FnMut(usize)) {
        for y in self.window.inside(place / self.width, self.input.0) {
            for x in self.window.inside(place % self.width, self.input.1) {
                visit(y * self.input.1 + x);
            }
        }
    }

    /// A map of what `fill` makes of an activated image, window by window: it gets a window's number, its output pixel
    /// and the image.
    pub fn forward(
        &self,
        input: &Feature,
        pool: &BufferPool,
        fill: impl Fn(usize, &mut [f32], &[f32]) + Sync,
    ) -> Feature {
        let channels = self.channels;
        let mut data = pool.take(input.n * self.count() * channels);
        let image_len = input.height * input.width * channels;
        data.par_chunks_mut((self.count() * channels).max(1))
            .zip(input.data.par_chunks(image_len.max(1)))
            .for_each(|(out, raw)| {
                with_scratch(image_len, |image| {
                    activate(input.pending.as_ref(), image, raw);
                    for (place, out) in out.chunks_exact_mut(channels).enumerate() {
                        fill(place, out, image);
                    }
                });
            });
        Feature {
            data,
            n: input.n,
            height: self.height,
            width: self.width,
            channels,
            pending: None,
        }
    }

    /// The gradient of the input behind its activation: `spread` adds the `gradient` of one image's windows (a pixel each) to that
    /// of the activated image, which begins at 0; it is given both and the raw image.
    pub fn backward(
        &self,
        input: &Feature,
        gradient: &[f32],
        pool: &BufferPool,
        spread: impl Fn(&mut [f32], &[f32], &[f32]) + Sync,
    ) -> Gradient {
        let channels = self.channels;
        let image_len = input.height * input.width * channels;
        let mut data = pool.take(input.data.len());
        let sums_len = if input.pending.is_some() {
            2 * channels
        } else {
            0
        };
        let mut sums = vec![0f32; input.n * sums_len];
        let sums_of: Vec<_> = split(&mut sums, sums_len, input.n).collect();
        data.par_chunks_mut(image_len.max(1))
            .zip(input.data.par_chunks(image_len.max(1)))
            .zip(gradient.par_chunks((self.count() * channels).max(1)))
            .zip(sums_of)
            .for_each(|(((dx, raw), gradient), sums)| {
                dx.fill(0.0);
                spread(dx, gradient, raw);
                if let Some(pending) = &input.pending {
                    pending.mask(dx, raw, sums);
                }
            });
        Gradient {
            data,
            sums: input
                .pending
                .as_ref()
                .map(|_| Sums::combine(&sums, channels)),
        }
    }
}
