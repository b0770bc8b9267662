//! Where maps meet on a device: what is pending on both is applied, they are added, and an activation follows.

use candle_core::Result;

use super::kernel::args;
use super::map::{Gradient, Map, nothing_pending};
use super::{Arg, DevicePtr, Engine, Kernel, Machine, Memory as _};
use crate::act::{Act, Bounds};

impl<M: Machine> Engine<'_, M> {
    /// `act(main + skip)`, each with its own pending normalisation applied first.
    pub fn residual(self, main: &Map<M>, skip: Option<&Map<M>>, act: Act) -> Result<Map<M>> {
        let data = self.values(main.len())?;
        let mut args = vec![Arg::from(&data), main.data.ptr().into()];
        args.extend(main.pending_args());
        if let Some(skip) = skip {
            args.push(skip.data.ptr().into());
            args.extend(skip.pending_args());
        } else {
            args.push(DevicePtr::null().into());
            args.extend(nothing_pending());
        }
        let Bounds { low, high } = act.bounds();
        args.extend([low, high].map(Arg::from));
        args.extend([main.channels, main.len()].map(Arg::from));
        self.run(Kernel::Residual, main.len(), &args)?;
        drop(args);
        Ok(Map {
            data,
            pending: None,
            winners: None,
            ..*main
        })
    }

    /// Stops the gradient `g` of a residual sum where its activation did, in ptr.
    pub fn activation_backward(self, g: &M::Memory, output: &Map<M>, act: Act) -> Result<()> {
        if act == Act::None {
            return Ok(());
        }
        let Bounds { low, high } = act.bounds();
        self.run(
            Kernel::StopAtActivation,
            output.len(),
            args![g, &output.data, low, high, output.len()],
        )
    }

    /// The gradient of a residual sum, passed on to one of the two maps it was made of.
    pub fn pass_on(self, data: M::Memory, map: &Map<M>) -> Result<Gradient<M>> {
        let sums = self.pass_back(&data, map)?;
        Ok(Gradient { data, sums })
    }

    /// A second gradient of the same map, `len` values.
    pub fn add_to(
        self,
        so_far: Option<Gradient<M>>,
        more: &M::Memory,
        len: usize,
    ) -> Result<Gradient<M>> {
        let data = match so_far {
            Some(gradient) => {
                self.run(Kernel::Add, len, args![&gradient.data, more, len])?;
                gradient.data
            }
            None => self.copy(more, len)?,
        };
        Ok(Gradient { data, sums: None })
    }

    /// A copy of `len` values.
    pub fn copy(self, values: &M::Memory, len: usize) -> Result<M::Memory> {
        let out = self.values(len)?;
        let [pending, low, high] = nothing_pending();
        self.run(
            Kernel::Activate,
            len,
            &[
                Arg::from(&out),
                values.ptr().into(),
                pending,
                low,
                high,
                1usize.into(),
                len.into(),
            ],
        )?;
        Ok(out)
    }
}
