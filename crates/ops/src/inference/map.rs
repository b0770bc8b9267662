//! Maps in blocks of channels: `(block, row, column, lane)`, as many channels a block as a register has lanes.
//!
//! Neighbouring pixels of a block lie side by side, so a tile of pixels is one run of memory, whatever the channels; a
//! map whose reader has padding lies in a border of zeros, so that no loop knows an edge.

use crate::instruction_set::InstructionSet;

/// Zero rows and columns around a map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Border {
    pub top: usize,
    pub left: usize,
    pub bottom: usize,
    pub right: usize,
}

impl Border {
    /// One that is as wide as both on every side.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        Self {
            top: self.top.max(other.top),
            left: self.left.max(other.left),
            bottom: self.bottom.max(other.bottom),
            right: self.right.max(other.right),
        }
    }
}

/// A map of one image in the memory of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockedMap {
    /// Of its first value.
    pub at: usize,
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    pub border: Border,
    /// Channels of a block: 1 for the image itself, which lies in planes.
    pub lanes: usize,
}

impl BlockedMap {
    pub fn blocks(&self) -> usize {
        self.channels.div_ceil(self.lanes)
    }

    /// Values of a row, border included.
    pub fn row(&self) -> usize {
        (self.border.left + self.width + self.border.right) * self.lanes
    }

    /// Rows, border included.
    pub fn rows(&self) -> usize {
        self.border.top + self.height + self.border.bottom
    }

    /// Values of a block.
    pub fn plane(&self) -> usize {
        self.rows() * self.row()
    }

    pub fn len(&self) -> usize {
        self.blocks() * self.plane()
    }

    /// From the map's first value to pixel (`y`, `x`) of its first block.
    pub fn offset(&self, y: usize, x: usize) -> usize {
        (y + self.border.top) * self.row() + (x + self.border.left) * self.lanes
    }

    pub fn has_border(&self) -> bool {
        self.border != Border::default()
    }
}

/// Channels of a block.
pub fn lanes() -> usize {
    InstructionSet::selected().lanes()
}

/// Channels filled up to whole blocks.
pub fn padded(channels: usize) -> usize {
    channels.next_multiple_of(lanes())
}
