//! Where the windows of convolutions and pools lie: kernel, stride, padding, groups, and the sizes that follow.

use std::ops::Range;

/// How much zero border is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// The same on opposite sides: (top and bottom, left and right).
    Even(usize, usize),
    /// TensorFlow's SAME: the output has `ceil(input / stride)` rows; an odd row of padding goes to the bottom or right.
    Same,
}

/// A two-dimensional window over NHWC maps. Weights are `(out, in / groups, kernel.0, kernel.1)`, as in PyTorch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub in_channels: usize,
    pub out_channels: usize,
    /// Rows, columns.
    pub kernel: (usize, usize),
    pub stride: usize,
    pub padding: Padding,
    pub groups: usize,
}

/// Sizes of one convolution on one input size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    pub in_height: usize,
    pub in_width: usize,
    pub out_height: usize,
    pub out_width: usize,
    /// Zero rows above and columns to the left.
    pub top: usize,
    pub left: usize,
}

/// Rows and columns of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapSize {
    pub height: usize,
    pub width: usize,
}

/// Channels that a convolution reads and makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channels {
    pub input: usize,
    pub output: usize,
}

impl Window {
    /// A square one with as much padding as keeps it centred on its pixel, PyTorch's `padding=kernel // 2`.
    pub fn centered(channels: Channels, kernel: usize, stride: usize, groups: usize) -> Self {
        Self {
            in_channels: channels.input,
            out_channels: channels.output,
            kernel: (kernel, kernel),
            stride,
            padding: Padding::Even(kernel / 2, kernel / 2),
            groups,
        }
    }

    pub fn is_depthwise(&self) -> bool {
        self.groups == self.in_channels
            && self.groups == self.out_channels
            && self.kernel.0 == self.kernel.1
    }

    pub fn weight_len(&self) -> usize {
        self.weight_shape().iter().product()
    }

    pub fn weight_shape(&self) -> [usize; 4] {
        [
            self.out_channels,
            self.in_channels / self.groups,
            self.kernel.0,
            self.kernel.1,
        ]
    }

    /// Sizes for an input of `height` x `width`; an input smaller than the window gives an empty output.
    pub fn extent(&self, height: usize, width: usize) -> Extent {
        let (out_height, top) = self.axis(height, self.kernel.0, true);
        let (out_width, left) = self.axis(width, self.kernel.1, false);
        Extent {
            in_height: height,
            in_width: width,
            out_height,
            out_width,
            top,
            left,
        }
    }

    fn axis(&self, size: usize, kernel: usize, is_vertical: bool) -> (usize, usize) {
        match self.padding {
            Padding::Same => {
                let out = size.div_ceil(self.stride);
                let total = (out.saturating_sub(1) * self.stride + kernel).saturating_sub(size);
                (out, total / 2)
            }
            Padding::Even(vertical, horizontal) => {
                let pad = if is_vertical { vertical } else { horizontal };
                let padded = size + 2 * pad;
                let out = if padded < kernel {
                    0
                } else {
                    (padded - kernel) / self.stride + 1
                };
                (out, pad)
            }
        }
    }
}

/// A square window that is pooled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolWindow {
    pub kernel: usize,
    pub stride: usize,
    /// Pixels on every side: a maximum never takes them, a mean counts them as 0.
    pub padding: usize,
    /// A last window may reach beyond the edge (PyTorch's `ceil_mode`), but must begin inside.
    pub is_ceil: bool,
}

impl PoolWindow {
    /// Outputs along an axis of `size` pixels.
    pub fn output(&self, size: usize) -> usize {
        let beyond = if self.is_ceil { self.stride - 1 } else { 0 };
        let reach = size + 2 * self.padding + beyond;
        if reach < self.kernel {
            return 0;
        }
        let count = (reach - self.kernel) / self.stride + 1;
        if self.is_ceil && (count - 1) * self.stride >= size + self.padding {
            count - 1
        } else {
            count
        }
    }

    /// The part of window `index` that lies inside an axis of `size` pixels.
    pub(super) fn inside(&self, index: usize, size: usize) -> Range<usize> {
        let begin = index * self.stride;
        let end = (begin + self.kernel).saturating_sub(self.padding).min(size);
        begin.saturating_sub(self.padding).min(end)..end
    }

    /// Pixels of window `index` along an axis of `size` pixels, padding included, but not what lies beyond it.
    pub(super) fn counted(&self, index: usize, size: usize) -> usize {
        let begin = index * self.stride;
        (begin + self.kernel).min(size + 2 * self.padding) - begin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `torch.nn.functional.max_pool2d` gives the same sizes.
    #[test]
    fn ceil_mode_adds_a_window_that_begins_inside() {
        let ceil = PoolWindow {
            kernel: 3,
            stride: 2,
            padding: 0,
            is_ceil: true,
        };
        let floor = PoolWindow {
            is_ceil: false,
            ..ceil
        };
        assert_eq!((ceil.output(111), floor.output(111)), (55, 55));
        assert_eq!((ceil.output(6), floor.output(6)), (3, 2));
        assert_eq!((ceil.output(2), floor.output(2)), (1, 0));
        assert_eq!(ceil.output(1), 0);
        let padded = PoolWindow {
            kernel: 2,
            padding: 1,
            ..ceil
        };
        assert_eq!(padded.output(3), 2);
    }

    #[test]
    fn same_padding_puts_the_odd_row_below() {
        let window = Window {
            in_channels: 3,
            out_channels: 8,
            kernel: (3, 5),
            stride: 2,
            padding: Padding::Same,
            groups: 1,
        };
        let extent = window.extent(224, 225);
        assert_eq!((extent.out_height, extent.top), (112, 0));
        assert_eq!((extent.out_width, extent.left), (113, 2));
    }
}
