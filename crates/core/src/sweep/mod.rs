//! A queue of runs that differ in seed, rate, size or net, and what they say together.
//!
//! It needs no list of its own: a run with the same configuration on the same split is the run, whoever trained it. So a
//! sweep goes on where it stopped, and runs that came back from elsewhere count.

mod axes;
mod expected;
mod kept;
mod queue;
mod same;
mod table;

pub use axes::Axes;
pub use expected::expected_secs;
pub use kept::KeptQueue;
pub use queue::{Point, Queue, Told};
pub use same::Standing;
pub use table::{Setting, SweepRun, SweepTable};
