//! A part of an image, as a coarse grid of cells over all of it.

/// Which cells belong to the part; row-major.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    pub width: usize,
    pub height: usize,
    pub cells: Vec<bool>,
}

impl Mask {
    /// Of the cells whose value is above the threshold, the connected ones (by their sides) that have the largest sum; `None` if
    /// there are none. `values`: row-major, `width` a row.
    pub fn heaviest_piece(values: &[f32], width: usize, threshold: f32) -> Option<Self> {
        let mut is_left: Vec<bool> = values.iter().map(|value| *value > threshold).collect();
        let mut best: Option<(f32, Vec<usize>)> = None;
        while let Some(start) = is_left.iter().position(|left| *left) {
            is_left[start] = false;
            let mut piece = vec![start];
            let mut next = 0;
            while let Some(&at) = piece.get(next) {
                next += 1;
                for neighbor in neighbors(at, width, values.len()) {
                    if std::mem::take(&mut is_left[neighbor]) {
                        piece.push(neighbor);
                    }
                }
            }
            let sum: f32 = piece.iter().map(|&at| values[at]).sum();
            if best.as_ref().is_none_or(|(most, _)| sum > *most) {
                best = Some((sum, piece));
            }
        }
        let (_, piece) = best?;
        let mut cells = vec![false; values.len()];
        for at in piece {
            cells[at] = true;
        }
        Some(Self {
            width,
            height: values.len() / width.max(1),
            cells,
        })
    }

    /// How surely what `values` (a cell each, none below 0) speak of is in the box around the part: the box's share of their
    /// sum less its share of the image. 0: no more than chance puts there; towards 1: all of it in a small box.
    pub fn sureness(&self, values: &[f32]) -> f64 {
        let Some([left, top, right, bottom]) = self.bounds() else {
            return 0.0;
        };
        let (width, height) = (self.width as f64, self.height as f64);
        let is_inside = |at: usize| {
            let x = (at % self.width.max(1)) as f64 / width;
            let y = (at / self.width.max(1)) as f64 / height;
            // Half a cell, against rounding.
            let (x, y) = (x + 0.5 / width, y + 0.5 / height);
            (left..right).contains(&x) && (top..bottom).contains(&y)
        };
        let sum = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>();
        let all = sum(&mut values.iter().map(|value| f64::from(*value)));
        let inside = values.iter().enumerate().filter(|(at, _)| is_inside(*at));
        let inside = sum(&mut inside.map(|(_, value)| f64::from(*value)));
        if all > 0.0 {
            (inside / all - (right - left) * (bottom - top)).max(0.0)
        } else {
            0.0
        }
    }

    /// What of it lies in a part of the image (left, top, right, bottom, as fractions), over that part.
    #[must_use]
    pub fn within(&self, [left, top, right, bottom]: [f32; 4]) -> Self {
        let place = |at: usize, of: usize, low: f32, high: f32| {
            low + (high - low) * (at as f32 + 0.5) / of as f32
        };
        let cells = (0..self.cells.len()).map(|at| {
            let (column, row) = (at % self.width.max(1), at / self.width.max(1));
            self.has(
                place(column, self.width, left, right),
                place(row, self.height, top, bottom),
            )
        });
        Self {
            cells: cells.collect(),
            ..*self
        }
    }

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

fn neighbors(at: usize, width: usize, len: usize) -> impl Iterator<Item = usize> {
    let left = (!at.is_multiple_of(width)).then(|| at - 1);
    let right = (at % width + 1 < width).then(|| at + 1);
    let above = at.checked_sub(width);
    let below = Some(at + width).filter(|below| *below < len);
    [left, right, above, below].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_piece_with_the_largest_sum_is_found_and_is_sure_if_nothing_is_elsewhere() {
        #[rustfmt::skip]
        let values = [
            0.0, 0.0, 0.0, 0.0, 1.5,
            0.0, 1.0, 1.0, 0.0, 0.0,
            0.0, 1.0, 0.0, 0.0, 0.0,
            0.0, 0.0, 0.0, 0.0, 0.0,
        ];
        let piece = Mask::heaviest_piece(&values, 5, 0.5).unwrap();
        assert_eq!(piece.bounds(), Some([0.2, 0.25, 0.6, 0.75]));
        // Two thirds of all in a fifth of the image.
        assert!((piece.sureness(&values) - (3.0 / 4.5 - 0.2)).abs() < 1e-6);
        assert!(piece.sureness(&[1.0; 20]) < 1e-9, "as chance has it");
        assert_eq!(Mask::heaviest_piece(&values, 5, 2.0), None);
    }

    #[test]
    fn a_part_of_the_image_has_its_part_of_the_mask() {
        let mask = Mask {
            width: 4,
            height: 1,
            cells: vec![true, true, false, false],
        };
        assert_eq!(mask.within([0.0, 0.0, 0.5, 1.0]).cells, [true; 4]);
        assert_eq!(mask.within([0.5, 0.0, 1.0, 1.0]).cells, [false; 4]);
        assert_eq!(mask.within([0.0, 0.0, 1.0, 1.0]), mask);
    }

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
