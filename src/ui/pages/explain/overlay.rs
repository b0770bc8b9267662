//! What lies over the image: by which method it is explained, and how strongly that shows.

use crate::explain::method::Method;

pub struct Overlay {
    pub is_shown: bool,
    pub method: Method,
    /// 0 to 1, in the order of [`Method::ALL`].
    opacities: [f32; Method::ALL.len()],
}

impl Default for Overlay {
    fn default() -> Self {
        Self {
            is_shown: true,
            method: Method::default(),
            opacities: Method::ALL.map(Method::default_opacity),
        }
    }
}

impl Overlay {
    /// Of the chosen method.
    pub fn opacity(&self) -> f32 {
        self.opacities[self.method as usize]
    }

    pub fn set_opacity(&mut self, opacity: f32) {
        self.opacities[self.method as usize] = opacity;
    }
}
