//! Amounts of money: whole pence, pounds sterling.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount in pence. Never a floating-point number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(pub i64);

impl fmt::Display for Money {
    /// `£12,500`, or `£12,500.50` where there are pence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (pounds, pence) = (self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100);
        let digits = pounds.to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (position, digit) in digits.chars().enumerate() {
            if position > 0 && (digits.len() - position) % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if self.0 < 0 { "−" } else { "" };
        match pence {
            0 => write!(f, "{sign}£{grouped}"),
            _ => write!(f, "{sign}£{grouped}.{pence:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Money;

    #[test]
    fn reads_as_people_write_it() {
        assert_eq!(Money(0).to_string(), "£0");
        assert_eq!(Money(1_250_000).to_string(), "£12,500");
        assert_eq!(Money(12_345_678_905).to_string(), "£123,456,789.05");
        assert_eq!(Money(-5).to_string(), "−£0.05");
    }
}
