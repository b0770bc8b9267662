//! The demo: a run behind a web page and a JSON API, for people who have a browser and nothing else.
//!
//! A request goes through a gate (token, host, rate), its body is read within limits and looked at before a pixel of it is
//! decoded, it is decoded and scaled on one of as many threads as there are cores, and waits for the one thread that owns the
//! net and asks it about all that wait, up to a batch. The page is a client of the API like any other and asks nobody else.
//!
//! [`Server::run`] is synchronous and ends when its `Progress` is cancelled; the runtime beneath is nobody else's business.

mod address;
mod answers;
mod app;
mod body;
mod card;
mod check;
mod client;
mod documents;
mod gate;
mod handlers;
mod limits;
mod look;
mod metrics;
mod options;
mod page;
mod polyglot;
mod problem;
mod queue;
mod rates;
mod refusals;
mod router;
mod served;
mod server;
mod token;

pub use card::Card;
pub use check::Check;
pub use limits::Limits;
pub use metrics::Metrics;
pub use options::{DEFAULT_PORT, Options};
pub use served::Served;
pub use server::Server;
pub use token::new_token;
