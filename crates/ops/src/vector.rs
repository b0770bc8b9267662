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

    /// `self + other`, lane by lane.
    ///
    /// # Safety
    /// The CPU has the instructions.
    #[must_use]
    unsafe fn plus(self, other: Self) -> Self;

    /// `self * other`, lane by lane.
    ///
    /// # Safety
    /// The CPU has the instructions.
    #[must_use]
    unsafe fn times(self, other: Self) -> Self;

    /// Lane by lane not below `low` nor above `high`; NaN stays NaN.
    ///
    /// # Safety
    /// The CPU has the instructions.
    #[must_use]
    unsafe fn clamped(self, low: Self, high: Self) -> Self;

    /// The larger of the two, lane by lane; NaN wins.
    ///
    /// # Safety
    /// The CPU has the instructions.
    #[must_use]
    unsafe fn larger(self, other: Self) -> Self;
}

/// Asks for the cache line at `at`, which need not be anybody's.
#[inline(always)]
pub fn prefetch(at: *const f32) {
    // SAFETY: a hint, which never faults; SSE is part of x86-64.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(at.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
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

    #[inline(always)]
    unsafe fn plus(mut self, other: Self) -> Self {
        for lane in 0..8 {
            self.0[lane] += other.0[lane];
        }
        self
    }

    #[inline(always)]
    unsafe fn times(mut self, other: Self) -> Self {
        for lane in 0..8 {
            self.0[lane] *= other.0[lane];
        }
        self
    }

    #[inline(always)]
    unsafe fn clamped(mut self, low: Self, high: Self) -> Self {
        for lane in 0..8 {
            let z = self.0[lane];
            let z = if z < low.0[lane] { low.0[lane] } else { z };
            self.0[lane] = if z > high.0[lane] { high.0[lane] } else { z };
        }
        self
    }

    #[inline(always)]
    unsafe fn larger(mut self, other: Self) -> Self {
        for lane in 0..8 {
            let wins = other.0[lane] > self.0[lane] || other.0[lane].is_nan();
            self.0[lane] = if wins { other.0[lane] } else { self.0[lane] };
        }
        self
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256, __m512, _CMP_UNORD_Q, _mm256_add_ps, _mm256_blendv_ps, _mm256_cmp_ps,
        _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_max_ps, _mm256_min_ps, _mm256_mul_ps,
        _mm256_set1_ps, _mm256_storeu_ps, _mm512_add_ps, _mm512_cmp_ps_mask, _mm512_fmadd_ps,
        _mm512_loadu_ps, _mm512_mask_mov_ps, _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps,
        _mm512_set1_ps, _mm512_storeu_ps,
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

        #[inline(always)]
        unsafe fn plus(self, other: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm256_add_ps(self, other) }
        }

        #[inline(always)]
        unsafe fn times(self, other: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm256_mul_ps(self, other) }
        }

        #[inline(always)]
        unsafe fn clamped(self, low: Self, high: Self) -> Self {
            // Of a NaN and a number the instruction takes the second operand.
            // SAFETY: the caller's promise.
            unsafe { _mm256_min_ps(high, _mm256_max_ps(low, self)) }
        }

        #[inline(always)]
        unsafe fn larger(self, other: Self) -> Self {
            // The instruction takes `other` if either is NaN.
            // SAFETY: the caller's promise.
            unsafe {
                let larger = _mm256_max_ps(self, other);
                _mm256_blendv_ps(larger, self, _mm256_cmp_ps::<_CMP_UNORD_Q>(self, self))
            }
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

        #[inline(always)]
        unsafe fn plus(self, other: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm512_add_ps(self, other) }
        }

        #[inline(always)]
        unsafe fn times(self, other: Self) -> Self {
            // SAFETY: the caller's promise.
            unsafe { _mm512_mul_ps(self, other) }
        }

        #[inline(always)]
        unsafe fn clamped(self, low: Self, high: Self) -> Self {
            // Of a NaN and a number the instruction takes the second operand.
            // SAFETY: the caller's promise.
            unsafe { _mm512_min_ps(high, _mm512_max_ps(low, self)) }
        }

        #[inline(always)]
        unsafe fn larger(self, other: Self) -> Self {
            // The instruction takes `other` if either is NaN.
            // SAFETY: the caller's promise.
            unsafe {
                let larger = _mm512_max_ps(self, other);
                _mm512_mask_mov_ps(larger, _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(self, self), self)
            }
        }
    }
}
