//! Crops to the character: boxes that are proposed, image by image, until a person takes them over.
//!
//! What is proposed is derived and lies in the cache; what is accepted is an [`Edit`], and from then on the image is looked at
//! so wherever it is looked at, as it is with borders ([`ImageRecord::recipe`]): what is shown is what a net sees.
//!
//! [`Edit`]: crate::catalog::Edit
//! [`ImageRecord::recipe`]: crate::catalog::ImageRecord::recipe

mod boxes;
mod proposals;
mod propose;

pub use boxes::{ReadBoxes, read as read_boxes};
pub use proposals::{Proposal, Proposals, accept, clear};
pub use propose::{Found, LEAST_SCORE, propose};
