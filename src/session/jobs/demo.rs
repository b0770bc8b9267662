//! A run behind a web page for others to try, until it is cancelled, which is how it ends.

use std::sync::Arc;

use super::kind::{JobKind, Lane, Part, Work};
use crate::catalog::Catalog;
use crate::error::Result;
use crate::project::Project;
use crate::serve::{Check, Metrics, Options, Served, Server};

#[derive(Clone, Debug)]
pub struct Demo {
    pub run_id: String,
    pub options: Options,
    /// Once visitors are answered.
    pub open: Option<OpenDemo>,
}

/// A demo that visitors can come to.
#[derive(Clone, Debug)]
pub struct OpenDemo {
    /// What they open, with the token.
    pub url: String,
    /// Nobody else can.
    pub is_local: bool,
    pub check: Check,
    /// What it has done so far.
    pub metrics: Arc<Metrics>,
}

impl Demo {
    pub fn new(run_id: String, options: Options) -> Self {
        Self {
            run_id,
            options,
            open: None,
        }
    }
}

impl JobKind for Demo {
    fn title(&self) -> String {
        format!("Demo of {}", self.run_id)
    }

    fn lane(&self) -> Lane {
        Lane::Demo
    }

    fn thread_name(&self) -> &'static str {
        "demo"
    }

    fn prepare(&mut self, project: &Project, _catalog: &Catalog) -> Result<Work> {
        let (project, run, options) = (project.clone(), self.run_id.clone(), self.options.clone());
        Ok(Box::new(move |context| {
            let served = Served::of_run(&project, &run, &context.progress)?;
            let check = served.check.clone();
            let server = Server::bind(served, options)?;
            let open = OpenDemo {
                url: server.url(),
                is_local: server.is_local(),
                check,
                metrics: server.metrics(),
            };
            context.send(Part::result(|job: &mut Self| job.open = Some(open)))?;
            server.run(&context.progress)
        }))
    }

    fn summary(&self) -> String {
        let images = self.open.as_ref().map_or(0, |open| open.metrics.images());
        match images {
            1 => "stopped; it was asked about 1 image".to_owned(),
            several => format!("stopped; it was asked about {several} images"),
        }
    }

    fn after_cancel(&self) -> &'static str {
        "Visitors get no more answers; it can be started again"
    }
}
