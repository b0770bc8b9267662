//! The frame header of a JPEG (ITU-T T.81, B.2.2): which blocks its scans must hold.

pub(super) struct Frame {
    pub is_progressive: bool,
    width: usize,
    height: usize,
    pub components: Vec<Component>,
}

pub(super) struct Component {
    pub id: u8,
    /// Sampling factors, 1 to 4.
    across: usize,
    down: usize,
    /// True once a scan held its lowest coefficients.
    pub has_dc: bool,
    /// Progressive frames: by block, a bit for each coefficient that is not zero so far.
    pub nonzero: Vec<u64>,
}

/// A component that takes part in a scan.
pub(super) struct Part {
    /// Its place in the frame.
    pub component: usize,
    pub dc_table: usize,
    pub ac_table: usize,
}

impl Component {
    /// Of a scan with several components.
    pub fn blocks_in_mcu(&self) -> usize {
        self.across * self.down
    }
}

impl Frame {
    /// `header` is the segment behind its length. `None` for what this reader does not know.
    pub fn parse(header: &[u8], is_progressive: bool) -> Option<Self> {
        let (&[_precision, high_y, low_y, high_x, low_x, count], rest) =
            header.split_first_chunk::<6>()?;
        let components: Vec<Component> = rest
            .chunks_exact(3)
            .take(usize::from(count))
            .filter_map(|fields| {
                let &[id, factors, _quantization] = fields.first_chunk::<3>()?;
                Some(Component {
                    id,
                    across: usize::from(factors >> 4),
                    down: usize::from(factors & 15),
                    has_dc: false,
                    nonzero: Vec::new(),
                })
            })
            .collect();
        let frame = Self {
            is_progressive,
            width: usize::from(u16::from_be_bytes([high_x, low_x])),
            height: usize::from(u16::from_be_bytes([high_y, low_y])),
            components,
        };
        let is_usable = frame.width > 0
            && frame.height > 0
            && frame.components.len() == usize::from(count)
            && (1..=4).contains(&count)
            && frame.components.iter().all(|component| {
                (1..=4).contains(&component.across) && (1..=4).contains(&component.down)
            });
        is_usable.then_some(frame)
    }

    /// How many MCUs a scan of these components has; one component alone is coded block by block (ITU-T T.81, A.2).
    pub fn mcus(&self, parts: &[Part]) -> Option<usize> {
        let most_across = self
            .components
            .iter()
            .map(|component| component.across)
            .max()?;
        let most_down = self
            .components
            .iter()
            .map(|component| component.down)
            .max()?;
        let (across, down) = match parts {
            [] => return None,
            [only] => {
                let component = self.components.get(only.component)?;
                let width = (self.width * component.across).div_ceil(most_across);
                let height = (self.height * component.down).div_ceil(most_down);
                (width.div_ceil(8), height.div_ceil(8))
            }
            _several => (
                self.width.div_ceil(8 * most_across),
                self.height.div_ceil(8 * most_down),
            ),
        };
        Some(across * down)
    }
}
