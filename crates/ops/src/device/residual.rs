//! Where maps meet on a device: what is pending on both is applied, they are added, and an activation follows.

use candle_core::Result;

use super::kernel::args;
use super::map::{Gradient, Map, nothing_pending};
use super::{Arg, Engine, Kernel, Machine, Memory as _, Place};
use crate::act::Act;

impl<M: Machine> Engine<'_, M> {
    /// `act(main + skip)`, each with its own pending normalisation applied first.
    pub fn join(self, main: &Map<M>, skip: Option<&Map<M>>, act: Act) -> Result<Map<M>> {
        let data = self.values(main.len())?;
        let mut args = vec![Arg::from(&data), main.data.place().into()];
        args.extend(main.pending_args());
        if let Some(skip) = skip {
            args.push(skip.data.place().into());
            args.extend(skip.pending_args());
        } else {
            args.push(Place::null().into());
            args.extend(nothing_pending());
        }
        let (low, high) = act.bounds();
        args.extend([low, high].map(Arg::from));
        args.extend([main.channels, main.len()].map(Arg::from));
        self.run(Kernel::Join, main.len(), &args)?;
        drop(args);
        Ok(Map {
            data,
            pending: None,
            winners: None,
            ..*main
        })
    }

    /// Stops the gradient `g` of a joined map where its activation did, in place.
    pub fn stop_at_activation(self, g: &M::Memory, joined: &Map<M>, act: Act) -> Result<()> {
        if act == Act::None {
            return Ok(());
        }
        let (low, high) = act.bounds();
        self.run(
            Kernel::StopAtActivation,
            joined.len(),
            args![g, &joined.data, low, high, joined.len()],
        )
    }

    /// The gradient of a joined map, passed on to one of the two maps it was made of.
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
                values.place().into(),
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
