//! One kernel body, compiled for AVX-512, AVX2 and the baseline, chosen when it runs.
//!
//! The binary is built for the oldest CPU of its kind, so without this the compiler would use four lanes where sixteen
//! are there. Bodies are plain loops and `[f32; 16]` arithmetic that LLVM vectorises; `FMA` tells them whether
//! [`fused`] is one instruction (a call into libm otherwise). [`super::instruction_set`] chooses.
#![expect(
    unsafe_code,
    reason = "unchecked loads and stores inside the measured inner loops"
)]

/// Lanes of one block of channels: one AVX-512 register, one cache line.
pub const LANES: usize = 16;

/// Declares a function whose body is instantiated per instruction set; the body may use the constant `FMA`.
macro_rules! kernel {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        $vis fn $name($($arg: $ty),*) {
            #[inline(always)] // compiled with its caller's instruction set
            #[allow(unused, clippy::allow_attributes, reason = "element-wise bodies have no use for FMA")]
            fn body<const FMA: bool>($($arg: $ty),*) $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw,avx2,fma")]
                fn avx512($($arg: $ty),*) {
                    body::<true>($($arg),*);
                }
                #[target_feature(enable = "avx2,fma")]
                fn avx2($($arg: $ty),*) {
                    body::<true>($($arg),*);
                }
                match $crate::instruction_set::InstructionSet::selected() {
                    // SAFETY: the instruction set was found on this CPU.
                    #[expect(unsafe_code, reason = "instruction set chosen at run time")]
                    $crate::instruction_set::InstructionSet::Avx512 => return unsafe { avx512($($arg),*) },
                    // SAFETY: the instruction set was found on this CPU.
                    #[expect(unsafe_code, reason = "instruction set chosen at run time")]
                    $crate::instruction_set::InstructionSet::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::instruction_set::InstructionSet::Portable => {}
                }
            }
            body::<{ cfg!(target_arch = "aarch64") }>($($arg),*);
        }
    };
}
pub(crate) use kernel;

/// `a * b + c`, in one instruction where there is one.
#[inline(always)]
pub fn fused<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// Sixteen values from `at`.
#[inline(always)]
pub fn load(from: &[f32], at: usize) -> [f32; LANES] {
    debug_assert!(at + LANES <= from.len(), "load beyond the end");
    // SAFETY: callers stay inside `from`, which the assertion checks in every test build.
    unsafe {
        from.as_ptr()
            .add(at)
            .cast::<[f32; LANES]>()
            .read_unaligned()
    }
}

/// `acc + a * b`, lane by lane.
#[inline(always)]
pub fn fused_lanes<const FMA: bool>(acc: &mut [f32; LANES], a: &[f32; LANES], b: &[f32; LANES]) {
    for lane in 0..LANES {
        acc[lane] = fused::<FMA>(a[lane], b[lane], acc[lane]);
    }
}
