//! Numbers and times as people read them: thousands separated, percent with one decimal, durations in words.

pub use crate::number::{count, counted};

/// `fraction`: 0 to 1; `43.0 %`
pub fn percent(fraction: f64) -> String {
    format!("{:.1} %", fraction * 100.0)
}

/// A learning rate as people write it: `3e-3`, `2.5e-4`.
pub fn rate(rate: f64) -> String {
    if rate == 0.0 {
        return "0".to_owned();
    }
    let text = format!("{rate:.1e}");
    text.replace(".0e", "e")
}

/// `40 s`, `2 min`, `1 h 05 min`
pub fn duration(secs: f64) -> String {
    let secs = secs.max(0.0).round() as u64;
    match secs {
        0..60 => format!("{secs} s"),
        60..3600 => format!("{} min {:02} s", secs / 60, secs % 60),
        _ => format!("{} h {:02} min", secs / 3600, secs % 3600 / 60),
    }
}

/// A place in a film: `1:02:03.4`, `2:03.4`
pub fn timecode(secs: f64) -> String {
    let tenths = (secs.max(0.0) * 10.0).round() as u64;
    let (hours, minutes, rest) = (tenths / 36_000, tenths / 600 % 60, tenths % 600);
    let seconds = format!("{:02}.{}", rest / 10, rest % 10);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds}")
    } else {
        format!("{minutes}:{seconds}")
    }
}

/// `420 MB`
pub fn bytes(value: u64) -> String {
    match value {
        0..1_000 => format!("{value} B"),
        1_000..1_000_000 => format!("{:.0} kB", value as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", value as f64 / 1e6),
        _ => format!("{:.1} GB", value as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short_words() {
        assert_eq!(
            [4.4, 65.0, 3_900.0].map(duration),
            ["4 s", "1 min 05 s", "1 h 05 min"]
        );
        assert_eq!([2.04, 3_723.4].map(timecode), ["0:02.0", "1:02:03.4"]);
        assert_eq!(percent(0.9876), "98.8 %");
        assert_eq!(bytes(4_200_000), "4.2 MB");
    }

    #[test]
    fn rates_read_as_people_write_them() {
        assert_eq!(rate(3e-3), "3e-3");
        assert_eq!(rate(2.5e-4), "2.5e-4");
        assert_eq!(rate(0.0), "0");
    }
}
