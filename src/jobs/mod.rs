//! Long work on named threads: pull-based progress, cancel by dropping or asking.
//!
//! [`Jobs`] runs whole jobs, [`slot::Latest`] answers only the newest request, [`pool::Pool`] fetches many small
//! things, [`watcher::Watcher`] tells when something has changed, [`parting::Parting`] lets go of what ends slowly,
//! [`beside`] keeps quick work out of a job's way. A panic in the first three becomes an error
//! ([`crate::Error::Panic`]), one in a watcher ends its looking; the thread's owner lives on.

pub mod beside;
pub mod parting;
pub mod pool;
mod runner;
pub mod slot;
pub mod watcher;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

pub use runner::{Context, Control, Ended, JobId, Jobs, Message};

use crate::error::{Error, Result};

/// Wakes the front end when something happened ("request repaint").
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// Runs the work; a panic in it (a decoder that meets a file it did not expect) is an error like any other.
fn catch_panic<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // Unwind safety: whatever the work had borrowed is dropped with it or only holds counters.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        Err(Error::Panic {
            message: panic_text(payload.as_ref()),
        })
    })
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "no message".to_owned())
}
