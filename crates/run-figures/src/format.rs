//! Numbers as people read them.

/// Narrow space that does not break a line, between a number and its unit.
const THIN: char = '\u{202f}';

/// A share in percent with two decimals.
pub fn percent(value: f64) -> String {
    format!("{}{THIN}%", number(value, 2))
}

/// A share in percent, or a dash where there is none.
pub fn percent_or_dash(value: Option<f64>) -> String {
    value.map_or_else(|| "\u{2014}".into(), percent)
}

/// A number with a true minus sign.
pub fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(amount) if amount.bytes().all(|b| matches!(b, b'0' | b'.')) => amount.into(),
        Some(amount) => format!("\u{2212}{amount}"),
        None => text,
    }
}

/// A number with as many decimals as its `step` on an axis needs.
pub fn tick(value: f64, step: f64) -> String {
    let decimals = (-step.log10() - 1e-9).ceil().max(0.0) as usize;
    number(value, decimals)
}

/// The number whose logarithm is `exponent`; nothing between the powers of ten.
pub fn power_of_ten(exponent: f64) -> String {
    let whole = exponent.round();
    if (exponent - whole).abs() > 1e-6 {
        return String::new();
    }
    let value = 10_f64.powf(whole);
    tick(value, value)
}

/// A whole number in groups of three digits.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let groups: Vec<_> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(String::from_utf8_lossy)
        .collect();
    groups.join(",")
}

/// A time given in seconds.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{seconds:.1}{THIN}s"),
        60..3600 => format!("{}{THIN}min {}{THIN}s", whole / 60, whole % 60),
        _ => format!("{}{THIN}h {}{THIN}min", whole / 3600, whole / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_decimals() {
        assert_eq!(percent(1.458), "1.46\u{202f}%");
        assert_eq!(number(-0.354, 2), "\u{2212}0.35");
        assert_eq!(number(-0.001, 2), "0.00");
        assert_eq!(tick(0.4, 0.2), "0.4");
        assert_eq!(tick(-2.0, 1.0), "\u{2212}2");
        assert_eq!(tick(0.05, 0.05), "0.05");
    }

    #[test]
    fn long_counts_and_times_are_grouped() {
        assert_eq!((count(7), count(60_000)), ("7".into(), "60,000".into()));
        assert_eq!(duration(5.25), "5.2\u{202f}s");
        assert_eq!(duration(125.0), "2\u{202f}min 5\u{202f}s");
        assert_eq!(duration(7325.0), "2\u{202f}h 2\u{202f}min");
    }

    #[test]
    fn only_powers_of_ten_are_written() {
        assert_eq!(power_of_ten(-2.0), "0.01");
        assert_eq!(power_of_ten(2.0), "100");
        assert_eq!(power_of_ten(0.5), "");
    }
}
