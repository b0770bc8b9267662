//! Symmetric matrices of a few thousand rows: sums of outer products and Cholesky's factorization, both in blocks, so that
//! nearly all of their work is matrix products (Golub and Van Loan, Matrix Computations, 4.2). In single precision: what is
//! factorized here is a covariance with a part of a sphere, so its eigenvalues lie a few thousandfold apart at most. Results
//! do not depend on the number of threads.

#![expect(
    unsafe_code,
    reason = "gemm takes pointers, so that blocks of one matrix can be multiplied"
)]

use gemm::Parallelism;
use rayon::prelude::*;

/// Columns that are factorized one by one before a product brings the rest up to date.
const BLOCK: usize = 64;
/// Columns of a product that one thread computes.
const PANEL: usize = 256;

/// A symmetric matrix. Only its lower triangle is kept up to date.
#[derive(Clone, Debug)]
pub struct Symmetric {
    n: usize,
    /// Column-major.
    values: Vec<f32>,
}

/// A lower triangular matrix whose product with its transpose is the one it was made from.
#[derive(Debug)]
pub struct Cholesky {
    n: usize,
    /// Column-major; what lies above the diagonal is not used.
    lower: Vec<f32>,
}

/// A block of a matrix: where it begins, and how far apart its rows and columns lie.
#[derive(Clone, Copy)]
struct Block {
    start: *const f32,
    row_step: usize,
    column_step: usize,
}

impl Symmetric {
    pub fn zeros(n: usize) -> Self {
        Self {
            n,
            values: vec![0.0; n * n],
        }
    }

    /// Adds `times` the outer product of each row with itself. `rows`: `(any, n)`, row by row.
    pub fn add_outer_products(&mut self, rows: &[f32], times: f32) {
        let n = self.n;
        if n == 0 {
            return;
        }
        let count = rows.len() / n;
        self.values
            .par_chunks_mut(PANEL * n)
            .enumerate()
            .for_each(|(panel, columns)| {
                let first = panel * PANEL;
                let width = columns.len() / n;
                let block = |row_step, column_step| Block {
                    start: rows[first.min(rows.len())..].as_ptr(),
                    row_step,
                    column_step,
                };
                // SAFETY: the panel holds `width` columns of `n` values, of which those from row `first` are written, and
                // every row of `rows` has `n` values, of which those from `first` are read.
                unsafe {
                    add_product(
                        (n - first, width, count),
                        (columns[first..].as_mut_ptr(), n),
                        block(1, n),
                        block(n, 1),
                        times,
                    );
                }
            });
    }

    /// Adds `times` another matrix of the same size.
    pub fn add(&mut self, other: &Self, times: f32) {
        for (value, added) in self.values.iter_mut().zip(&other.values) {
            *value += times * added;
        }
    }

    pub fn scale(&mut self, times: f32) {
        for value in &mut self.values {
            *value *= times;
        }
    }

    /// The sum of the diagonal.
    pub fn trace(&self) -> f64 {
        let diagonal = self.values.iter().step_by(self.n + 1);
        diagonal.map(|value| f64::from(*value)).sum()
    }

    pub fn add_to_diagonal(&mut self, value: f32) {
        for diagonal in self.values.iter_mut().step_by(self.n + 1) {
            *diagonal += value;
        }
    }

    /// `None` if the matrix is not positive definite.
    pub fn cholesky(self) -> Option<Cholesky> {
        let Self { n, mut values } = self;
        let mut panel = Vec::new();
        for start in (0..n).step_by(BLOCK) {
            let end = (start + BLOCK).min(n);
            factorize_diagonal(&mut values, n, start..end)?;
            let rest = n - end;
            if rest == 0 {
                break;
            }
            // The columns below: what is there times the transposed inverse of the factor on the diagonal.
            let width = end - start;
            let inverse = inverse_of_diagonal(&values, n, start..end);
            panel.clear();
            for column in start..end {
                let below = &mut values[column * n + end..(column + 1) * n];
                panel.extend_from_slice(below);
                below.fill(0.0);
            }
            let base = values.as_mut_ptr();
            // SAFETY: the product writes rows `end..n` of the columns `start..end`; it reads the copy of them and the inverse.
            unsafe {
                add_product(
                    (rest, width, width),
                    (base.add(start * n + end), n),
                    Block {
                        start: panel.as_ptr(),
                        row_step: 1,
                        column_step: rest,
                    },
                    Block {
                        start: inverse.as_ptr(),
                        row_step: 1,
                        column_step: width,
                    },
                    1.0,
                );
            }
            for first in (end..n).step_by(PANEL) {
                let columns = PANEL.min(n - first);
                let factor = |row_step, column_step| Block {
                    // SAFETY: `start < n` and `first < n`.
                    start: unsafe { base.add(start * n + first) }.cast_const(),
                    row_step,
                    column_step,
                };
                // SAFETY: written are rows `first..n` of columns from `first`, read those of the columns `start..end`, all
                // of which lie before.
                unsafe {
                    add_product(
                        (n - first, columns, width),
                        (base.add(first * n + first), n),
                        factor(1, n),
                        factor(n, 1),
                        -1.0,
                    );
                }
            }
        }
        Some(Cholesky { n, lower: values })
    }
}

impl Cholesky {
    /// Solves for several right sides in place. `right`: `(any, n)`, one after the other.
    pub fn solve(&self, right: &mut [f32]) {
        let n = self.n;
        if n == 0 {
            return;
        }
        let sides = right.len() / n;
        let below = |start: usize, end: usize, row_step, column_step| Block {
            start: self.lower[(start * n + end).min(self.lower.len())..].as_ptr(),
            row_step,
            column_step,
        };
        let starts: Vec<usize> = (0..n).step_by(BLOCK).collect();
        for &start in &starts {
            let end = (start + BLOCK).min(n);
            for side in right.chunks_exact_mut(n) {
                for column in start..end {
                    let factors = &self.lower[column * n..(column + 1) * n];
                    side[column] /= factors[column];
                    let solved = side[column];
                    for row in column + 1..end {
                        side[row] -= factors[row] * solved;
                    }
                }
            }
            if end < n {
                let base = right.as_mut_ptr();
                // SAFETY: of each right side the values from `end` are written and those of `start..end` are read.
                unsafe {
                    let solved = Block {
                        start: base.add(start).cast_const(),
                        row_step: 1,
                        column_step: n,
                    };
                    let size = (n - end, sides, end - start);
                    add_product(
                        size,
                        (base.add(end), n),
                        below(start, end, 1, n),
                        solved,
                        -1.0,
                    );
                }
            }
        }
        for &start in starts.iter().rev() {
            let end = (start + BLOCK).min(n);
            if end < n {
                let base = right.as_mut_ptr();
                // SAFETY: of each right side the values of `start..end` are written and those from `end` are read.
                unsafe {
                    let solved = Block {
                        start: base.add(end).cast_const(),
                        row_step: 1,
                        column_step: n,
                    };
                    let size = (end - start, sides, n - end);
                    add_product(
                        size,
                        (base.add(start), n),
                        below(start, end, n, 1),
                        solved,
                        -1.0,
                    );
                }
            }
            for side in right.chunks_exact_mut(n) {
                for row in (start..end).rev() {
                    let factors = &self.lower[row * n..(row + 1) * n];
                    let known = (row + 1..end).map(|later| factors[later] * side[later]);
                    side[row] = (side[row] - known.sum::<f32>()) / factors[row];
                }
            }
        }
    }
}

/// The factor of the block on the diagonal, column by column.
fn factorize_diagonal(values: &mut [f32], n: usize, block: std::ops::Range<usize>) -> Option<()> {
    for column in block.clone() {
        let pivot = values[column * n + column];
        // Also false for what is not a number.
        if !(pivot > 0.0 && pivot.is_finite()) {
            return None;
        }
        let pivot = pivot.sqrt();
        values[column * n + column] = pivot;
        for row in column + 1..block.end {
            values[column * n + row] /= pivot;
        }
        for later in column + 1..block.end {
            let factor = values[column * n + later];
            for row in later..block.end {
                values[later * n + row] -= factor * values[column * n + row];
            }
        }
    }
    Some(())
}

/// The inverse of the lower triangular block on the diagonal, row by row.
fn inverse_of_diagonal(values: &[f32], n: usize, block: std::ops::Range<usize>) -> Vec<f32> {
    let width = block.len();
    let factor = |row: usize, column: usize| values[(block.start + column) * n + block.start + row];
    let mut inverse = vec![0.0; width * width];
    for column in 0..width {
        inverse[column * width + column] = 1.0 / factor(column, column);
        for row in column + 1..width {
            let known = (column..row).map(|k| factor(row, k) * inverse[k * width + column]);
            inverse[row * width + column] = -known.sum::<f32>() / factor(row, row);
        }
    }
    inverse
}

/// `written += times * left * right`; sizes are rows, columns, and what is summed over. `written`: where its first value lies,
/// and how far apart its columns do.
///
/// # Safety
/// The blocks lie in memory that is valid for them, and the written one overlaps neither of the others.
unsafe fn add_product(
    (rows, columns, depth): (usize, usize, usize),
    (written, column_step): (*mut f32, usize),
    left: Block,
    right: Block,
    times: f32,
) {
    // SAFETY: as promised by the caller.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            depth,
            written,
            column_step as isize,
            1,
            true,
            left.start,
            left.column_step as isize,
            left.row_step as isize,
            right.start,
            right.column_step as isize,
            right.row_step as isize,
            1.0,
            times,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random, in -1..1.
    fn noise(count: usize) -> Vec<f32> {
        (0..count as u32)
            .map(|at| (at.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 23) as f32 - 1.0)
            .collect()
    }

    #[test]
    fn what_it_solves_multiplies_back() {
        for n in [1, 63, 64, 65, 200, 300] {
            let rows = noise(n * (n + 5));
            let mut matrix = Symmetric::zeros(n);
            matrix.add_outer_products(&rows, 1.0);
            matrix.add_to_diagonal(0.5);
            let expected = |row: usize, column: usize| {
                let products = rows
                    .chunks_exact(n)
                    .map(|values| f64::from(values[row]) * f64::from(values[column]));
                products.sum::<f64>() + if row == column { 0.5 } else { 0.0 }
            };
            for (row, column) in [(0, 0), (n - 1, 0), (n - 1, n / 2), (n - 1, n - 1)] {
                let difference = f64::from(matrix.values[column * n + row]) - expected(row, column);
                assert!(difference.abs() < 1e-4, "{n}: {difference}");
            }
            let right = noise(3 * n);
            let mut solved = right.clone();
            matrix.cholesky().unwrap().solve(&mut solved);
            for (side, solved) in right.chunks_exact(n).zip(solved.chunks_exact(n)) {
                for (row, value) in side.iter().enumerate() {
                    let back: f64 = (0..n)
                        .map(|at| expected(row, at) * f64::from(solved[at]))
                        .sum();
                    assert!(
                        (back - f64::from(*value)).abs() < 1e-3,
                        "{n}: {back} for {value}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_not_positive_definite_has_no_factor() {
        let mut matrix = Symmetric::zeros(100);
        matrix.add_outer_products(&noise(50 * 100), 1.0);
        matrix.add_to_diagonal(-1e-3);
        assert!(matrix.clone().cholesky().is_none());
        matrix.add_to_diagonal(f32::NAN);
        assert!(matrix.cholesky().is_none());
        assert!(Symmetric::zeros(0).cholesky().is_some());
    }

    #[test]
    fn matrices_are_added_and_scaled() {
        let mut left = Symmetric::zeros(2);
        left.add_outer_products(&[1.0, 2.0], 1.0);
        let mut right = Symmetric::zeros(2);
        right.add_outer_products(&[3.0, 1.0], -2.0);
        left.add(&right, 0.5);
        left.scale(2.0);
        assert_eq!(
            (left.values[0], left.values[1], left.values[3]),
            (-16.0, -2.0, 6.0)
        );
        assert_eq!(left.trace(), -10.0);
    }
}
