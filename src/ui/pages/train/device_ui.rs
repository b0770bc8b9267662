//! The rows of the form that say what computes and how exactly; only in a program that was built for CUDA.

use eframe::egui;

use super::form::TrainForm;
use crate::jobs::slot::Latest;
use crate::ops::compute::{self, Compute, GpuInfo, Precision};
use crate::run::config::TrainConfig;
use crate::ui::context::ViewCtx;

/// The GPUs, asked for by a thread of its own: a driver takes its time.
#[derive(Default)]
pub struct Gpus {
    worker: Option<Latest<(), Result<Vec<GpuInfo>, String>>>,
    found: Option<Result<Vec<GpuInfo>, String>>,
}

impl Gpus {
    fn follow(&mut self, ctx: &ViewCtx<'_>) {
        if self.worker.is_none() && self.found.is_none() {
            match Latest::new("gpus", ctx.waker.clone(), |(), _| Ok(compute::gpus())) {
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

    /// Free memory changes, so a person who opens the list sees it anew.
    fn ask_again(&self) {
        if let Some(worker) = &self.worker {
            worker.request(());
        }
    }
}

pub fn device_ui(ui: &mut egui::Ui, ctx: &ViewCtx<'_>, gpus: &mut Gpus, form: &mut TrainForm) {
    if !compute::is_built_for_cuda() {
        // The numbers of a run from another machine may have been taken over.
        (form.stage_1.device, form.stage_1.precision) = (None, Precision::F32);
        return;
    }
    gpus.follow(ctx);
    let label = ui
        .label("Device")
        .on_hover_text(TrainConfig::help("device"));
    let combo = egui::ComboBox::from_id_salt("device")
        .selected_text(choice_text(form.stage_1.device, gpus.found.as_ref()))
        .width(ui.available_width())
        .show_ui(ui, |ui| {
            for choice in choices(gpus.found.as_ref()) {
                let text = choice_text(choice, gpus.found.as_ref());
                ui.selectable_value(&mut form.stage_1.device, choice, text);
            }
        });
    if combo.response.clicked() {
        gpus.ask_again();
    }
    let combo = combo.response.labelled_by(label.id);
    if let Some(Err(why)) = &gpus.found {
        combo.on_hover_text(why);
    }
    ui.end_row();
    if !computes_on_a_gpu(form.stage_1.device, gpus.found.as_ref()) {
        if gpus.found.is_some() {
            form.stage_1.precision = Precision::F32;
        }
        return;
    }
    let tooltip = TrainConfig::help("precision");
    let label = ui.label("Precision").on_hover_text(tooltip);
    egui::ComboBox::from_id_salt("precision")
        .selected_text(form.stage_1.precision.to_string())
        .width(ui.available_width())
        .show_ui(ui, |ui| {
            for precision in Precision::ALL {
                ui.selectable_value(
                    &mut form.stage_1.precision,
                    precision,
                    precision.to_string(),
                );
            }
        })
        .response
        .labelled_by(label.id);
    ui.end_row();
}

type Found = Result<Vec<GpuInfo>, String>;

fn choices(found: Option<&Found>) -> Vec<Option<Compute>> {
    let mut choices = vec![None, Some(Compute::Cpu)];
    if let Some(Ok(gpus)) = found {
        choices.extend(gpus.iter().map(|gpu| Some(Compute::Cuda(gpu.id))));
    }
    choices
}

fn choice_text(choice: Option<Compute>, found: Option<&Found>) -> String {
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

fn computes_on_a_gpu(choice: Option<Compute>, found: Option<&Found>) -> bool {
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
