//! A file from the network: it gets its name only when it is whole and is what was expected.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::project::temporary_file;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// Without a byte for so long, the transfer has failed.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(30);
const CHUNK_BYTES: usize = 1 << 16;

/// What a file must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected<'a> {
    pub size_bytes: u64,
    /// In hexadecimal digits.
    pub sha256: &'a str,
}

/// That asks servers.
pub fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .timeout_resolve(Some(CONNECT_TIMEOUT))
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_per_read(Some(SILENCE_TIMEOUT))
        .user_agent(concat!("cutting-room/", env!("CARGO_PKG_VERSION")))
        .build();
    config.new_agent()
}

/// Streams `address` to `path`, whose folder is made if need be; `progress` counts kilobytes.
///
/// # Errors
/// What `failed` makes of the reason if the network is to blame; [`Error::Io`]; [`Error::Cancelled`].
pub fn fetch(
    agent: &ureq::Agent,
    (address, path): (&str, &Path),
    expected: Expected<'_>,
    failed: impl Fn(String) -> Error,
    progress: &Progress,
) -> Result<()> {
    let response = agent
        .get(address)
        .call()
        .map_err(|error| failed(error.to_string()))?;
    let mut body = response.into_body().into_reader();
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(Error::io("make the folder for downloads", folder))?;
    let written = || Error::io("write the download", path);
    let mut part = temporary_file(folder, ".tmp-").map_err(written())?;
    let mut digest = Sha256::new();
    let mut done = 0u64;
    let mut chunk = vec![0; CHUNK_BYTES];
    while done <= expected.size_bytes {
        progress.check()?;
        let count = body
            .read(&mut chunk)
            .map_err(|error| failed(format!("the transfer broke off ({error})")))?;
        let read = chunk.get(..count).unwrap_or_default();
        if read.is_empty() {
            break;
        }
        digest.update(read);
        part.write_all(read).map_err(written())?;
        done += read.len() as u64;
        progress.set_done(done / 1000);
    }
    if done != expected.size_bytes {
        return Err(failed(format!(
            "{done} bytes came of {}, which cannot be the whole file",
            expected.size_bytes
        )));
    }
    if hex(&digest.finalize()) != expected.sha256.to_lowercase() {
        return Err(failed(
            "the download is damaged (its checksum differs from what it should be)".to_owned(),
        ));
    }
    part.as_file().sync_all().map_err(written())?;
    part.persist(path).map_err(|error| written()(error.error))?;
    Ok(())
}

/// In hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
