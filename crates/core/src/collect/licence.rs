//! Licences by the codes that Creative Commons and Openverse use: `by`, `by-sa`, `cc0`, `pdm`…

use std::fmt;
use std::str::FromStr;

/// What Openverse knows.
const CODES: [&str; 8] = [
    "by", "by-nc", "by-nc-nd", "by-nc-sa", "by-nd", "by-sa", "cc0", "pdm",
];

/// Codes that a licence may have. Empty: any licence, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Licences(Vec<&'static str>);

impl Licences {
    pub fn is_any(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a licence as it is written somewhere ("CC BY-SA 4.0", "cc0", "Public domain") is one of these.
    pub fn fits(&self, written: Option<&str>) -> bool {
        self.is_any()
            || written
                .and_then(code)
                .is_some_and(|code| self.0.contains(&code))
    }

    /// As Openverse takes them: `by,by-sa`.
    pub fn codes(&self) -> String {
        self.0.join(",")
    }
}

impl fmt::Display for Licences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.codes())
    }
}

impl FromStr for Licences {
    type Err = String;

    /// Codes with commas between; also `commercial` (may be used commercially), `modification` (may be changed) and `any`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut codes = Vec::new();
        for word in text
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty())
        {
            match word.to_lowercase().as_str() {
                "any" | "all" => return Ok(Self::default()),
                "commercial" => codes.extend(CODES.iter().filter(|code| !code.contains("-nc"))),
                "modification" => codes.extend(CODES.iter().filter(|code| !code.contains("-nd"))),
                other => match code(other) {
                    Some(code) => codes.push(code),
                    None => {
                        return Err(format!(
                            "there is no licence {word:?}; there are {}, commercial, modification and any",
                            CODES.join(", ")
                        ));
                    }
                },
            }
        }
        codes.sort_unstable();
        codes.dedup();
        Ok(Self(codes))
    }
}

/// The code of a licence as it is written somewhere, whatever its version and country.
fn code(written: &str) -> Option<&'static str> {
    let text = written.trim().to_lowercase().replace([' ', '_'], "-");
    if text.starts_with("cc0") || text.starts_with("cc-zero") || text == "zero" {
        return Some("cc0");
    }
    if text.starts_with("pd") || text.contains("public-domain") {
        return Some("pdm");
    }
    let text = text.strip_prefix("cc-").unwrap_or(&text);
    // The longest first: `by-nc-sa` begins like `by-nc`.
    let mut codes: Vec<&'static str> = CODES.to_vec();
    codes.sort_by_key(|code| std::cmp::Reverse(code.len()));
    codes.into_iter().find(|code| {
        text.strip_prefix(code)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_known_however_they_are_written() {
        for (written, expected) in [
            ("CC BY-SA 4.0", Some("by-sa")),
            ("cc-by-sa-3.0-de", Some("by-sa")),
            ("CC BY 2.0", Some("by")),
            ("by-nc-nd", Some("by-nc-nd")),
            ("CC0 1.0", Some("cc0")),
            ("Public domain", Some("pdm")),
            ("pdm", Some("pdm")),
            ("PD-old-100", Some("pdm")),
            ("bye", None),
            ("GFDL", None),
        ] {
            assert_eq!(code(written), expected, "{written}");
        }
    }

    #[test]
    fn a_filter_takes_codes_and_groups() {
        let some: Licences = "by, CC0".parse().unwrap();
        assert!(some.fits(Some("CC BY 4.0")) && some.fits(Some("cc0")));
        assert!(!some.fits(Some("CC BY-SA 4.0")) && !some.fits(None));
        let commercial: Licences = "commercial".parse().unwrap();
        assert_eq!(commercial.codes(), "by,by-nd,by-sa,cc0,pdm");
        assert!(Licences::default().fits(None));
        assert!("mine".parse::<Licences>().unwrap_err().contains("by-sa"));
    }
}
