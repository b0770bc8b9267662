//! Looks for the characters of the images of a source; what is found waits in the cache until a person takes it over.

use super::kind::{JobKind, Lane, Part, Work};
use crate::catalog::{Catalog, SourceId};
use crate::character::{self, Proposals};
use crate::error::Result;
use crate::media::crop_box::MARGIN;
use crate::predict::Predictor;
use crate::project::Project;

#[derive(Clone, Debug)]
pub struct CharacterSearch {
    pub source: SourceId,
    /// Of the source.
    name: String,
    /// Whose heatmaps are looked at besides what moves.
    run_id: Option<String>,
    found: Option<Counts>,
}

#[derive(Clone, Copy, Debug)]
struct Counts {
    looked_at: usize,
    proposed: usize,
}

impl CharacterSearch {
    pub fn new(source: SourceId, name: String, run_id: Option<String>) -> Self {
        Self {
            source,
            name,
            run_id,
            found: None,
        }
    }
}

impl JobKind for CharacterSearch {
    fn title(&self) -> String {
        format!("Propose character crops of {}", self.name)
    }

    fn lane(&self) -> Lane {
        Lane::Cores
    }

    fn thread_name(&self) -> &'static str {
        "characters"
    }

    fn prepare(&mut self, project: &Project, catalog: &Catalog) -> Result<Work> {
        let snapshot = catalog.snapshot()?;
        let project = project.clone();
        let (source, run_id) = (self.source, self.run_id.clone());
        Ok(Box::new(move |context| {
            let predictor = match run_id {
                Some(run) => Some(Predictor::load(&project, &run)?),
                None => None,
            };
            let meant = (&snapshot, &[source][..]);
            let found = character::propose(meant, predictor.as_ref(), MARGIN, &context.progress)?;
            let counts = Counts {
                looked_at: found.looked_at.len(),
                proposed: found.proposals.len(),
            };
            // Read when all is found: another search may have ended meanwhile.
            let known = Proposals::read(&project);
            let all = known.replaced(&found.looked_at, found.proposals);
            all.write(&project)?;
            context.send(Part::result(move |job: &mut Self| job.found = Some(counts)))
        }))
    }

    fn summary(&self) -> String {
        match self.found {
            None => String::new(),
            Some(Counts { looked_at: 0, .. }) => {
                "every image is cropped to its character already, or rejected".to_owned()
            }
            Some(Counts { proposed: 0, .. }) => {
                "no box is sure enough, so all images stay whole".to_owned()
            }
            Some(Counts {
                looked_at,
                proposed,
            }) => format!("{proposed} of {looked_at} images; look at them in Cull"),
        }
    }

    /// Short, so that a toast has room for it.
    fn news(&self) -> String {
        match self.found {
            Some(Counts {
                looked_at,
                proposed,
            }) if proposed > 0 => {
                let name = &self.name;
                format!("{proposed} of {looked_at} crops of {name} proposed; see Cull")
            }
            _nothing => format!("{}: {}", self.title(), self.summary()),
        }
    }
}
