//! Diagnostics, gathered on a thread.

use std::sync::Arc;

use crate::diagnostics::diagnostics;
use crate::error::Result;
use crate::jobs::slot::Latest;
use crate::session::Waker;
use crate::settings::SettingsFile;

/// Gathers diagnostics on a thread: tools are asked for their versions.
#[derive(Default)]
pub struct Diagnoser(Option<Latest<(SettingsFile, Option<String>), String>>);

impl Diagnoser {
    pub fn is_busy(&self) -> bool {
        self.0.as_ref().is_some_and(Latest::is_busy)
    }

    pub fn ask(&mut self, file: SettingsFile, error: Option<String>, waker: &Waker) {
        if self.0.is_none() {
            let work = |(file, error): (SettingsFile, Option<String>), _: &_| {
                Ok(diagnostics(&file, error.as_deref()))
            };
            self.0 = Latest::new("diagnostics", Arc::clone(waker), work)
                .map_err(|error| tracing::error!("no diagnostics: {error}"))
                .ok();
        }
        if let Some(worker) = &self.0 {
            worker.request((file, error));
        }
    }

    /// What was asked for, once.
    pub fn take(&self) -> Option<Result<String>> {
        self.0.as_ref().and_then(Latest::take)
    }
}
