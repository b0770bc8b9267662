//! Matrix products on one thread, with bounds checked before the fast code runs.
//!
//! Callers cut the work into fixed pieces and run those in parallel, so sums do not depend on the number of threads.
#![expect(unsafe_code, reason = "the gemm crate takes raw pointers")]

/// A view of `rows` x `cols` values.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    pub data: &'a [f32],
    pub rows: usize,
    pub cols: usize,
    pub row_stride: usize,
    pub col_stride: usize,
}

impl<'a> Matrix<'a> {
    /// Row-major.
    pub fn new(data: &'a [f32], rows: usize, cols: usize) -> Self {
        Self {
            data,
            rows,
            cols,
            row_stride: cols,
            col_stride: 1,
        }
    }

    /// Row-major with rows `row_stride` apart.
    pub fn strided(data: &'a [f32], rows: usize, cols: usize, row_stride: usize) -> Self {
        Self {
            data,
            rows,
            cols,
            row_stride,
            col_stride: 1,
        }
    }

    #[must_use]
    pub fn transposed(self) -> Self {
        Self {
            data: self.data,
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
        }
    }

    fn fits(&self) -> bool {
        self.rows == 0
            || self.cols == 0
            || (self.rows - 1) * self.row_stride + (self.cols - 1) * self.col_stride
                < self.data.len()
    }
}

/// What happens to the values already in the destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Into {
    Overwrite,
    Add,
}

/// `dst` (`lhs.rows` x `rhs.cols`, rows `dst_stride` apart) becomes, or gains, `lhs · rhs`.
///
/// # Panics
/// When a view reaches beyond its slice: a fault of the caller, caught before memory is touched.
pub fn product(dst: &mut [f32], dst_stride: usize, lhs: Matrix<'_>, rhs: Matrix<'_>, into: Into) {
    let (m, n, k) = (lhs.rows, rhs.cols, lhs.cols);
    assert_eq!(k, rhs.rows, "inner sizes of a matrix product differ");
    assert!(
        lhs.fits() && rhs.fits(),
        "a factor reaches beyond its slice"
    );
    if m == 0 || n == 0 {
        return;
    }
    assert!(
        n <= dst_stride && (m - 1) * dst_stride + n <= dst.len(),
        "the product reaches beyond its slice"
    );
    // SAFETY: all three views were just checked against their slices; strides are in elements.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            dst.as_mut_ptr(),
            1,
            dst_stride as isize,
            into == Into::Add,
            lhs.data.as_ptr(),
            lhs.col_stride as isize,
            lhs.row_stride as isize,
            rhs.data.as_ptr(),
            rhs.col_stride as isize,
            rhs.row_stride as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposed_and_strided_views_multiply_as_written_out() {
        let a: Vec<f32> = (0u8..12).map(f32::from).collect(); // 3x4
        let b: Vec<f32> = (0u8..6).map(|i| f32::from(i) * 0.5).collect(); // 2x3
        let mut dst = vec![1.0f32; 4 * 3]; // 4x2, rows 3 apart
        product(
            &mut dst,
            3,
            Matrix::new(&a, 3, 4).transposed(),
            Matrix::new(&b, 2, 3).transposed(),
            Into::Add,
        );
        for row in 0..4 {
            for col in 0..2 {
                let expected: f32 =
                    1.0 + (0..3).map(|i| a[i * 4 + row] * b[col * 3 + i]).sum::<f32>();
                assert!((dst[row * 3 + col] - expected).abs() < 1e-4);
            }
            assert_eq!(dst[row * 3 + 2], 1.0, "the gap between rows is untouched");
        }
    }
}
