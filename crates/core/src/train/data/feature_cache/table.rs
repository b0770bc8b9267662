//! Rows of features in one piece of memory: thousands of small ones would leave holes all over it when they go.

pub(super) struct Table {
    width: usize,
    values: Vec<f32>,
    is_known: Vec<bool>,
}

impl Table {
    /// None of the rows is known yet. Memory is taken for those that are written only, as far as the system can.
    pub fn new(rows: usize, width: usize) -> Self {
        Self {
            width,
            values: vec![0.0; rows * width],
            is_known: vec![false; rows],
        }
    }

    /// By row; `None` where it is not known.
    pub fn rows(&self) -> impl Iterator<Item = Option<&[f32]>> {
        let rows = self.values.chunks_exact(self.width.max(1));
        rows.zip(&self.is_known)
            .map(|(row, is_known)| is_known.then_some(row))
    }

    pub fn get(&self, row: usize) -> Option<&[f32]> {
        if !*self.is_known.get(row)? {
            return None;
        }
        self.values.get(row * self.width..(row + 1) * self.width)
    }

    /// True if there is such a row that is not known.
    pub fn lacks(&self, row: usize) -> bool {
        self.is_known.get(row).is_some_and(|is_known| !is_known)
    }

    /// Nothing where there is no such row, or it is of another width.
    pub fn set(&mut self, row: usize, values: &[f32]) {
        let place = self
            .values
            .get_mut(row * self.width..(row + 1) * self.width);
        if let (Some(place), Some(is_known)) = (place, self.is_known.get_mut(row))
            && values.len() == self.width
        {
            place.copy_from_slice(values);
            *is_known = true;
        }
    }

    pub fn forget_all(&mut self) {
        self.is_known.fill(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_known_once_they_are_set() {
        let mut table = Table::new(3, 2);
        table.set(1, &[1.0, 2.0]);
        table.set(2, &[1.0]);
        table.set(3, &[1.0, 2.0]);
        assert_eq!(
            table.rows().collect::<Vec<_>>(),
            [None, Some(&[1.0, 2.0][..]), None]
        );
        assert_eq!((table.get(1), table.get(2)), (Some(&[1.0, 2.0][..]), None));
        assert!(table.lacks(0) && !table.lacks(1) && !table.lacks(3));
        table.forget_all();
        assert!(table.lacks(1));
    }
}
