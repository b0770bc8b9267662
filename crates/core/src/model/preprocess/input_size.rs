//! How large what a net sees is, and which images can go through it together.

/// Pixels of what a net sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InputSize {
    pub width: u32,
    pub height: u32,
}

impl InputSize {
    pub fn square(side: u32) -> Self {
        Self {
            width: side,
            height: side,
        }
    }

    pub fn pixels(self) -> usize {
        self.width as usize * self.height as usize
    }
}

/// The positions of each size, sizes in the order in which they first come.
pub fn group_by_size(sizes: impl IntoIterator<Item = InputSize>) -> Vec<(InputSize, Vec<usize>)> {
    let mut groups: Vec<(InputSize, Vec<usize>)> = Vec::new();
    for (position, size) in sizes.into_iter().enumerate() {
        match groups.iter_mut().find(|(known, _)| *known == size) {
            Some((_, positions)) => positions.push(position),
            None => groups.push((size, vec![position])),
        }
    }
    groups
}
