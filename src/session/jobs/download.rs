//! Downloads the ImageNet weights of a net from the hub, into the user's cache.

use super::kind::{JobKind, Lane, Part, Work};
use crate::catalog::Catalog;
use crate::error::Result;
use crate::model::Arch;
use crate::model::hub::{Fetched, Hub};
use crate::project::Project;

#[derive(Clone, Debug)]
pub struct WeightsDownload {
    hub: Hub,
    pub arch: Arch,
    /// Once it is done.
    pub fetched: Option<Fetched>,
}

impl WeightsDownload {
    pub fn new(hub: Hub, arch: Arch) -> Self {
        Self {
            hub,
            arch,
            fetched: None,
        }
    }
}

impl JobKind for WeightsDownload {
    fn title(&self) -> String {
        format!("Download {}", self.arch.title())
    }

    fn lane(&self) -> Lane {
        Lane::Network
    }

    fn thread_name(&self) -> &'static str {
        "download"
    }

    fn prepare(&mut self, _project: &Project, _catalog: &Catalog) -> Result<Work> {
        let (hub, arch) = (self.hub.clone(), self.arch);
        Ok(Box::new(move |context| {
            let fetched = hub.fetch(arch, &context.progress)?;
            context.send(Part::result(|download: &mut Self| {
                download.fetched = Some(fetched);
            }))
        }))
    }

    fn summary(&self) -> String {
        self.fetched
            .as_ref()
            .map_or_else(String::new, |fetched| fetched.path.display().to_string())
    }

    fn news(&self) -> String {
        let title = self.title();
        match self.fetched.as_ref().and_then(|it| it.licence.as_ref()) {
            Some(licence) => format!("{title}: done; the weights' licence is {licence}"),
            None => format!("{title}: done"),
        }
    }
}
