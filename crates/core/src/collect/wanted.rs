//! An image that a list or a search names.

use crate::catalog::Provenance;

/// What is known of an image before it is fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// `None`: that of the request.
    pub class: Option<String>,
    /// As given; it is checked when its turn comes.
    pub from: Provenance,
    /// Pixels along the shorter side, if the search says so.
    pub shorter_side: Option<u32>,
}
