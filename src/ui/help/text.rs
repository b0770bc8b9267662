//! What is said of a number.

/// What a number means and how to act on it, in plain sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Help {
    /// As it follows "What is": "the calibration error".
    pub name: &'static str,
    pub meaning: &'static str,
    pub advice: &'static str,
}

impl Help {
    /// What the mark beside the number is called.
    pub fn question(&self) -> String {
        format!("What is {}?", self.name)
    }
}
