//! Images from the web, when a person asks for them: from a list of addresses, or found by Openverse or Wikimedia Commons.
//!
//! Everything that a server answers is untrusted. Addresses are checked at every hop of a redirect and after the name was
//! resolved ([`address`], [`resolver`]), bodies are bounded in size and time ([`exchange`]), what comes is decoded before
//! it is taken ([`examine`]), and files get names of the program's own. Servers are asked one request at a time, with a
//! pause, and their wishes are followed: `robots.txt`, `Retry-After`, `X-Robots-Tag: noai` ([`client`]).
//!
//! Limits: a page is not searched for images; behind a proxy it is the proxy that resolves names, so that only addresses
//! written as numbers are checked there; servers are asked in turns, not at the same time.

mod address;
mod client;
mod collector;
mod commons;
pub mod credits;
mod dates;
mod examine;
mod exchange;
mod licence;
mod list;
mod memory;
mod openverse;
mod report;
mod request;
mod resolver;
mod robots;
mod search;
mod settings;
mod trouble;
mod turns;
mod wanted;
pub mod watch;

pub use collector::{Batch, Collector};
pub use dates::{Dates, Day, Span};
pub use licence::Licences;
pub use report::CollectReport;
pub use request::{DEFAULT_SOURCE, Origin, Request};
pub use settings::Settings;
