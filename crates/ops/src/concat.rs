//! Maps side by side in one: a plain copy of their channels, with what is pending on each applied.
//!
//! A view over several maps would save the copy, but each net's normalisations differ by reader, and convolutions want
//! rows without gaps.

use rayon::prelude::*;

use super::feature::{Feature, Gradient, RawGradient, activate};
use super::residual::{add, pass_on, piece_len};
use super::scratch::BufferPool;

/// `(n, height, width, sum of all C)` from maps of one size, in their order.
pub fn concat(parts: &[&Feature], pool: &BufferPool) -> Feature {
    let Some(&first) = parts.first() else {
        return Feature::empty();
    };
    let channels: usize = parts.iter().map(|part| part.channels).sum();
    let mut data = pool.take(first.rows() * channels);
    let piece = piece_len(channels);
    data.par_chunks_mut(piece)
        .enumerate()
        .for_each(|(index, rows)| {
            let first_row = index * piece / channels;
            for (row, out) in rows.chunks_exact_mut(channels).enumerate() {
                let mut rest = out;
                for part in parts {
                    let (own, others) = rest.split_at_mut(part.channels);
                    rest = others;
                    let at = (first_row + row) * part.channels;
                    activate(
                        part.pending.as_ref(),
                        own,
                        &part.data[at..at + part.channels],
                    );
                }
            }
        });
    Feature {
        data,
        channels,
        pending: None,
        ..*first
    }
}

/// Where one of several maps lies in their concatenation.
#[derive(Clone, Copy, Debug)]
pub struct ChannelSlice {
    /// Its first channel.
    pub offset: usize,
    /// Of the whole concatenation.
    pub channels: usize,
}

/// The gradient of one part behind its own activation: its share of the whole map's `gradient`, whose pixels have
/// `channels` values, the part's from `offset` on; added to what other readers gave.
pub fn backward(
    gradient: &[f32],
    slice: ChannelSlice,
    part: &Feature,
    so_far: Option<Gradient>,
    pool: &BufferPool,
) -> Gradient {
    let ChannelSlice { offset, channels } = slice;
    let own = part.channels;
    let adds = so_far.is_some();
    let mut data = so_far.map_or_else(|| pool.take(part.data.len()), |gradient| gradient.data);
    let rows = piece_len(channels) / channels.max(1);
    data.par_chunks_mut((rows * own).max(1))
        .zip(gradient.par_chunks((rows * channels).max(1)))
        .for_each(|(to, from)| {
            let pixels = from.chunks_exact(channels);
            for (to, from) in to.chunks_exact_mut(own).zip(pixels) {
                let from = &from[offset..offset + own];
                if adds {
                    add(to, from);
                } else {
                    to.copy_from_slice(from);
                }
            }
        });
    pass_on(data, part)
}

/// The gradient of `map` itself from the `gradient` behind its normalisation.
pub fn before_norm(
    gradient: &[f32],
    raw: &RawGradient,
    map: &Feature,
    pool: &BufferPool,
) -> Vec<f32> {
    let mut data = pool.take(gradient.len());
    let piece = piece_len(map.channels);
    data.par_chunks_mut(piece)
        .zip(gradient.par_chunks(piece))
        .zip(map.data.par_chunks(piece))
        .for_each(|((to, gradient), values)| raw.apply(to, gradient, values));
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::act::Act;
    use crate::feature::Pending;

    fn map(channels: usize, data: Vec<f32>) -> Feature {
        Feature {
            n: 1,
            height: 1,
            width: data.len() / channels,
            data,
            channels,
            pending: None,
        }
    }

    #[test]
    fn channels_stand_side_by_side_with_their_activation_applied() {
        let pool = BufferPool::default();
        let plain = map(1, vec![-1., 2., -3.]);
        let mut biased = map(2, vec![0., 1., -5., 4., 7., -8.]);
        biased.pending = Some(Pending::bias(&[1., -2.], Act::Relu));
        let both = concat(&[&plain, &biased], &pool);
        assert_eq!((both.channels, both.width), (3, 3));
        assert_eq!(both.data, [-1., 1., 0., 2., 0., 2., -3., 8., 0.]);

        let gradient = [1., 2., 3., 4., 5., 6., 7., 8., 9.];
        let of_plain = backward(
            &gradient,
            ChannelSlice {
                offset: 0,
                channels: 3,
            },
            &plain,
            None,
            &pool,
        );
        assert_eq!(of_plain.data, [1., 4., 7.]);
        let again = backward(
            &gradient,
            ChannelSlice {
                offset: 0,
                channels: 3,
            },
            &plain,
            Some(of_plain),
            &pool,
        );
        assert_eq!(again.data, [2., 8., 14.]);
        // Nothing passes where the ReLU is closed; a bias' gradient is the sum of what passes.
        let of_biased = backward(
            &gradient,
            ChannelSlice {
                offset: 1,
                channels: 3,
            },
            &biased,
            None,
            &pool,
        );
        assert_eq!(of_biased.data, [2., 0., 0., 6., 8., 0.]);
        assert_eq!(of_biased.sums.unwrap().of_gradient, [10., 6.]);
    }

    #[test]
    fn a_map_of_many_pieces_comes_back_as_it_went() {
        let pool = BufferPool::default();
        let values = |channels: usize, factor: f32| {
            let len = 30_000 * channels;
            map(channels, (0..len).map(|i| i as f32 * factor).collect())
        };
        let parts = [values(3, 1.0), values(5, -1.0)];
        let both = concat(&[&parts[0], &parts[1]], &pool);
        let mut offset = 0;
        for part in &parts {
            let back = backward(
                &both.data,
                ChannelSlice {
                    offset,
                    channels: 8,
                },
                part,
                None,
                &pool,
            );
            assert_eq!(back.data, part.data);
            offset += part.channels;
        }
    }
}
