//! Ctrl+C: the first one asks the work to stop at the next safe place, the second one ends the program.

use std::sync::Arc;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::progress::Progress;

/// Exit code of a command that was cancelled: 128 + SIGINT, as shells have it.
pub const CANCELLED: u8 = 130;

/// From now on Ctrl+C and SIGTERM cancel `progress`.
///
/// Once it is cancelled a second one leaves at once; what is on disk is valid at any moment (`project::write_atomic`).
pub fn cancels(progress: &Progress) -> anyhow::Result<()> {
    let flag = progress.cancel_flag();
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal finds the flag still down.
        flag::register_conditional_shutdown(signal, i32::from(CANCELLED), Arc::clone(&flag))?;
        flag::register(signal, Arc::clone(&flag))?;
    }
    Ok(())
}
