//! The program's allocators: mimalloc for itself, the C library's for the drivers that paint the window; and how both give
//! memory back.
#![expect(unsafe_code, reason = "calls functions of allocators written in C")]

use cutting_room::spare::{GiveBack, set_give_back};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

unsafe extern "C" {
    /// Gives back what the calling thread keeps of mimalloc's memory; `force`: all of it, now.
    fn mi_collect(force: bool);
}

fn collect() {
    // SAFETY: mimalloc's own function, which any thread may call at any time.
    unsafe { mi_collect(true) };
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod libc {
    use std::ffi::c_int;

    unsafe extern "C" {
        fn malloc_trim(pad: usize) -> c_int;
        fn mallopt(param: c_int, value: c_int) -> c_int;
    }

    const M_MMAP_THRESHOLD: c_int = -3;
    /// A thumbnail's texture, painted in software, is larger.
    const MMAP_BYTES: c_int = 128 << 10;

    /// The threshold that it begins with, for good: otherwise it grows with the first large texture that is dropped, and from
    /// then on what is dropped leaves holes that are not given back.
    pub fn keep_large_blocks_apart() {
        // SAFETY: glibc's own function, called before there are other threads.
        unsafe { mallopt(M_MMAP_THRESHOLD, MMAP_BYTES) };
    }

    pub fn trim() {
        // SAFETY: glibc's own function, which any thread may call at any time.
        unsafe { malloc_trim(0) };
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod libc {
    pub fn keep_large_blocks_apart() {}

    pub fn trim() {}
}

/// Before anything else.
pub fn set_up() {
    libc::keep_large_blocks_apart();
    set_give_back(GiveBack {
        of_thread: collect,
        of_process: libc::trim,
    });
}
