//! A part of an image, as a coarse grid of cells over all of it.

/// Which cells belong to the part; row-major.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    pub width: usize,
    pub height: usize,
    pub cells: Vec<bool>,
}

impl Mask {
    /// Share of the image, 0 to 1.
    pub fn fraction(&self) -> f64 {
        let inside = self.cells.iter().filter(|cell| **cell).count();
        inside as f64 / self.cells.len().max(1) as f64
    }

    /// Whether the point, in fractions of the image's width and height, is in the part.
    pub fn has(&self, x: f32, y: f32) -> bool {
        let place = |part: f32, len: usize| {
            let is_inside = (0.0..1.0).contains(&part);
            is_inside.then(|| ((part * len as f32) as usize).min(len.saturating_sub(1)))
        };
        let at = place(y, self.height).zip(place(x, self.width));
        let cell = at.and_then(|(row, column)| self.cells.get(row * self.width + column));
        cell.copied().unwrap_or_default()
    }

    /// The smallest box around it as fractions of the image: left, top, right, bottom. `None` of nothing.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        let inside = || {
            let cells = self.cells.iter().enumerate();
            cells.filter(|(_, cell)| **cell).map(|(at, _)| at)
        };
        let columns = || inside().map(|at| at % self.width.max(1));
        let rows = || inside().map(|at| at / self.width.max(1));
        let part = |at: usize, len: usize| at as f64 / len as f64;
        Some([
            part(columns().min()?, self.width),
            part(rows().min()?, self.height),
            part(columns().max()? + 1, self.width),
            part(rows().max()? + 1, self.height),
        ])
    }

    /// With all cells within `cells` of it, diagonally too.
    #[must_use]
    pub fn grown(&self, cells: usize) -> Self {
        let mut grown = vec![false; self.cells.len()];
        for (at, _) in self.cells.iter().enumerate().filter(|(_, cell)| **cell) {
            let (x, y) = (at % self.width, at / self.width);
            for row in y.saturating_sub(cells)..=(y + cells).min(self.height - 1) {
                let first = row * self.width + x.saturating_sub(cells);
                let last = row * self.width + (x + cells).min(self.width - 1);
                if let Some(line) = grown.get_mut(first..=last) {
                    line.fill(true);
                }
            }
        }
        Self {
            cells: grown,
            ..*self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask() -> Mask {
        let mut cells = vec![false; 20];
        cells[7] = true;
        Mask {
            width: 5,
            height: 4,
            cells,
        }
    }

    #[test]
    fn a_cell_is_found_by_fractions_and_has_bounds() {
        let mask = mask();
        assert!(mask.has(0.5, 0.3) && !mask.has(0.5, 0.6) && !mask.has(1.5, 0.3));
        assert_eq!(mask.bounds(), Some([0.4, 0.25, 0.6, 0.5]));
        assert!((mask.fraction() - 0.05).abs() < 1e-12);
    }

    #[test]
    fn it_grows_on_all_sides_but_not_over_the_edge() {
        let grown = mask().grown(1);
        assert_eq!(grown.cells.iter().filter(|cell| **cell).count(), 9);
        assert!((mask().grown(9).fraction() - 1.0).abs() < 1e-12);
    }
}
