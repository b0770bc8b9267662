//! What lies over the image: by which method and layer it is explained, beside which other class, and how that is drawn.

use super::request::Looks;
use crate::explain::colormap::Colormap;
use crate::explain::method::Method;
use crate::model::Arch;

pub struct Overlay {
    pub is_shown: bool,
    pub method: Method,
    /// Of a net; another one has other layers. `None`: the last one.
    pub layer: Option<(Arch, String)>,
    /// By name: a class to be shown beside the explained one.
    pub against: Option<String>,
    pub view: View,
    pub looks: Looks,
    /// 0 to 1, in the order of [`Method::ALL`].
    opacities: [f32; Method::ALL.len()],
}

/// How two classes are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    #[default]
    SideBySide,
    Difference,
}

impl Default for Overlay {
    fn default() -> Self {
        Self {
            is_shown: true,
            method: Method::default(),
            layer: None,
            against: None,
            view: View::default(),
            looks: Looks {
                colormap: Colormap::default(),
                has_contours: false,
                shares_scale: true,
            },
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

    /// The chosen layer, if it is one of `arch`.
    pub fn layer_of(&self, arch: Arch) -> Option<&str> {
        let (of, name) = self.layer.as_ref()?;
        (*of == arch).then_some(name.as_str())
    }
}
