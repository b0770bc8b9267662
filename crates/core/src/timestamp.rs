//! Moments in UTC, as they stand in the names of runs and backups.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970.
pub(crate) fn unix_secs() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A day of the calendar.
struct Date {
    year: u64,
    /// 1 to 12.
    month: u64,
    /// 1 to 31.
    day: u64,
}

/// In UTC, by Hinnant's `civil_from_days` (<https://howardhinnant.github.io/date_algorithms.html>), valid from 1970 on.
fn date(secs: u64) -> Date {
    let days = secs / 86_400 + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    Date { year, month, day }
}

/// `3 March 2026`, in UTC.
pub(crate) fn day_in_words(secs: u64) -> String {
    let Date { year, month, day } = date(secs);
    let month = MONTHS.get(month as usize - 1).unwrap_or(&"");
    format!("{day} {month} {year}")
}

/// `20261123-231500`, in UTC.
pub(crate) fn utc_stamp(secs: u64) -> String {
    let Date { year, month, day } = date(secs);
    let rest = secs % 86_400;
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_the_utc_calendar() {
        assert_eq!(utc_stamp(0), "19700101-000000");
        assert_eq!(utc_stamp(951_782_400), "20000229-000000");
        assert_eq!(utc_stamp(1_795_475_700), "20261123-231500");
        assert_eq!(utc_stamp(1_798_761_599), "20261231-235959");
        assert_eq!(day_in_words(951_782_400), "29 February 2000");
        assert_eq!(day_in_words(1_798_761_599), "31 December 2026");
    }
}
