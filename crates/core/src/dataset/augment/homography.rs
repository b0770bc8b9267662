//! 3x3 maps of the plane, points as columns (x, y, 1).

/// 3x3, row by row.
pub type Matrix = [[f64; 3]; 3];

pub const IDENTITY: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

pub fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let mut c = [[0.0; 3]; 3];
    for (row, out) in a.iter().zip(&mut c) {
        for (factor, b_row) in row.iter().zip(b) {
            for (value, b_value) in out.iter_mut().zip(b_row) {
                *value += factor * b_value;
            }
        }
    }
    c
}

/// The homography that takes the four stretched corners back to the square's.
///
/// Each pair of corners gives two of the eight linear equations (Heckbert 1989, section 2.2.3).
pub fn warp_matrix([right, left, bottom, top]: [f64; 4]) -> Matrix {
    let targets = [
        [-1.0 - top, -1.0 - left],
        [-1.0 - bottom, 1.0 + left],
        [1.0 + top, -1.0 - right],
        [1.0 + bottom, 1.0 + right],
    ];
    let corners = [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]];
    let mut system = nalgebra::SMatrix::<f64, 8, 8>::zeros();
    let mut wanted = nalgebra::SVector::<f64, 8>::zeros();
    for (at, ([tx, ty], [ox, oy])) in targets.into_iter().zip(corners).enumerate() {
        let rows = [
            ([tx, ty, 1.0, 0.0, 0.0, 0.0, -ox * tx, -ox * ty], ox),
            ([0.0, 0.0, 0.0, tx, ty, 1.0, -oy * tx, -oy * ty], oy),
        ];
        for (offset, (row, value)) in rows.into_iter().enumerate() {
            for (column, factor) in row.into_iter().enumerate() {
                system[(2 * at + offset, column)] = factor;
            }
            wanted[2 * at + offset] = value;
        }
    }
    // Singular only for a warp of 1 and more, where an edge has no length.
    let Some(h) = system.lu().solve(&wanted) else {
        return IDENTITY;
    };
    [[h[0], h[1], h[2]], [h[3], h[4], h[5]], [h[6], h[7], 1.0]]
}
