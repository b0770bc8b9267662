//! The GPUs of this computer as a choice: what there is, what is computed on, and why nothing else is.

use crate::jobs::Waker;
use crate::jobs::slot::Latest;
use crate::ops::compute::{self, Compute, GpuInfo};

/// The GPUs, asked for by a thread of its own: a driver takes its time.
#[derive(Default)]
pub struct Gpus {
    worker: Option<Latest<(), Result<Vec<GpuInfo>, String>>>,
    found: Option<Found>,
}

impl Gpus {
    pub fn follow(&mut self, waker: &Waker) {
        if self.worker.is_none() && self.found.is_none() {
            match Latest::new("gpus", waker.clone(), |(), _| Ok(compute::gpus())) {
                Ok(worker) => {
                    worker.request(());
                    self.worker = Some(worker);
                }
                Err(error) => self.found = Some(Err(error.to_string())),
            }
        }
        if let Some(answer) = self.worker.as_ref().and_then(Latest::take) {
            self.found = Some(answer.unwrap_or_else(|error| Err(error.to_string())));
        }
    }

    /// `None` while it is being looked for them.
    pub fn found(&self) -> Option<&Found> {
        self.found.as_ref()
    }

    /// Free memory changes, so a person who opens the list sees it anew.
    pub fn ask_again(&self) {
        if let Some(worker) = &self.worker {
            worker.request(());
        }
    }
}

/// The GPUs, or why there are none.
pub type Found = Result<Vec<GpuInfo>, String>;

/// Nobody's choice, the CPU, each GPU.
pub fn choices(found: Option<&Found>) -> Vec<Option<Compute>> {
    let mut choices = vec![None, Some(Compute::Cpu)];
    if let Some(Ok(gpus)) = found {
        choices.extend(gpus.iter().map(|gpu| Some(Compute::Cuda(gpu.id))));
    }
    choices
}

/// What a choice comes to.
pub fn choice_text(choice: Option<Compute>, found: Option<&Found>) -> String {
    let gpus = found.and_then(|found| found.as_ref().ok());
    let gpu = |id: usize| gpus?.iter().find(|gpu| gpu.id == id);
    match choice {
        None => match (found, gpu(0)) {
            (None, _) => "looking for GPUs".into(),
            (Some(_), Some(first)) => first.to_string(),
            (Some(_), None) => "CPU (no CUDA device)".into(),
        },
        Some(Compute::Cpu) => "CPU".into(),
        Some(Compute::Cuda(id)) => {
            gpu(id).map_or_else(|| format!("cuda:{id}, not here"), GpuInfo::to_string)
        }
    }
}

pub fn computes_on_a_gpu(choice: Option<Compute>, found: Option<&Found>) -> bool {
    match choice {
        None => matches!(found, Some(Ok(_))),
        Some(compute) => compute != Compute::Cpu,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_names_the_gpu_and_its_free_memory() {
        let gpu = GpuInfo {
            id: 0,
            name: "GPU".into(),
            free_bytes: 5 << 30,
            total_bytes: 8 << 30,
        };
        let found: Found = Ok(vec![gpu]);
        let found = Some(&found);
        assert_eq!(choices(found).len(), 3);
        for choice in [None, Some(Compute::Cuda(0))] {
            assert_eq!(
                choice_text(choice, found),
                "cuda:0 GPU, 5.0 of 8.0 GiB free"
            );
            assert!(computes_on_a_gpu(choice, found));
        }
        assert_eq!(
            choice_text(Some(Compute::Cuda(1)), found),
            "cuda:1, not here"
        );
    }

    #[test]
    fn without_a_gpu_the_cpu_computes() {
        let found: Found = Err("no CUDA device: test".into());
        let found = Some(&found);
        assert_eq!(choices(found), [None, Some(Compute::Cpu)]);
        assert_eq!(choice_text(None, found), "CPU (no CUDA device)");
        assert!(!computes_on_a_gpu(None, found));
        assert_eq!(choice_text(None, None), "looking for GPUs");
    }
}
