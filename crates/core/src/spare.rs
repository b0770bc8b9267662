//! Memory that the allocator keeps for later work, given back to the system when the work is over.
//!
//! Each thread keeps some of its own, those of the pool for as long as the program lives: after a training more than a hundred
//! megabytes. Which allocator there is only the program knows, so it says how; in tests and other programs nothing happens.

use std::sync::OnceLock;

/// How the allocators give back what they keep.
#[derive(Clone, Copy, Debug)]
pub struct GiveBack {
    /// What the calling thread keeps.
    pub of_thread: fn(),
    /// What the process keeps.
    pub of_process: fn(),
}

static GIVE_BACK: OnceLock<GiveBack> = OnceLock::new();

/// Once, by the program; a second call changes nothing.
pub fn set_give_back(give_back: GiveBack) {
    GIVE_BACK.get_or_init(|| give_back);
}

/// What this thread keeps, what those of the pool keep (each when it next looks for work) and the process.
pub fn give_back() {
    let Some(GiveBack {
        of_thread,
        of_process,
    }) = GIVE_BACK.get().copied()
    else {
        return;
    };
    of_thread();
    rayon::spawn_broadcast(move |_| of_thread());
    of_process();
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Mutex;
    use std::time::{Duration, Instant};

    use super::*;

    static THREADS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

    #[test]
    fn every_thread_of_the_pool_gives_back_too() {
        set_give_back(GiveBack {
            of_thread: || {
                let thread = format!("{:?}", std::thread::current().id());
                THREADS.lock().unwrap().insert(thread);
            },
            of_process: || {
                THREADS.lock().unwrap().insert("process".to_owned());
            },
        });
        give_back();
        let wanted = rayon::current_num_threads() + 2;
        let began = Instant::now();
        while THREADS.lock().unwrap().len() < wanted {
            assert!(began.elapsed() < Duration::from_secs(10));
            std::thread::yield_now();
        }
    }
}
