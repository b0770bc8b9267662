//! Batch normalisation on a device: moments, what they leave pending, and the backward pass.

use candle_core::Result;

use super::kernel::args;
use super::map::{Map, Pending};
use super::{Arg, DevicePtr, Engine, Kernel, Machine, Memory as _};
use crate::act::{Act, Bounds};

/// Threads that fill a large device; more pieces than that would only cost more joining.
const THREADS: usize = 1 << 17;
/// Fewer rows are not worth another piece.
const LEAST_ROWS: usize = 32;
/// Pieces that one thread joins.
const FAN_IN: usize = 32;

/// Parameters of a normalisation in device memory, `channels` each.
#[derive(Clone, Copy)]
pub struct NormPtrs<'a> {
    pub gamma: DevicePtr<'a>,
    pub beta: DevicePtr<'a>,
    pub mean: DevicePtr<'a>,
    pub variance: DevicePtr<'a>,
    pub eps: f64,
}

/// Rows of one piece, when each thread goes down one of `columns`.
pub(super) fn piece_rows(rows: usize, columns: usize) -> usize {
    let pieces = (THREADS / columns.max(1)).max(1);
    rows.div_ceil(pieces).max(LEAST_ROWS)
}

impl<M: Machine> Engine<'_, M> {
    /// Mean and biased variance of the map's channels, written to `mean` and `variance`.
    pub fn moments(self, map: &Map<M>, mean: DevicePtr<'_>, variance: DevicePtr<'_>) -> Result<()> {
        let (rows, channels) = (map.rows(), map.channels);
        let mut piece = piece_rows(rows, channels);
        let mut pieces = rows.div_ceil(piece);
        let mut parts = self.floats(2 * channels * pieces)?;
        let threads = pieces * channels;
        self.run(
            Kernel::Moments,
            threads,
            args![&parts, &map.data, channels, rows, piece, threads],
        )?;
        while pieces > 1 {
            let groups = pieces.div_ceil(FAN_IN);
            let combined = self.floats(2 * channels * groups)?;
            let threads = groups * channels;
            self.run(
                Kernel::CombineMoments,
                threads,
                args![&combined, &parts, channels, rows, piece, FAN_IN, threads],
            )?;
            (parts, pieces, piece) = (combined, groups, piece * FAN_IN);
        }
        self.run(
            Kernel::BatchMoments,
            channels,
            args![mean, variance, &parts, rows, channels],
        )
    }

    /// The normalisation to leave pending.
    pub fn pending(
        self,
        params: NormPtrs<'_>,
        channels: usize,
        (act, is_batch): (Act, bool),
    ) -> Result<Pending<M>> {
        let rows = self.floats(4 * channels)?;
        self.run(
            Kernel::Normalization,
            channels,
            args![
                &rows,
                params.mean,
                params.variance,
                params.gamma,
                params.beta,
                params.eps as f32,
                channels
            ],
        )?;
        Ok(Pending {
            rows,
            act,
            is_batch,
        })
    }

    /// A bias to leave pending.
    pub fn pending_bias(
        self,
        bias: DevicePtr<'_>,
        channels: usize,
        act: Act,
    ) -> Result<Pending<M>> {
        let rows = self.floats(4 * channels)?;
        self.run(Kernel::Bias, channels, args![&rows, bias, channels])?;
        Ok(Pending {
            rows,
            act,
            is_batch: false,
        })
    }

    /// Writes the gradient of a bias, which is the first row of `sums`.
    pub fn bias_gradient(
        self,
        sums: &M::Memory,
        channels: usize,
        into: DevicePtr<'_>,
    ) -> Result<()> {
        self.run(
            Kernel::AddPieces,
            channels,
            args![into, sums, channels, 1usize, 1usize, channels],
        )
    }

    /// Passes the gradient `g` of the activated map back through what is pending, in ptr. Returns the two rows of sums
    /// that [`Engine::coefficients`] needs; none if nothing is pending.
    pub fn pass_back(self, g: &M::Memory, map: &Map<M>) -> Result<Option<M::Memory>> {
        let Some(pending) = &map.pending else {
            return Ok(None);
        };
        let (rows, channels) = (map.rows(), map.channels);
        let piece = piece_rows(rows, channels);
        let pieces = rows.div_ceil(piece);
        let parts = self.floats(2 * channels * pieces)?;
        let Bounds { low, high } = pending.act.bounds();
        let threads = pieces * channels;
        self.run(
            Kernel::MaskAndSum,
            threads,
            args![
                g,
                &map.data,
                &pending.rows,
                low,
                high,
                &parts,
                channels,
                rows,
                piece,
                threads
            ],
        )?;
        let sums = self.floats(2 * channels)?;
        self.add_pieces(sums.ptr(), parts, 2 * channels, pieces)?;
        Ok(Some(sums))
    }

    /// Adds `pieces` rows of `len` values up into `total`.
    pub(super) fn add_pieces(
        self,
        total: DevicePtr<'_>,
        mut parts: M::Memory,
        len: usize,
        mut pieces: usize,
    ) -> Result<()> {
        while pieces > FAN_IN {
            let groups = pieces.div_ceil(FAN_IN);
            let sums = self.floats(len * groups)?;
            let threads = groups * len;
            self.run(
                Kernel::AddPieces,
                threads,
                args![&sums, &parts, len, pieces, FAN_IN, threads],
            )?;
            (parts, pieces) = (sums, groups);
        }
        self.run(
            Kernel::AddPieces,
            len,
            args![total, &parts, len, pieces, FAN_IN, len],
        )
    }

    /// Turns the gradient `g` behind the normalisation into that of the raw map, in place; writes the gradients of gain
    /// and bias.
    pub fn raw_gradient(
        self,
        (g, sums): (&M::Memory, &M::Memory),
        map: &Map<M>,
        gamma: DevicePtr<'_>,
        [gamma_gradient, beta_gradient]: [DevicePtr<'_>; 2],
    ) -> Result<()> {
        let Some(pending) = &map.pending else {
            return Ok(());
        };
        let channels = map.channels;
        let coefficients = self.floats(3 * channels)?;
        self.run(
            Kernel::Coefficients,
            channels,
            &[
                Arg::from(&coefficients),
                gamma_gradient.into(),
                beta_gradient.into(),
                sums.ptr().into(),
                gamma.into(),
                pending.rows.ptr().into(),
                Arg::Int(i32::from(pending.is_batch)),
                map.rows().into(),
                channels.into(),
            ],
        )?;
        self.run(
            Kernel::RawGradient,
            map.len(),
            args![g, g, &map.data, &coefficients, channels, map.len()],
        )
    }
}
