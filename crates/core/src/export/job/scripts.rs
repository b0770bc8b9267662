//! The programs of a job: PyTorch under torchrun, Ray, Slurm, and a text that says how each is started.

use crate::error::Result;
use crate::export::NewFolder;
use crate::job_folder::JobFile;

const TRAIN_TORCH: &str = include_str!("train_torch.py");
const SWEEP_RAY: &str = include_str!("sweep_ray.py");

pub fn write(folder: &NewFolder, job: &JobFile) -> Result<()> {
    folder.write("train_torch.py", TRAIN_TORCH.as_bytes())?;
    folder.write("sweep_ray.py", SWEEP_RAY.as_bytes())?;
    folder.write("job.sbatch", slurm(job).as_bytes())?;
    folder.write("README.md", readme(job).as_bytes())
}

/// A task a training. `exec`, so that what Slurm sends before the time is up reaches the program, which then keeps what it has;
/// sent again, the array goes on from there.
fn slurm(job: &JobFile) -> String {
    format!(
        r#"#!/bin/sh
# The trainings of this job as a Slurm array: sbatch job.sbatch, in this folder. Sent again, it goes on where it stopped.
# CUTTING_ROOM names the program, if it is not on PATH.
#SBATCH --job-name=cutting-room
#SBATCH --array=1-{}
#SBATCH --cpus-per-task=8
#SBATCH --output=slurm-%a.log
#SBATCH --signal=INT@60
set -eu
cd "${{SLURM_SUBMIT_DIR:-.}}"
exec "${{CUTTING_ROOM:-cutting-room}}" train-job . --number "${{SLURM_ARRAY_TASK_ID:?start it with sbatch}}"
"#,
        job.runs.len()
    )
}

fn readme(job: &JobFile) -> String {
    let trainings = match job.runs.len() {
        1 => "One training".to_owned(),
        several => format!("{several} trainings"),
    };
    format!(
        r"# A job of {project}

{trainings} of {program}, on split {split}. The folder needs nothing else; move or copy it where the work is to be done (images that
are links must be copied: `cp -rL`, `rsync -L`, or export with --copy).

- `cutting-room train-job .` trains what is not done, and goes on where it was cut off; `--number N` one training.
- `python -m torch.distributed.run --nproc-per-node N train_torch.py` trains the first with PyTorch on N GPUs or processes
  (`--number N` another one); the head of train_torch.py says what it does otherwise than the program.
- `sbatch job.sbatch` trains them as a Slurm array.
- `python sweep_ray.py` trains them side by side with Ray, and compares them.
- `cutting-room import-run PROJECT .` brings the runs back into the project.

job.json has the configurations, images.json the split, train/ and valid/ the images. The folder is a project, too: `cutting-room .`
shows its runs in the window while they train.
",
        project = job.project,
        program = job.program,
        split = job.split_hash
    )
}
