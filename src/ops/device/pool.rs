//! Pooling on a device; which pixel was the maximum is kept, a byte a value.

use candle_core::Result;

use super::map::{Gradient, Map};
use super::{Arg, Engine, Kernel, Machine, Memory as _};
use crate::ops::geometry::PoolWindow;

/// A place in the window must fit a byte.
const LARGEST_KERNEL: usize = 15;

impl<M: Machine> Engine<'_, M> {
    /// The largest of each window.
    pub fn max_pool(self, input: &Map<M>, window: PoolWindow) -> Result<Map<M>> {
        if window.kernel > LARGEST_KERNEL {
            candle_core::bail!("a pool of {} pixels is too large", window.kernel)
        }
        let (height, width) = (window.output(input.height), window.output(input.width));
        let len = input.n * height * width * input.channels;
        let data = self.values(len)?;
        let winners = self.machine.alloc(len)?;
        let mut args = vec![
            Arg::from(&data),
            winners.place().into(),
            input.data.place().into(),
        ];
        args.extend(input.pending_args());
        args.extend(sizes(input, (height, width), window));
        args.push(len.into());
        self.run(Kernel::MaxPool, len, &args)?;
        drop(args);
        Ok(Map {
            data,
            n: input.n,
            height,
            width,
            channels: input.channels,
            pending: None,
            winners: Some(winners),
        })
    }

    /// The gradient of the input, behind its activation, from that of the `output`.
    pub fn max_pool_back(
        self,
        input: &Map<M>,
        output: &Map<M>,
        window: PoolWindow,
        gradient: &M::Memory,
    ) -> Result<Gradient<M>> {
        let Some(winners) = &output.winners else {
            candle_core::bail!("a map that is no pool's has no way back through one")
        };
        let data = self.values(input.len())?;
        let mut args = vec![
            Arg::from(&data),
            gradient.place().into(),
            winners.place().into(),
        ];
        args.extend(sizes(input, (output.height, output.width), window));
        args.push(input.len().into());
        self.run(Kernel::MaxPoolBack, input.len(), &args)?;
        drop(args);
        self.pass_on(data, input)
    }
}

impl<M: Machine> Engine<'_, M> {
    /// The mean of each window, as [`crate::ops::average_pool`] counts it.
    pub fn mean_pool(self, input: &Map<M>, window: PoolWindow) -> Result<Map<M>> {
        let (height, width) = (window.output(input.height), window.output(input.width));
        let len = input.n * height * width * input.channels;
        let data = self.values(len)?;
        let mut args = vec![Arg::from(&data), input.data.place().into()];
        args.extend(input.pending_args());
        args.extend(sizes(input, (height, width), window));
        args.push(len.into());
        self.run(Kernel::MeanPool, len, &args)?;
        drop(args);
        Ok(Map {
            data,
            n: input.n,
            height,
            width,
            channels: input.channels,
            pending: None,
            winners: None,
        })
    }

    /// The gradient of the input, behind its activation, from that of the `output`.
    pub fn mean_pool_back(
        self,
        input: &Map<M>,
        output: &Map<M>,
        window: PoolWindow,
        gradient: &M::Memory,
    ) -> Result<Gradient<M>> {
        let data = self.values(input.len())?;
        let mut args = vec![Arg::from(&data), gradient.place().into()];
        args.extend(sizes(input, (output.height, output.width), window));
        args.push(input.len().into());
        self.run(Kernel::MeanPoolBack, input.len(), &args)?;
        drop(args);
        self.pass_on(data, input)
    }
}

fn sizes<M: Machine>(
    input: &Map<M>,
    (height, width): (usize, usize),
    window: PoolWindow,
) -> [Arg<'static>; 8] {
    [
        input.channels,
        input.height,
        input.width,
        height,
        width,
        window.kernel,
        window.stride,
        window.padding,
    ]
    .map(Arg::from)
}
