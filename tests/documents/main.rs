//! The documents: every link, anchor and image leads somewhere, and the program takes every command that they show.

#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be set up has failed"
)]

mod commands;
mod document;
mod links;
