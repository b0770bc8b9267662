//! A feature map in a device's memory with the normalisation still to be applied, and the gradient that comes back to it.

use std::sync::Arc;

use candle_core::Result;

use super::kernel::args;
use super::{Arg, DevicePtr, Engine, Kernel, Machine, Memory as _};
use crate::act::{Act, Bounds};

/// As [`crate::feature::Pending`]: scale, shift, mean, 1 / standard deviation, a row of channels each.
pub struct Pending<M: Machine> {
    pub rows: M::Memory,
    pub act: Act,
    /// The statistics are those of this very batch, so they have a gradient too.
    pub is_batch: bool,
}

/// A map of `n` images, `height` x `width` x `channels`, NHWC; raw where something is pending.
pub struct Map<M: Machine> {
    pub data: M::Memory,
    pub n: usize,
    pub height: usize,
    pub width: usize,
    pub channels: usize,
    pub pending: Option<Pending<M>>,
    /// Of a maximum: where in its window it was, a byte a value.
    pub winners: Option<M::Memory>,
}

/// Shared between its readers and the backward pass.
pub type Shared<M> = Arc<Map<M>>;

/// The gradient of a map behind its activation, as [`crate::feature::Gradient`]; `sums` are two rows of channels.
pub struct Gradient<M: Machine> {
    pub data: M::Memory,
    pub sums: Option<M::Memory>,
}

impl<M: Machine> Map<M> {
    pub fn rows(&self) -> usize {
        self.n * self.height * self.width
    }

    pub fn len(&self) -> usize {
        self.rows() * self.channels
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What kernels take for what is pending: rows, lowest and highest value.
    pub(super) fn pending_args(&self) -> [Arg<'_>; 3] {
        match &self.pending {
            Some(pending) => {
                let Bounds { low, high } = pending.act.bounds();
                [Arg::from(&pending.rows), low.into(), high.into()]
            }
            None => nothing_pending(),
        }
    }
}

pub(super) fn nothing_pending<'a>() -> [Arg<'a>; 3] {
    let Bounds { low, high } = Act::None.bounds();
    [DevicePtr::null().into(), low.into(), high.into()]
}

impl<M: Machine> Engine<'_, M> {
    /// `planes`: `(n, channels, height, width)` f32.
    pub fn from_planes(
        self,
        planes: DevicePtr<'_>,
        [n, channels, height, width]: [usize; 4],
    ) -> Result<Map<M>> {
        let len = n * channels * height * width;
        let data = self.values(len)?;
        self.run(
            Kernel::FromPlanes,
            len,
            args![&data, planes, channels, height * width, len],
        )?;
        Ok(Map {
            data,
            n,
            height,
            width,
            channels,
            pending: None,
            winners: None,
        })
    }

    /// `(n, channels, height, width)` f32 of a map with nothing pending on it.
    pub fn to_planes(self, map: &Map<M>) -> Result<M::Memory> {
        let planes = self.floats(map.len())?;
        let area = map.height * map.width;
        self.run(
            Kernel::ToPlanes,
            map.len(),
            args![&planes, &map.data, map.channels, area, map.len()],
        )?;
        Ok(planes)
    }

    /// A copy with what is pending applied.
    pub(super) fn activated(self, map: &Map<M>) -> Result<M::Memory> {
        let out = self.values(map.len())?;
        let [pending, low, high] = map.pending_args();
        self.run(
            Kernel::Activate,
            map.len(),
            &[
                Arg::from(&out),
                map.data.ptr().into(),
                pending,
                low,
                high,
                map.channels.into(),
                map.len().into(),
            ],
        )?;
        Ok(out)
    }
}
