//! One step of a run: tasks that may be done at the same time.
#![expect(unsafe_code, reason = "tasks write different places of one memory")]

use std::sync::Arc;

use super::dense::Dense;
use super::fused::Fused;
use super::memory::Memory;
use super::pool::Pool;
use super::separate::{Concat, Depthwise, Frame, Planes, Sum};
use super::winograd::Winograd;

#[expect(
    clippy::large_enum_variant,
    reason = "a plan has some hundred steps, made once"
)]
pub enum Step {
    Frame(Frame),
    Dense(Dense),
    Fused(Fused),
    Depthwise(Depthwise),
    Winograd {
        conv: Arc<Winograd>,
        stage: usize,
        tasks: usize,
    },
    Sum(Sum),
    Concat(Concat),
    Pool(Pool),
    Planes(Planes),
}

impl Step {
    /// One step a stage.
    pub fn winograd(conv: Winograd) -> Vec<Self> {
        let (conv, stages) = (Arc::new(conv), 0..);
        let counts = conv.tasks();
        let steps = counts
            .into_iter()
            .zip(stages)
            .map(|(tasks, stage)| Self::Winograd {
                conv: Arc::clone(&conv),
                stage,
                tasks,
            });
        steps.collect()
    }

    pub fn tasks(&self) -> usize {
        match self {
            Self::Frame(step) => step.tasks(),
            Self::Dense(step) => step.tasks(),
            Self::Fused(step) => step.tasks(),
            Self::Depthwise(step) => step.tasks(),
            Self::Winograd { tasks, .. } => *tasks,
            Self::Sum(step) => step.tasks(),
            Self::Concat(step) => step.tasks(),
            Self::Pool(step) => step.tasks(),
            Self::Planes(_) => 1,
        }
    }

    /// Does one task.
    ///
    /// # Safety
    /// `memory` is as large as the plan says, the tasks of the steps before are done, and nobody else does this one.
    pub unsafe fn run(&self, memory: Memory, task: usize) {
        // SAFETY: the caller's promise; the plan gave maps that are alive at the same time places of their own.
        unsafe {
            match self {
                Self::Frame(step) => step.run(memory, task),
                Self::Dense(step) => step.run(memory, task),
                Self::Fused(step) => step.run(memory, task),
                Self::Depthwise(step) => step.run(memory, task),
                Self::Winograd { conv, stage, .. } => conv.run(memory, *stage, task),
                Self::Sum(step) => step.run(memory, task),
                Self::Concat(step) => step.run(memory, task),
                Self::Pool(step) => step.run(memory, task),
                Self::Planes(step) => step.run(memory),
            }
        }
    }
}
