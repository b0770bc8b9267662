//! Kernels in the form of the 36 spots, packed for [`super::super::tile`]: by spot, by panel, by channel read.
#![expect(unsafe_code, reason = "a panel is found by its place in memory")]

use rayon::prelude::*;

use super::super::map::lanes;
use super::super::memory::Aligned;
use super::super::panels::{Panel, panels};
use super::transform::{IN, SPOTS};
use crate::geometry::Window;

#[derive(Debug)]
pub struct Spots {
    pub panels: Vec<Panel>,
    reads: usize,
    writes: usize,
    data: Aligned,
}

/// `G`, Lavin and Gray's section 4.2.
const G: [[f32; 3]; IN] = [
    [1.0 / 4.0, 0.0, 0.0],
    [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
    [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
    [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
    [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
    [0.0, 0.0, 1.0],
];

impl Spots {
    /// `weight`: `(out, in, 3, 3)`, channels of both whole blocks.
    pub fn new(window: &Window, weight: &[f32]) -> Self {
        let (reads, writes) = (window.in_channels, window.out_channels);
        let panels = panels(window);
        let mut data = Aligned::zeros(SPOTS * reads * writes);
        let mut rest = data.as_mut_slice();
        let mut parts = Vec::new();
        for spot in 0..SPOTS {
            for panel in &panels {
                let len = reads * panel.vectors * lanes();
                let (part, others) = std::mem::take(&mut rest).split_at_mut(len);
                rest = others;
                parts.push((spot, panel, part));
            }
        }
        parts.into_par_iter().for_each(|(spot, panel, part)| {
            let (down, across) = (G[spot / IN], G[spot % IN]);
            let width = panel.vectors * lanes();
            for (column, written) in (0..width).zip(panel.writes * lanes()..) {
                let kernels =
                    weight[written * reads * 9..(written + 1) * reads * 9].chunks_exact(9);
                for (row, kernel) in part.chunks_exact_mut(width).zip(kernels) {
                    let line =
                        |y: usize| -> f32 { (0..3).map(|x| kernel[y * 3 + x] * across[x]).sum() };
                    row[column] = (0..3).map(|y| line(y) * down[y]).sum();
                }
            }
        });
        Self {
            panels,
            reads,
            writes,
            data,
        }
    }

    fn start(&self, spot: usize, panel: usize) -> usize {
        (spot * self.writes + self.panels[panel].writes * lanes()) * self.reads
    }

    pub fn weights(&self, spot: usize, panel: usize) -> *const f32 {
        // SAFETY: every panel lies inside the data, which was made for them.
        unsafe { self.data.as_ptr().add(self.start(spot, panel)) }
    }

    /// The weights that follow, and how many values: none behind the last.
    pub fn next(&self, spot: usize, panel: usize) -> (*const f32, usize) {
        let len = self.reads * self.panels[panel].vectors * lanes();
        let end = self.start(spot, panel) + len;
        let len = len.min(self.data.len().saturating_sub(end));
        // SAFETY: `end` is at most the length of the data.
        (unsafe { self.data.as_ptr().add(end) }, len)
    }
}
