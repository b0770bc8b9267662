//! Pooling on a device; which pixel was the maximum is kept, a byte a value.

use candle_core::Result;

use super::map::{Gradient, Map};
use super::{Arg, Engine, Kernel, Machine, Memory as _};
use crate::geometry::PoolWindow;

/// A place in the window must fit a byte.
const LARGEST_KERNEL: usize = 15;

impl<M: Machine> Engine<'_, M> {
    /// The largest of each window.
    pub fn max_pool(self, input: &Map<M>, window: PoolWindow) -> Result<Map<M>> {
        if window.kernel > LARGEST_KERNEL {
            candle_core::bail!("a pool of {} pixels is too large", window.kernel)
        }
        let mut out = self.pooled(input, window)?;
        let winners = self.machine.alloc(out.len())?;
        let mut args = vec![
            Arg::from(&out.data),
            winners.ptr().into(),
            input.data.ptr().into(),
        ];
        args.extend(input.pending_args());
        args.extend(sizes(input, &out, window));
        args.push(out.len().into());
        self.run(Kernel::MaxPool, out.len(), &args)?;
        drop(args);
        out.winners = Some(winners);
        Ok(out)
    }

    /// A map of the windows' size, of any content.
    fn pooled(self, input: &Map<M>, window: PoolWindow) -> Result<Map<M>> {
        let (height, width) = (window.output(input.height), window.output(input.width));
        let data = self.values(input.n * height * width * input.channels)?;
        Ok(Map {
            data,
            height,
            width,
            pending: None,
            winners: None,
            ..*input
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
            candle_core::bail!("a map that is no pool's has no backward pass")
        };
        let data = self.values(input.len())?;
        let mut args = vec![
            Arg::from(&data),
            gradient.ptr().into(),
            winners.ptr().into(),
        ];
        args.extend(sizes(input, output, window));
        args.push(input.len().into());
        self.run(Kernel::MaxPoolBack, input.len(), &args)?;
        drop(args);
        self.pass_on(data, input)
    }

    /// The mean of each window, as [`crate::average_pool`] counts it.
    pub fn mean_pool(self, input: &Map<M>, window: PoolWindow) -> Result<Map<M>> {
        let out = self.pooled(input, window)?;
        let mut args = vec![Arg::from(&out.data), input.data.ptr().into()];
        args.extend(input.pending_args());
        args.extend(sizes(input, &out, window));
        args.push(out.len().into());
        self.run(Kernel::MeanPool, out.len(), &args)?;
        drop(args);
        Ok(out)
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
        let mut args = vec![Arg::from(&data), gradient.ptr().into()];
        args.extend(sizes(input, output, window));
        args.push(input.len().into());
        self.run(Kernel::MeanPoolBack, input.len(), &args)?;
        drop(args);
        self.pass_on(data, input)
    }
}

fn sizes<M: Machine>(input: &Map<M>, output: &Map<M>, window: PoolWindow) -> [Arg<'static>; 8] {
    [
        input.channels,
        input.height,
        input.width,
        output.height,
        output.width,
        window.kernel,
        window.stride,
        window.padding,
    ]
    .map(Arg::from)
}
