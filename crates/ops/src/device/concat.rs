//! Maps side by side on a device.

use candle_core::Result;

use super::map::{Gradient, Map};
use super::{Arg, Engine, Kernel, Machine, Memory as _};
use crate::concat::ChannelSlice;

impl<M: Machine> Engine<'_, M> {
    /// The channels of all `parts` of one size, each with its own pending normalisation applied first.
    pub fn concat(self, parts: &[&Map<M>]) -> Result<Map<M>> {
        let Some(first) = parts.first() else {
            candle_core::bail!("there are no maps to put side by side")
        };
        let channels: usize = parts.iter().map(|part| part.channels).sum();
        let data = self.values(first.rows() * channels)?;
        let mut offset = 0;
        for part in parts {
            let mut args = vec![Arg::from(&data), part.data.ptr().into()];
            args.extend(part.pending_args());
            args.extend([part.channels, channels, offset, part.len()].map(Arg::from));
            self.run(Kernel::PutPart, part.len(), &args)?;
            offset += part.channels;
        }
        Ok(Map {
            data,
            channels,
            pending: None,
            winners: None,
            ..**first
        })
    }

    /// The gradient of one part behind its own activation: its channels of the `gradient` of all, which has `channels`, from
    /// `offset` on; added to what other readers gave.
    pub fn concat_back(
        self,
        gradient: &M::Memory,
        slice: ChannelSlice,
        part: &Map<M>,
        so_far: Option<Gradient<M>>,
    ) -> Result<Gradient<M>> {
        let ChannelSlice { offset, channels } = slice;
        let adds = so_far.is_some();
        let data = match so_far {
            Some(so_far) => so_far.data,
            None => self.values(part.len())?,
        };
        let mut args = vec![Arg::from(&data), gradient.ptr().into()];
        args.extend([part.channels, channels, offset].map(Arg::from));
        args.extend([Arg::Int(i32::from(adds)), part.len().into()]);
        self.run(Kernel::TakePart, part.len(), &args)?;
        drop(args);
        self.pass_on(data, part)
    }
}
