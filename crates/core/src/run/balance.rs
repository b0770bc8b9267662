//! What counts the same in training, however many images it has.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case", from = "Written")]
pub enum Balance {
    /// Every image
    #[default]
    None,
    /// Every class
    Class,
    /// Every film and imported folder
    Source,
    /// Every class, and in it every film and imported folder
    ClassAndSource,
}

/// Older versions knew only whether classes are balanced.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Flag(bool),
    Name(Name),
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Name {
    None,
    Class,
    Source,
    ClassAndSource,
}

impl From<Written> for Balance {
    fn from(written: Written) -> Self {
        match written {
            Written::Flag(false) | Written::Name(Name::None) => Self::None,
            Written::Flag(true) | Written::Name(Name::Class) => Self::Class,
            Written::Name(Name::Source) => Self::Source,
            Written::Name(Name::ClassAndSource) => Self::ClassAndSource,
        }
    }
}

impl Balance {
    pub const ALL: [Self; 4] = [Self::None, Self::Class, Self::Source, Self::ClassAndSource];

    pub fn title(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Class => "classes",
            Self::Source => "sources",
            Self::ClassAndSource => "classes and sources",
        }
    }

    pub fn is_of_classes(self) -> bool {
        matches!(self, Self::Class | Self::ClassAndSource)
    }

    pub fn is_of_sources(self) -> bool {
        matches!(self, Self::Source | Self::ClassAndSource)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::config::TrainConfig;

    #[test]
    fn what_older_versions_wrote_is_read() {
        for (text, balance) in [
            ("", Balance::None),
            ("balance = false", Balance::None),
            ("balance = true", Balance::Class),
            ("balance = \"class-and-source\"", Balance::ClassAndSource),
        ] {
            let config: TrainConfig = toml::from_str(text).unwrap();
            assert_eq!(config.balance, balance, "{text}");
            let again = toml::to_string(&config).unwrap();
            assert_eq!(toml::from_str::<TrainConfig>(&again).unwrap(), config);
        }
    }
}
