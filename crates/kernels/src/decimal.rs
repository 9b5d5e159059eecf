//! Numbers in messages, in a few hundred bytes of code where the standard library's exact formatting
//! would take a sixth of the module.

use core::fmt;

/// A number as messages show it: six significant digits, the last of which may be off by one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decimal(pub f64);

/// A list of sizes as messages show it: `[5, 4]`.
#[derive(Clone, Copy, Debug)]
pub struct Sizes<'a>(pub &'a [usize]);

impl fmt::Display for Sizes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, size) in self.0.iter().enumerate() {
            f.write_str(if at == 0 { "[" } else { ", " })?;
            fmt::Display::fmt(size, f)?;
        }
        f.write_str(if self.0.is_empty() { "[]" } else { "]" })
    }
}

/// Digits shown.
const DIGITS: u32 = 6;

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.abs();
        if self.0.is_nan() {
            return f.write_str("NaN");
        }
        if self.0 < 0.0 {
            f.write_str("-")?;
        }
        if magnitude == f64::INFINITY {
            return f.write_str("inf");
        }
        if magnitude == 0.0 {
            return f.write_str("0");
        }
        let (mut digits, mut exponent) = scientific(magnitude);
        let mut places = DIGITS as i32 - 1;
        while digits % 10 == 0 {
            (digits, places) = (digits / 10, places - 1);
        }
        // Numbers that are neither long nor small are shown without an exponent.
        let plain = (-5..9).contains(&exponent);
        if plain {
            (places, exponent) = (places - exponent, 0);
        }
        while places < 0 {
            (digits, places) = (digits * 10, places + 1);
        }
        let unit = 10u64.pow(places as u32);
        write!(f, "{}", digits / unit)?;
        if places > 0 {
            write!(f, ".{:0width$}", digits % unit, width = places as usize)?;
        }
        if plain { Ok(()) } else { write!(f, "e{exponent}") }
    }
}

/// `(digits, exponent)` with `x ~ digits 10^(exponent - 5)` and six digits.
fn scientific(x: f64) -> (u64, i32) {
    let (mut scaled, mut exponent) = (x, DIGITS as i32 - 1);
    while scaled >= 999_999.5 {
        (scaled, exponent) = (scaled / 10.0, exponent + 1);
    }
    while scaled < 99_999.95 {
        (scaled, exponent) = (scaled * 10.0, exponent - 1);
    }
    (libm::round(scaled) as u64, exponent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn short_numbers_are_shown_as_they_are_written() {
        let shown = [
            (0.0, "0"),
            (-1.0, "-1"),
            (0.5, "0.5"),
            (1500.0, "1500"),
            (0.001, "0.001"),
            (-0.25, "-0.25"),
            (123456.0, "123456"),
            (1e8, "100000000"),
            (3e-5, "0.00003"),
            (1e-8, "1e-8"),
            (2.5e20, "2.5e20"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "NaN"),
        ];
        for (number, text) in shown {
            assert_eq!(Decimal(number).to_string(), text);
        }
    }

    #[test]
    fn sizes_are_shown_as_a_list() {
        let shown = [(&[][..], "[]"), (&[7], "[7]"), (&[512, 64], "[512, 64]")];
        for (sizes, text) in shown {
            assert_eq!(Sizes(sizes).to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_the_number_to_six_digits(number in prop::num::f64::NORMAL) {
            let shown: f64 = Decimal(number).to_string().parse().unwrap();
            prop_assert!((shown - number).abs() <= 1.01e-5 * number.abs(), "{shown} for {number}");
        }
    }
}
