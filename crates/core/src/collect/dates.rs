//! When a work was made, as lists and searches write it, and the days that a person asks for.

use std::fmt;
use std::str::FromStr;

/// A day of the calendar; days are in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    year: u16,
    /// 1 to 12.
    month: u8,
    /// 1 to 31.
    of_month: u8,
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.of_month)
    }
}

/// From a day to another one, both included: `2019-05-01` is a day, `2019-05` a month, `2019` a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub first: Day,
    pub last: Day,
}

impl FromStr for Span {
    type Err = String;

    /// ISO 8601: `YYYY-MM-DD`, `YYYY-MM` or `YYYY`.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let parts: Vec<&str> = text.split('-').collect();
        let is_number = |part: &&str| part.bytes().all(|letter| letter.is_ascii_digit());
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        let is_iso =
            matches!(lengths.as_slice(), [4] | [4, 2] | [4, 2, 2]) && parts.iter().all(is_number);
        let number = |at: usize| parts.get(at).and_then(|part| part.parse::<u16>().ok());
        let span = number(0).and_then(|year| {
            let month = number(1).map(|month| month as u8);
            let day = number(2).map(|day| day as u8);
            Self::of_parts(year, month, day)
        });
        span.filter(|_| is_iso)
            .ok_or_else(|| format!("{text:?} is no date; give one as 2019-05-01, 2019-05 or 2019"))
    }
}

impl Span {
    /// `None` for what is not in the calendar.
    fn of_parts(year: u16, month: Option<u8>, day: Option<u8>) -> Option<Self> {
        let of_day = |month, of_month| Day {
            year,
            month,
            of_month,
        };
        Some(match (month, day) {
            (None, _) => Self {
                first: of_day(1, 1),
                last: of_day(12, 31),
            },
            (Some(month), None) => Self {
                first: of_day(month, 1),
                last: of_day(month, days_of(year, month)?),
            },
            (Some(month), Some(day)) => {
                let is_there = (1..=days_of(year, month)?).contains(&day);
                let day = is_there.then(|| of_day(month, day))?;
                Self {
                    first: day,
                    last: day,
                }
            }
        })
    }

    /// What a date as people and programs write it says for sure: "2019-05-01 12:33:10", "2019:05:01", "5 May 2019",
    /// "between 1890 and 1900". `None` if no year is in it.
    fn of_written(text: &str) -> Option<Self> {
        let mut found: Option<Self> = None;
        let mut rest = text;
        while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
            let (before, from) = rest.split_at(start);
            let digits = digits_of(from);
            let span = span_at(from).filter(|_| !before.ends_with([':', '.']));
            if let Some(span) = span {
                found = Some(match found {
                    None => span,
                    Some(known) => Self {
                        first: known.first.min(span.first),
                        last: known.last.max(span.last),
                    },
                });
            }
            let length = span.map_or(digits, |_| written_length(from));
            rest = from.get(length..).unwrap_or_default();
        }
        found
    }
}

fn digits_of(text: &str) -> usize {
    text.len()
        - text
            .trim_start_matches(|letter: char| letter.is_ascii_digit())
            .len()
}

/// The parts of a date that the text begins with: year, month and day, in digits with the same mark between them.
fn parts_at(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    let mut mark = None;
    for length in [4, 2, 2] {
        if digits_of(rest) != length {
            break;
        }
        let (part, after) = rest.split_at(length);
        parts.push(part);
        let next = after
            .chars()
            .next()
            .filter(|letter| "-/:.".contains(*letter));
        if next.is_none() || (mark.is_some() && mark != next) {
            break;
        }
        mark = next;
        rest = after.get(1..).unwrap_or_default();
    }
    parts
}

/// Of the date that the text begins with, with the marks in it.
fn written_length(text: &str) -> usize {
    let parts = parts_at(text);
    parts
        .iter()
        .map(|part| part.len() + 1)
        .sum::<usize>()
        .saturating_sub(1)
}

fn span_at(text: &str) -> Option<Span> {
    let parts = parts_at(text);
    let number = |at: usize| parts.get(at).and_then(|part| part.parse::<u16>().ok());
    let year = number(0).filter(|year| (1000..3000).contains(year))?;
    let month = number(1).map(|month| month as u8);
    let day = number(2).map(|day| day as u8);
    // Of "1886-00-00" the year is known.
    let exact = Span::of_parts(year, month, day);
    exact.or_else(|| Span::of_parts(year, None, None))
}

/// `None` if there is no such month.
fn days_of(year: u16, month: u8) -> Option<u8> {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    Some(match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _none => return None,
    })
}

/// When the works were made that a person asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dates {
    /// This day or later.
    pub after: Option<Day>,
    /// This day or earlier.
    pub before: Option<Day>,
}

impl Dates {
    pub fn is_any(self) -> bool {
        self.after.is_none() && self.before.is_none()
    }

    /// Whether no day fits.
    pub(super) fn is_none(self) -> bool {
        let (Some(after), Some(before)) = (self.after, self.before) else {
            return false;
        };
        after > before
    }

    /// Why a work is not one of these for sure, by its date as it was written; `None` if it is.
    pub(super) fn misfit(self, written: Option<&str>) -> Option<String> {
        if self.is_any() {
            return None;
        }
        let Some((written, span)) =
            written.and_then(|written| Some((written, Span::of_written(written)?)))
        else {
            return Some("when it was made is not known".to_owned());
        };
        let is_late = self.before.is_some_and(|before| span.last > before);
        let is_early = self.after.is_some_and(|after| span.first < after);
        (is_early || is_late).then(|| format!("its date ({written}) is not within {self}"))
    }
}

impl fmt::Display for Dates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.after, self.before) {
            (Some(after), Some(before)) => write!(f, "{after} to {before}"),
            (Some(after), None) => write!(f, "the time from {after} on"),
            (None, Some(before)) => write!(f, "the time up to {before}"),
            (None, None) => f.write_str("any time"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_dates_are_days_months_and_years() {
        let span = |text: &str| {
            let span: Span = text.parse().unwrap();
            (span.first.to_string(), span.last.to_string())
        };
        let of = |first: &str, last: &str| (first.to_owned(), last.to_owned());
        assert_eq!(span("2019-05-01"), of("2019-05-01", "2019-05-01"));
        assert_eq!(span("2020-02"), of("2020-02-01", "2020-02-29"));
        assert_eq!(span("1900"), of("1900-01-01", "1900-12-31"));
        for wrong in [
            "",
            "may",
            "2019-13",
            "2019-02-29",
            "2019-5-1",
            "20190501",
            "2019-05-01T00",
            "1.5.2019",
            "-2019",
            "+201-05",
        ] {
            assert!(wrong.parse::<Span>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn written_dates_say_what_is_sure() {
        for (written, first, last) in [
            ("2019-05-01 12:33:10", "2019-05-01", "2019-05-01"),
            ("2019:05:01 12:33:10", "2019-05-01", "2019-05-01"),
            ("2019-05-01T20:10:10Z", "2019-05-01", "2019-05-01"),
            ("5 May 2019", "2019-01-01", "2019-12-31"),
            ("Taken on 12 March 2008, 14:02", "2008-01-01", "2008-12-31"),
            ("between 1890 and 1900", "1890-01-01", "1900-12-31"),
            (
                "1886date QS:P571,+1886-00-00T00:00:00Z/9",
                "1886-01-01",
                "1886-12-31",
            ),
            ("circa 1503–1506", "1503-01-01", "1506-12-31"),
            ("2019/05", "2019-05-01", "2019-05-31"),
        ] {
            let span = Span::of_written(written).unwrap();
            let found = (span.first.to_string(), span.last.to_string());
            assert_eq!(found, (first.to_owned(), last.to_owned()), "{written}");
        }
        for unknown in ["", "Unknown date", "19th century", "12345", "20:1999"] {
            assert_eq!(Span::of_written(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn only_what_surely_fits_is_wanted() {
        let day = |text: &str| text.parse::<Span>().unwrap();
        let dates = Dates {
            after: Some(day("2010").first),
            before: Some(day("2019-06").last),
        };
        for fits in ["2010-01-01", "2015", "2019-06-30 23:59"] {
            assert_eq!(dates.misfit(Some(fits)), None, "{fits}");
        }
        for not in ["2009-12-31", "2019", "2019-07-01", "1990"] {
            let reason = dates.misfit(Some(not)).unwrap();
            assert!(reason.contains(not) && reason.contains("2010-01-01 to 2019-06-30"));
        }
        assert!(dates.misfit(None).unwrap().contains("not known"));
        assert!(
            dates
                .misfit(Some("long ago"))
                .unwrap()
                .contains("not known")
        );
        assert_eq!(Dates::default().misfit(None), None);
    }
}
