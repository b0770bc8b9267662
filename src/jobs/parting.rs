//! Lets go of something whose end takes its time (jobs that are cancelled) without waiting for it.

use std::thread::JoinHandle;

use crate::error::{Error, Result};

/// What is being dropped on a thread of its own.
pub struct Parting(JoinHandle<()>);

impl Parting {
    /// # Errors
    /// `Io` if the system gives no more threads; the value is dropped all the same, in this one.
    pub fn from(name: &str, value: impl Send + 'static) -> Result<Self> {
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || drop(value))
            .map(Self)
            .map_err(Error::io("start a thread", std::path::Path::new(name)))
    }

    pub fn is_over(&self) -> bool {
        self.0.is_finished()
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::{Receiver, bounded};

    use super::*;

    struct Slow(Receiver<()>);

    impl Drop for Slow {
        fn drop(&mut self) {
            let _ = self.0.recv();
        }
    }

    #[test]
    fn what_ends_slowly_is_not_waited_for() {
        let (let_go, waits) = bounded(1);
        let parting = Parting::from("slow", Slow(waits)).unwrap();
        assert!(!parting.is_over());
        let_go.send(()).unwrap();
        while !parting.is_over() {
            std::thread::yield_now();
        }
    }
}
