//! McNemar's test: whether two classifiers that were asked about the same images differ by more than chance, if each image
//! stood alone.

/// Exact two-sided p: `first` images only the first classifier is right about, `second` only the second (McNemar 1947; the
/// binomial distribution instead of its approximation).
pub fn mcnemar_p(first: usize, second: usize) -> f64 {
    let n = first + second;
    let least = first.min(second);
    // Logarithms, because 2^-n is 0 from a thousand images.
    let mut term = -(n as f64) * 2f64.ln();
    let mut sum = term.exp();
    for k in 1..=least {
        term += ((n - k + 1) as f64 / k as f64).ln();
        sum += term.exp();
    }
    (2.0 * sum).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Summed as exact fractions in Python.
    #[test]
    fn as_exact_fractions_give_it() {
        for (first, second, expected) in [
            (0, 0, 1.0),
            (5, 5, 1.0),
            (1, 9, 0.021_484_375),
            (10, 25, 0.016_673_848),
            (3, 0, 0.25),
            (900, 1100, 8.457_089_5e-6),
        ] {
            let p = mcnemar_p(first, second);
            assert!(
                (p - expected).abs() < 1e-4 * expected,
                "{first}, {second}: {p}"
            );
            assert_eq!(p, mcnemar_p(second, first));
        }
    }
}
