//! Whether a point lies within a shape that was drawn by hand.

use eframe::egui::Pos2;

/// Even-odd rule; the last corner is joined with the first.
pub fn is_inside(point: Pos2, corners: &[Pos2]) -> bool {
    let mut is_inside = false;
    let Some(mut before) = corners.last() else {
        return false;
    };
    for corner in corners {
        let crosses = (corner.y > point.y) != (before.y > point.y);
        if crosses {
            let part = (point.y - corner.y) / (before.y - corner.y);
            let x = corner.x + part * (before.x - corner.x);
            is_inside ^= point.x < x;
        }
        before = corner;
    }
    is_inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inside_of_a_bay_is_outside() {
        let corners = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (2.0, 1.0), (0.0, 4.0)];
        let corners = corners.map(|(x, y)| Pos2::new(x, y));
        assert!(is_inside(Pos2::new(0.5, 2.0), &corners));
        assert!(is_inside(Pos2::new(3.5, 2.0), &corners));
        assert!(!is_inside(Pos2::new(2.0, 3.0), &corners));
        assert!(!is_inside(Pos2::new(5.0, 2.0), &corners));
        assert!(!is_inside(Pos2::new(0.0, 0.0), &[]));
    }
}
