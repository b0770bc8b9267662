//! Small JPEGs of every coding that is judged. `samples/` was made by Pillow 13 (`progressive`, `subsampling`,
//! `restart_marker_blocks`, `restart_marker_rows`, `optimize`) from one pattern, `separate-scans.jpg` by `jpegtran -scans`.

use super::*;

const SAMPLES: [(&str, &[u8]); 10] = [
    ("baseline 4:2:2", include_bytes!("samples/baseline-422.jpg")),
    ("CMYK", include_bytes!("samples/cmyk.jpg")),
    ("grey", include_bytes!("samples/grey.jpg")),
    (
        "progressive 4:2:0",
        include_bytes!("samples/progressive-420.jpg"),
    ),
    (
        "progressive 4:4:4",
        include_bytes!("samples/progressive-444.jpg"),
    ),
    (
        "progressive grey",
        include_bytes!("samples/progressive-grey.jpg"),
    ),
    (
        "restart intervals",
        include_bytes!("samples/restart-420.jpg"),
    ),
    (
        "progressive with restarts",
        include_bytes!("samples/restart-progressive.jpg"),
    ),
    (
        "a scan a component",
        include_bytes!("samples/separate-scans.jpg"),
    ),
    ("one pixel", include_bytes!("samples/tiny.jpg")),
];

/// Where the data of the last scan lie.
fn last_scan(bytes: &[u8]) -> std::ops::Range<usize> {
    let (mut at, mut start) = (2, 0);
    while let Some((marker, _content, next)) = segment(bytes, at) {
        if marker == 0xda {
            start = next;
        }
        if marker == 0xd9 && start > 0 {
            return start..next - 2;
        }
        at = next;
    }
    panic!("no end")
}

#[test]
fn whole_files_of_every_coding_are_whole() {
    for (name, bytes) in SAMPLES {
        assert_eq!(damage(bytes), None, "{name}");
    }
}

#[test]
fn progressive_files_are_told_apart() {
    for (name, bytes) in SAMPLES {
        assert_eq!(
            is_progressive(bytes),
            name.starts_with("progressive"),
            "{name}"
        );
    }
}

#[test]
fn a_file_that_is_cut_and_closed_is_damaged() {
    for (name, bytes) in SAMPLES {
        let scan = last_scan(bytes);
        // The last bits of a scan may be padding.
        for end in (scan.start..scan.end.saturating_sub(2)).step_by(3) {
            let closed = [&bytes[..end], b"\xff\xd9"].concat();
            assert!(damage(&closed).is_some(), "{name} cut at {end} of {scan:?}");
        }
    }
}

#[test]
fn a_scan_with_too_much_data_is_garbled_unless_it_is_padding() {
    for (name, bytes) in SAMPLES {
        let end = last_scan(bytes).end;
        let with = |more: &[u8]| [&bytes[..end], more, &bytes[end..]].concat();
        assert_eq!(damage(&with(&[0; 4])), None, "{name}");
        assert_eq!(damage(&with(&[0x5a; 12])), Some(Damage::Garbled), "{name}");
    }
}

#[test]
fn restart_markers_out_of_turn_are_noticed() {
    let (_, bytes) = SAMPLES[6];
    let scan = last_scan(bytes);
    let first = bytes[scan.clone()]
        .windows(2)
        .position(|pair| pair == b"\xff\xd0")
        .unwrap();
    let mut swapped = bytes.to_vec();
    swapped[scan.start + first + 1] = 0xd3;
    assert_eq!(damage(&swapped), Some(Damage::Garbled));
}

#[test]
fn nonsense_is_not_judged_and_ends() {
    let (_, bytes) = SAMPLES[3];
    let mut state = 7_u32;
    for _ in 0..2000 {
        let mut mutated = bytes.to_vec();
        for _ in 0..4 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = (state >> 8) as usize % mutated.len();
            mutated[at] = (state >> 3) as u8;
        }
        // Only that it comes back is claimed.
        let _ = damage(&mutated);
    }
    assert_eq!(damage(b""), None);
    assert_eq!(damage(b"\xff\xd8\xff\xda\x00\x02"), None);
}
