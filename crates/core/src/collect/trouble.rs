//! Why an address brought no image.

use crate::error::Error;

pub type Attempt<T> = std::result::Result<T, Trouble>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// What it has is no image to take; asking again would bring the same.
    Refused(String),
    /// It does not fit what was asked for, or may not be asked at all; that can be otherwise another time.
    Declined(String),
    /// It could not be had this time.
    Failed(String),
    Cancelled,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        if error.is_cancelled() {
            Self::Cancelled
        } else {
            Self::Failed(error.to_string())
        }
    }
}
