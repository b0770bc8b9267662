//! Where commands compute that are not told: where the settings say, and which file that is if it cannot be.

use std::path::PathBuf;

use anyhow::bail;

use crate::ops::compute::{self, Compute, Precision};
use crate::settings::SettingsFile;

pub struct SettingsDevice {
    device: Option<Compute>,
    file: PathBuf,
}

impl SettingsDevice {
    pub fn of(file: &SettingsFile) -> Self {
        Self {
            device: file.settings().device,
            file: file.path().map(PathBuf::from).unwrap_or_default(),
        }
    }

    /// What was said with --device, or else what the settings say.
    ///
    /// # Errors
    /// Why it cannot be computed where the settings say. What was said with --device is judged by whoever computes there.
    pub fn unless(
        &self,
        said: Option<Compute>,
        precision: Precision,
    ) -> anyhow::Result<Option<Compute>> {
        if let (None, Some(device)) = (said, self.device)
            && let Some(fault) = compute::fault(self.device, precision)
        {
            bail!(
                "{fault}; the settings say {device}: correct `device` there, or add --device; file {}",
                self.file.display()
            );
        }
        Ok(said.or(self.device))
    }
}
