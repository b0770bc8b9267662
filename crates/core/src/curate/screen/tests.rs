//! Units whose classes differ in a property, and units whose classes do not.

use super::*;

/// `counts[class]` units; `value` of a unit's brightness by class and random number.
fn units(counts: &[usize], seed: u64, value: impl Fn(usize, f64) -> f64) -> Vec<UnitValues> {
    let mut stream = Stream::new(seed, &[]);
    let mut units = Vec::new();
    for (class, &count) in counts.iter().enumerate() {
        for _unit in 0..count {
            let value = value(class, stream.normal());
            let value = Value {
                image: ImageId(units.len() as i64 + 1),
                value,
            };
            // All are of one size.
            let size = Value {
                value: 3.0,
                ..value
            };
            units.push(UnitValues {
                class: ClassId(class as i64 + 1),
                values: BTreeMap::from([
                    (Property::Brightness, vec![value; 2]),
                    (Property::Size, vec![size]),
                ]),
            });
        }
    }
    units
}

#[test]
fn a_class_that_is_darker_is_the_most_suspicious() {
    let units = units(&[20, 20, 20], 1, |class, noise| {
        noise - if class == 1 { 3.0 } else { 0.0 }
    });
    let found = suspicions(&units);
    let first = found[0];
    assert_eq!(first.property, Property::Brightness);
    assert_eq!((first.class, first.is_higher), (ClassId(2), false));
    assert!(first.auc > 0.95 && first.p < 0.01, "{first:?}");
    let sizes = found
        .iter()
        .filter(|found| found.property == Property::Size);
    for size in sizes {
        assert_eq!((size.auc, size.p), (0.5, 1.0));
    }
}

/// cleanlab's score takes a class's index for its frequency, and so suspects any property of 90 to 10 classes.
#[test]
fn a_useless_property_of_uneven_classes_is_not_suspected() {
    let seeds = 0..20;
    let suspected = seeds.filter(|&seed| {
        let units = units(&[90, 10], seed, |_, noise| noise);
        suspicions(&units)[0].p < 0.05
    });
    let suspected = suspected.count();
    assert!(suspected <= 3, "{suspected} of 20");
}

#[test]
fn p_is_corrected_for_the_number_of_classes() {
    // Among twenty classes some look as if they differed.
    let seeds = 0..20;
    let suspected = seeds.filter(|&seed| {
        let units = units(&[8; 20], 100 + seed, |_, noise| noise);
        suspicions(&units)[0].p < 0.05
    });
    let suspected = suspected.count();
    assert!(suspected <= 3, "{suspected} of 20");
}

#[test]
fn nothing_to_compare_is_no_suspicion() {
    assert_eq!(suspicions(&[]), []);
    assert_eq!(suspicions(&units(&[5], 1, |_, noise| noise)), []);
    assert_eq!(suspicions(&units(&[5, 1], 1, |_, noise| noise)).len(), 0);
}
