//! Convolutions on a device: depthwise ones by our own kernels, all others by the machine's library.
//!
//! A library wants the activated input, weights as `(out, taps, in)` and the same padding on opposite sides; what is
//! not so is copied. Depthwise kernels apply what is pending themselves and take any padding.

use candle_core::Result;

use super::kernel::args;
use super::map::Map;
use super::norm::piece_rows;
use super::{
    Arg, ConvArrays, ConvPass, ConvShape, DevicePtr, Engine, Kernel, Machine, Memory as _, taps,
};
use crate::geometry::{Extent, Window};

/// A window on maps of one size: what the library is asked for, and how its input lies around the map.
struct Plan {
    shape: ConvShape,
    /// Zero rows above and columns left that are copied around the map, because the padding is uneven.
    border: Option<(usize, usize)>,
}

impl Plan {
    fn new<M: Machine>(input: &Map<M>, window: &Window) -> Self {
        let extent = window.extent(input.height, input.width);
        let stride = window.stride;
        let vertical = Axis {
            size: input.height,
            out: extent.out_height,
            kernel: window.kernel.0,
            stride,
            before: extent.top,
        };
        let horizontal = Axis {
            size: input.width,
            out: extent.out_width,
            kernel: window.kernel.1,
            stride,
            before: extent.left,
        };
        let (top, left) = (extent.top, extent.left);
        let is_even = vertical.is_even() && horizontal.is_even();
        let shape = ConvShape {
            n: input.n,
            height: if is_even {
                input.height
            } else {
                vertical.padded()
            },
            width: if is_even {
                input.width
            } else {
                horizontal.padded()
            },
            out_height: extent.out_height,
            out_width: extent.out_width,
            in_channels: window.in_channels,
            out_channels: window.out_channels,
            kernel: window.kernel,
            stride: window.stride,
            padding: if is_even { (top, left) } else { (0, 0) },
            groups: window.groups,
        };
        Self {
            shape,
            border: (!is_even).then_some((top, left)),
        }
    }

    fn input_len(&self) -> usize {
        self.shape.n * self.shape.height * self.shape.width * self.shape.in_channels
    }
}

/// A window along one side of a map.
struct Axis {
    /// Pixels of the map, and of the output.
    size: usize,
    out: usize,
    kernel: usize,
    stride: usize,
    /// Padding before the first pixel.
    before: usize,
}

impl Axis {
    /// Pixels with all padding copied around them.
    fn padded(&self) -> usize {
        let reach = self.out.saturating_sub(1) * self.stride + self.kernel;
        reach.max(self.size + self.before)
    }

    /// Whether as much padding behind as before gives the same output.
    fn is_even(&self) -> bool {
        let padded = self.size + 2 * self.before;
        padded >= self.kernel && (padded - self.kernel) / self.stride + 1 == self.out
    }
}

impl<M: Machine> Engine<'_, M> {
    /// Convolves into a raw map with nothing pending yet. `weight`: f32 `(out, in / groups, kernel rows, kernel columns)`.
    pub fn conv(self, input: &Map<M>, window: &Window, weight: DevicePtr<'_>) -> Result<Map<M>> {
        let extent = window.extent(input.height, input.width);
        let len = input.n * extent.out_height * extent.out_width * window.out_channels;
        let data = self.values(len)?;
        if window.is_depthwise() {
            let mut args = vec![Arg::from(&data), input.data.ptr().into()];
            args.extend(input.pending_args());
            args.push(weight.into());
            args.extend(depthwise_sizes(window, &extent));
            args.push(len.into());
            self.run(Kernel::Depthwise, len, &args)?;
        } else {
            let plan = Plan::new(input, window);
            let copy = self.library_input(input, &plan)?;
            let weight = self.library_weight(window, weight)?;
            let arrays = ConvArrays {
                input: copy.as_ref().unwrap_or(&input.data).ptr(),
                weight: weight.ptr(),
                output: data.ptr(),
            };
            self.machine
                .convolve(ConvPass::Output, &plan.shape, self.element, arrays)?;
        }
        Ok(Map {
            data,
            n: input.n,
            height: extent.out_height,
            width: extent.out_width,
            channels: window.out_channels,
            pending: None,
            winners: None,
        })
    }

    /// The gradient of the weight, f32 in its own layout, from that of the raw output.
    pub fn conv_weight_back(
        self,
        input: &Map<M>,
        window: &Window,
        gradient: &M::Memory,
        into: DevicePtr<'_>,
    ) -> Result<()> {
        let len = window.weight_len();
        if window.is_depthwise() {
            let extent = window.extent(input.height, input.width);
            let rows = input.n * extent.out_height * extent.out_width;
            let piece = piece_rows(rows, len);
            let pieces = rows.div_ceil(piece);
            let parts = self.floats(pieces * len)?;
            let mut args = vec![Arg::from(&parts), input.data.ptr().into()];
            args.extend(input.pending_args());
            args.push(gradient.ptr().into());
            args.extend(depthwise_sizes(window, &extent));
            args.extend([rows, piece, pieces * len].map(Arg::from));
            self.run(Kernel::DepthwiseFilter, pieces * len, &args)?;
            drop(args);
            return self.add_pieces(into, parts, len, pieces);
        }
        let plan = Plan::new(input, window);
        let copy = self.library_input(input, &plan)?;
        let weight = self.values(len)?;
        let arrays = ConvArrays {
            input: copy.as_ref().unwrap_or(&input.data).ptr(),
            weight: weight.ptr(),
            output: gradient.ptr(),
        };
        self.machine
            .convolve(ConvPass::Weight, &plan.shape, self.element, arrays)?;
        self.run(
            Kernel::WeightOut,
            len,
            args![
                into,
                &weight,
                window.in_channels / window.groups,
                taps(window),
                len
            ],
        )
    }

    /// The gradient of the activated input from that of the raw output.
    pub fn conv_input_back(
        self,
        input: &Map<M>,
        window: &Window,
        weight: DevicePtr<'_>,
        gradient: &M::Memory,
    ) -> Result<M::Memory> {
        let len = input.len();
        let data = self.values(len)?;
        if window.is_depthwise() {
            let extent = window.extent(input.height, input.width);
            let mut args = vec![Arg::from(&data), gradient.ptr().into(), weight.into()];
            args.extend(depthwise_sizes(window, &extent));
            args.push(len.into());
            self.run(Kernel::DepthwiseData, len, &args)?;
            drop(args);
            return Ok(data);
        }
        let plan = Plan::new(input, window);
        let bordered = match plan.border {
            Some(_) => Some(self.values(plan.input_len())?),
            None => None,
        };
        let weight = self.library_weight(window, weight)?;
        let arrays = ConvArrays {
            input: bordered.as_ref().unwrap_or(&data).ptr(),
            weight: weight.ptr(),
            output: gradient.ptr(),
        };
        self.machine
            .convolve(ConvPass::Input, &plan.shape, self.element, arrays)?;
        if let (Some((top, left)), Some(bordered)) = (plan.border, &bordered) {
            self.run(
                Kernel::Crop,
                len,
                args![
                    &data,
                    bordered,
                    input.channels,
                    input.height,
                    input.width,
                    plan.shape.height,
                    plan.shape.width,
                    top,
                    left,
                    len
                ],
            )?;
        }
        Ok(data)
    }

    /// The input as the library wants it, if the map is not so already.
    fn library_input(self, input: &Map<M>, plan: &Plan) -> Result<Option<M::Memory>> {
        let Some((top, left)) = plan.border else {
            return match &input.pending {
                Some(_) => self.activated(input).map(Some),
                None => Ok(None),
            };
        };
        let len = plan.input_len();
        let out = self.values(len)?;
        let mut args = vec![Arg::from(&out), input.data.ptr().into()];
        args.extend(input.pending_args());
        let sizes = [
            input.channels,
            input.height,
            input.width,
            plan.shape.height,
            plan.shape.width,
            top,
            left,
            len,
        ];
        args.extend(sizes.map(Arg::from));
        self.run(Kernel::Pad, len, &args)?;
        drop(args);
        Ok(Some(out))
    }

    fn library_weight(self, window: &Window, weight: DevicePtr<'_>) -> Result<M::Memory> {
        let len = window.weight_len();
        let out = self.values(len)?;
        self.run(
            Kernel::WeightIn,
            len,
            args![
                &out,
                weight,
                window.in_channels / window.groups,
                taps(window),
                len
            ],
        )?;
        Ok(out)
    }
}

fn depthwise_sizes(window: &Window, extent: &Extent) -> [Arg<'static>; 9] {
    [
        window.in_channels,
        extent.in_height,
        extent.in_width,
        extent.out_height,
        extent.out_width,
        window.kernel.0,
        window.stride,
        extent.top,
        extent.left,
    ]
    .map(Arg::from)
}
