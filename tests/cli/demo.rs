//! The demo as a child process, and a client of it.

use std::process::Child;

use cutting_room::catalog::Catalog;
use cutting_room::project::Project;
use serde_json::Value;
use ureq::Agent;

use crate::answering_run::{RUN, write_answering_run};
use crate::program::{Answer, Scratch, sample};

/// A running demo; it is ended with the story.
pub struct Demo {
    child: Option<Child>,
    /// With a slash at its end, and the token, if any.
    pub address: String,
    pub document: Value,
    pub agent: Agent,
}

impl Demo {
    pub fn start(scratch: &Scratch, arguments: &[&str]) -> Self {
        let fixed = ["serve", "--port", "0", "--json"];
        let mut child = scratch.start(fixed.iter().chain(arguments));
        let out = child.stdout.take().unwrap();
        let document: Option<Result<Value, _>> = serde_json::Deserializer::from_reader(out)
            .into_iter()
            .next();
        let Some(Ok(document)) = document else {
            let answer = Answer::from(child.wait_with_output().unwrap());
            panic!("it did not begin: {answer:#?}");
        };
        let agent = Agent::config_builder().http_status_as_error(false).build();
        Self {
            child: Some(child),
            address: document["address"].as_str().unwrap().to_owned(),
            document,
            agent: agent.into(),
        }
    }

    pub fn of_run(scratch: &Scratch, arguments: &[&str]) -> Self {
        Self::start(scratch, &[&["project", RUN], arguments].concat())
    }

    pub fn url(&self, path: &str) -> String {
        let base = self.address.split("/?").next().unwrap();
        format!("{}/{path}", base.trim_end_matches('/'))
    }

    pub fn get(&self, path: &str) -> (u16, String) {
        let mut response = self.agent.get(self.url(path)).call().unwrap();
        let text = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), text)
    }

    pub fn post(&self, path: &str, body: &[u8]) -> (u16, Value) {
        self.try_post(path, body).unwrap()
    }

    /// # Errors
    /// What the connection says.
    pub fn try_post(&self, path: &str, body: &[u8]) -> Result<(u16, Value), ureq::Error> {
        let mut response = self.agent.post(self.url(path)).send(body)?;
        let text = response.body_mut().read_to_string()?;
        let document = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok((response.status().as_u16(), document))
    }

    /// A line of the metrics, as a number.
    pub fn metric(&self, name: &str) -> f64 {
        let (_, text) = self.get("metrics");
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("{name} is not in\n{text}"))
            .trim()
            .parse()
            .unwrap()
    }

    /// As a person does, with Ctrl+C.
    pub fn stop(mut self) -> Answer {
        let child = self.child.take().unwrap();
        let pid = child.id().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status();
        assert!(sent.unwrap().success());
        child.wait_with_output().unwrap().into()
    }

    #[cfg(target_os = "linux")]
    pub fn resident_bytes(&self) -> u64 {
        let pid = self.child.as_ref().unwrap().id();
        let statm = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
        let pages: u64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
        pages * 4096
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A project without images, and a run that can be asked.
pub fn answering() -> Scratch {
    let scratch = Scratch::with_project();
    let root = scratch.path("project");
    // Makes the catalog.
    drop(Catalog::open(&Project::open(&root).unwrap()).unwrap());
    write_answering_run(&root);
    scratch
}

pub fn portrait() -> std::path::PathBuf {
    sample("portraits/elves/002.jpg")
}
