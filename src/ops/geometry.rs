//! Where a convolution's window lies: kernel, stride, padding, groups, and the sizes that follow.

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

impl Window {
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

#[cfg(test)]
mod tests {
    use super::*;

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
