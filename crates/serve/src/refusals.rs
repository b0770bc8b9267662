//! Answers that more than one address gives instead of its own, described once.

use utoipa::IntoResponses;

use crate::problem::ProblemBody;

/// By the gate, of all that needs the token.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) enum Refusals {
    /// The token is missing or wrong
    #[response(status = 401)]
    Unauthorized(ProblemBody),
    /// The demo is for this computer alone, and was asked under another name
    #[response(status = 421)]
    Misdirected(ProblemBody),
    /// Too many wrong tokens, or too many images, from one address
    #[response(status = 429)]
    TooOften(ProblemBody),
    /// Too many at once, or it took too long
    #[response(status = 503)]
    Busy(ProblemBody),
}

/// Of whatever takes an image.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only its description is used")]
pub(crate) enum ImageRefusals {
    /// A page of another server asks
    #[response(status = 403)]
    OfAnotherPage(ProblemBody),
    /// The file or the image is too large
    #[response(status = 413)]
    TooLarge(ProblemBody),
    /// It is no image, or of a format that is not read
    #[response(status = 415)]
    NoImage(ProblemBody),
    /// The image is damaged, or something else at once
    #[response(status = 422)]
    Damaged(ProblemBody),
    /// The demo made a mistake
    #[response(status = 500)]
    Failed(ProblemBody),
}
