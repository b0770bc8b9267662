//! The entries of the settings file; one that cannot be used is named with its remedy, and the default holds in its place.

use toml_edit::{Item, TableLike};

use super::{Settings, bytes};
use crate::ops::compute::Compute;

/// A disk for a cache has no more.
const MOST_GB: f64 = 1_000_000.0;

/// What is usable, and a line for every other entry: what is wrong with it, and the remedy.
pub(super) fn read(table: &dyn TableLike) -> (Settings, Vec<String>) {
    let mut settings = Settings::default();
    let mut faults = Vec::new();
    for (name, item) in table.iter() {
        let fault = match name {
            "theme" => word(item)
                .and_then(str::parse)
                .map(|theme| settings.theme = theme)
                .err(),
            "device" => word(item)
                .and_then(device)
                .map(|device| settings.device = device)
                .err(),
            "cache" => match item.as_table_like() {
                Some(cache) => {
                    read_cache(cache, &mut settings, &mut faults);
                    None
                }
                None => Some(no_table(name)),
            },
            "keys" => match item.as_table_like() {
                Some(keys) => {
                    read_keys(keys, &mut settings, &mut faults);
                    None
                }
                None => Some(no_table(name)),
            },
            _unknown => Some(unknown("theme, device, [cache] and [keys]")),
        };
        faults.extend(fault.map(|fault| named(name, &fault)));
    }
    (settings, faults)
}

fn read_cache(cache: &dyn TableLike, settings: &mut Settings, faults: &mut Vec<String>) {
    for (name, item) in cache.iter() {
        let limit = match name {
            "thumbnails_gb" => &mut settings.cache.thumbnails_bytes,
            "features_gb" => &mut settings.cache.features_bytes,
            _unknown => {
                let fault = unknown("thumbnails_gb and features_gb");
                faults.push(named(&format!("cache.{name}"), &fault));
                continue;
            }
        };
        match size(item) {
            Some(gb) => *limit = bytes(gb),
            None => faults.push(named(
                &format!("cache.{name}"),
                &format!(
                    "{} is no size; write a number of GB from 0 to {MOST_GB}, such as 2.5",
                    item.to_string().trim()
                ),
            )),
        }
    }
}

fn read_keys(keys: &dyn TableLike, settings: &mut Settings, faults: &mut Vec<String>) {
    for (name, item) in keys.iter() {
        match word(item) {
            Ok(chord) => {
                settings.keys.insert(name.to_owned(), chord.to_owned());
            }
            Err(fault) => faults.push(named(&format!("keys.{name}"), &fault)),
        }
    }
}

fn device(text: &str) -> Result<Option<Compute>, String> {
    if text == "auto" {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_no_device: String| {
        format!("{text:?} is no device; write auto, cpu, cuda or cuda:N")
    })
}

fn size(item: &Item) -> Option<f64> {
    let gb = item
        .as_float()
        .or_else(|| item.as_integer().map(|gb| gb as f64))?;
    (0.0..=MOST_GB).contains(&gb).then_some(gb)
}

fn word(item: &Item) -> Result<&str, String> {
    item.as_str()
        .ok_or_else(|| format!("{} is no text; put it in quotes", item.to_string().trim()))
}

fn named(key: &str, fault: &str) -> String {
    format!("`{key}` in the settings does not count: {fault}")
}

fn unknown(known: &str) -> String {
    format!("nothing is called so; there are {known}")
}

fn no_table(name: &str) -> String {
    format!("it has entries of its own; write them below a line [{name}]")
}
