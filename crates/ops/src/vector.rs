//! Registers of f32 lanes, as wide as the CPU has them, behind one trait.
//!
//! Where a loop must hold its sums in registers intrinsics say so; [`super::simd`] is for the loops
//! that it turns into such code by itself.
#![expect(unsafe_code, reason = "intrinsics load and store through pointers")]

/// One register.
pub trait Vector: Copy {
    const LANES: usize;

    fn zero() -> Self;

    /// All lanes are the value at `from`.
    ///
    /// # Safety
    /// `from` points to a value; the CPU has the instructions of the implementor.
    unsafe fn splat(from: *const f32) -> Self;

    /// # Safety
    /// `from` points to as many values as there are lanes; the CPU has the instructions.
    unsafe fn load(from: *const f32) -> Self;

    /// # Safety
    /// `to` points to room for as many values as there are lanes; the CPU has the instructions.
    unsafe fn store(self, to: *mut f32);

    /// `self + a * b`, lane by lane.
    ///
    /// # Safety
    /// The CPU has the instructions.
    #[must_use]
    unsafe fn fused(self, a: Self, b: Self) -> Self;
}

/// Eight lanes in whatever registers the target has.
#[derive(Clone, Copy)]
pub struct Portable([f32; 8]);

impl Vector for Portable {
    const LANES: usize = 8;

    #[inline(always)]
    fn zero() -> Self {
        Self([0.0; 8])
    }

    #[inline(always)]
    unsafe fn splat(from: *const f32) -> Self {
        // SAFETY: the caller's promise.
        Self([unsafe { *from }; 8])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { from.cast::<[f32; 8]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { to.cast::<[f32; 8]>().write_unaligned(self.0) };
    }

    #[inline(always)]
    unsafe fn fused(mut self, a: Self, b: Self) -> Self {
        for lane in 0..8 {
            self.0[lane] = super::simd::fused::<{ cfg!(target_arch = "aarch64") }>(
                a.0[lane],
                b.0[lane],
                self.0[lane],
            );
        }
        self
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256, __m512, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_storeu_ps,
        _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_storeu_ps,
    };

    use super::Vector;

    impl Vector for __m256 {
        const LANES: usize = 8;

        #[inline(always)]
        fn zero() -> Self {
            // SAFETY: all bits 0 is the number 0 in every lane.
            unsafe { std::mem::zeroed() }
        }

        #[inline(always)]
        unsafe fn splat(from: *const f32) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm256_set1_ps(*from) }
        }

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm256_loadu_ps(from) }
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: the caller's promise.
            unsafe { _mm256_storeu_ps(to, self) };
        }

        #[inline(always)]
        unsafe fn fused(self, a: Self, b: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm256_fmadd_ps(a, b, self) }
        }
    }

    impl Vector for __m512 {
        const LANES: usize = 16;

        #[inline(always)]
        fn zero() -> Self {
            // SAFETY: all bits 0 is the number 0 in every lane.
            unsafe { std::mem::zeroed() }
        }

        #[inline(always)]
        unsafe fn splat(from: *const f32) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm512_set1_ps(*from) }
        }

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm512_loadu_ps(from) }
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: the caller's promise.
            unsafe { _mm512_storeu_ps(to, self) };
        }

        #[inline(always)]
        unsafe fn fused(self, a: Self, b: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm512_fmadd_ps(a, b, self) }
        }
    }
}
