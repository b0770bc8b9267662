//! A run's net or the images of the project as a new folder for other programs.

use super::kind::{JobKind, Lane, Part, Work};
use super::twins::complete_twins;
use crate::catalog::Catalog;
use crate::error::Result;
use crate::export::{Exported, Material, Request, Target};
use crate::project::Project;

/// Of the project as it stands when the job begins.
#[derive(Clone, Debug)]
pub struct Exporting {
    pub request: Request,
    /// Once it is done.
    pub exported: Option<Exported>,
}

impl Exporting {
    pub fn new(request: Request) -> Self {
        Self {
            request,
            exported: None,
        }
    }
}

impl JobKind for Exporting {
    fn title(&self) -> String {
        let what = self.request.to.name();
        match &self.request.run {
            Some(run) if self.request.to != Target::Imagefolder => {
                format!("Export {run} as {what}")
            }
            _images => format!("Export the images as {what}"),
        }
    }

    fn lane(&self) -> Lane {
        Lane::Disk
    }

    fn thread_name(&self) -> &'static str {
        "export"
    }

    fn prepare(&mut self, project: &Project, catalog: &Catalog) -> Result<Work> {
        let mut material = Material {
            project: project.clone(),
            snapshot: catalog.snapshot()?,
            credits: catalog.credits()?,
        };
        let request = self.request.clone();
        material.snapshot.check_output_folder(&request.out)?;
        Ok(Box::new(move |context| {
            complete_twins::<Self>(context, &mut material.snapshot)?;
            let exported = request.run(&material, &context.progress)?;
            context.send(Part::result(|job: &mut Self| {
                job.exported = Some(exported);
            }))
        }))
    }

    fn summary(&self) -> String {
        self.exported
            .as_ref()
            .map_or(String::new(), Exported::summary)
    }

    /// The summary says what it is.
    fn news(&self) -> String {
        format!("Exported: {}", self.summary())
    }

    fn after_cancel(&self) -> &'static str {
        "Nothing is left of the folder"
    }
}
