//! Which instruction set the kernels run with: the widest one that this CPU has.
//!
//! `CUTTING_ROOM_INSTRUCTION_SET=portable` (or `avx2`, `avx512`) sets a lower one for the whole process, so that a test or
//! a benchmark on one machine can speak for another. Results differ in the last bit between instruction sets, never
//! between runs with the same one.

use std::sync::atomic::{AtomicU8, Ordering};

/// Narrowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InstructionSet {
    /// What the target has at least: SSE2 on x86-64, NEON on 64-bit Arm.
    Portable,
    /// AVX2 and FMA.
    Avx2,
    /// AVX-512 F, VL, DQ and BW, beside [`InstructionSet::Avx2`].
    Avx512,
}

/// The environment variable that sets a lower instruction set.
pub const VARIABLE: &str = "CUTTING_ROOM_INSTRUCTION_SET";

/// 0 until it is looked up, then one more than the number of the [`InstructionSet`].
static SELECTED: AtomicU8 = AtomicU8::new(0);

impl InstructionSet {
    pub const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// What kernels run with; looked up once for the process. One byte is loaded each time: small kernels are called for
    /// every row of a map.
    #[inline]
    pub fn selected() -> Self {
        match SELECTED.load(Ordering::Relaxed) {
            0 => Self::select(),
            1 => Self::Portable,
            2 => Self::Avx2,
            _ => Self::Avx512,
        }
    }

    /// The same in every thread, so it does not matter which of them comes first.
    #[cold]
    fn select() -> Self {
        let limit = std::env::var(VARIABLE).ok();
        let limit = limit.and_then(|name| Self::ALL.into_iter().find(|set| set.name() == name));
        let selected = limit.map_or(Self::widest(), |limit| limit.min(Self::widest()));
        SELECTED.store(selected as u8 + 1, Ordering::Relaxed);
        selected
    }

    /// The widest one of this CPU. Asks for every feature that [`crate::simd::kernel`] compiles with.
    pub fn widest() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            use std::is_x86_feature_detected as has;
            if has!("avx2") && has!("fma") {
                let has_avx512 =
                    has!("avx512f") && has!("avx512vl") && has!("avx512dq") && has!("avx512bw");
                return if has_avx512 { Self::Avx512 } else { Self::Avx2 };
            }
        }
        Self::Portable
    }

    /// As in [`VARIABLE`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// f32 lanes of a register of [`crate::vector::Vector`].
    pub fn lanes(self) -> usize {
        match self {
            Self::Avx512 => 16,
            Self::Avx2 | Self::Portable => 8,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Runs this test program again for every instruction set that is not the widest; those tests then run this one
    /// too, which ends the recursion.
    #[test]
    fn all_tests_pass_with_every_instruction_set_of_this_cpu() {
        if let Ok(name) = std::env::var(VARIABLE) {
            assert_eq!(InstructionSet::selected().name(), name);
            return;
        }
        let lower = InstructionSet::ALL
            .into_iter()
            .filter(|set| *set < InstructionSet::widest());
        for set in lower {
            let output = Command::new(std::env::current_exe().unwrap())
                .env(VARIABLE, set.name())
                .output()
                .unwrap();
            let report = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{}:\n{report}", set.name());
            assert!(
                report.contains("all_tests_pass_with_every_instruction_set_of_this_cpu ... ok"),
                "{report}"
            );
        }
    }
}
