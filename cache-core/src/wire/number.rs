//! What a counter holds, as text: that is what a server's own commands count with.

/// The number of a counter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// A whole one.
    Integer(i64),
    /// One that is not, or that is too large for the other.
    Float(f64),
}

/// Below this every whole number is a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Number {
    /// The number that a text stands for. `None`: for none, or for one that is infinite.
    ///
    /// Whole numbers are those that a server counts with: without a sign before a zero, and without a zero before others.
    pub fn read(text: &[u8]) -> Option<Self> {
        let text = str::from_utf8(text).ok()?;
        let number = text.parse().ok().map(Self::Integer).filter(|number| number.write() == text);
        number.or_else(|| text.parse().ok().filter(|number: &f64| number.is_finite()).map(Self::Float))
    }

    /// The text that stands for it.
    #[allow(clippy::float_cmp, reason = "what is meant is equal")]
    pub fn write(self) -> String {
        match self {
            Number::Integer(number) => number.to_string(),
            // So that what has become whole again is counted in whole numbers again. This is also -0.
            Number::Float(number) if number.trunc() == number && number.abs() < EXACT => format!("{:.0}", number + 0.0),
            Number::Float(number) => format!("{number:e}"),
        }
    }

    /// As a double, to the next one.
    #[allow(clippy::cast_precision_loss, reason = "that is what a double is")]
    pub fn float(self) -> f64 {
        match self {
            Number::Integer(number) => number as f64,
            Number::Float(number) => number,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whole_numbers_are_read_as_such() {
        for number in [0, 1, -1, i64::MAX, i64::MIN] {
            let text = number.to_string();
            assert_eq!(Number::read(text.as_bytes()), Some(Number::Integer(number)));
        }
    }

    #[test]
    fn what_is_too_large_or_written_otherwise_is_no_whole_number() {
        for (text, number) in
            [("9223372036854775808", 2_f64.powi(63)), ("-0", 0.0), ("007", 7.0), ("1.5", 1.5), ("1e3", 1e3)]
        {
            assert_eq!(Number::read(text.as_bytes()), Some(Number::Float(number)), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [&b""[..], b"x", b"inf", b"nan", b"-inf", b"1e999", b" 1", b"0x10", b"\xff"] {
            assert_eq!(Number::read(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_has_become_whole_is_written_so() {
        for (number, text) in [(3.0, "3"), (-0.0, "0"), (-7.0, "-7"), (1.5, "1.5e0"), (1e17, "1e17")] {
            assert_eq!(Number::Float(number).write(), text);
        }
    }

    proptest! {
        #[test]
        fn a_number_is_read_as_it_was_written(number in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL) {
            let read = Number::read(Number::Float(number).write().as_bytes()).map(Number::float);
            prop_assert_eq!(read, Some(number));
        }
    }
}
