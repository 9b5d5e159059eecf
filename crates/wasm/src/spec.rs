//! Descriptions of objects as text: `key=value` lines.

use crate::memory::slice;
use core::str::FromStr;
use kantorovich_kernels::Error;

/// A parsed description.
pub struct Spec<'a> {
    entries: Vec<(&'a str, &'a str)>,
}

impl<'a> Spec<'a> {
    /// Reads the UTF-8 that JavaScript wrote.
    ///
    /// # Errors
    ///
    /// `Options` on text that is not UTF-8 or a line without `=`.
    ///
    /// # Safety
    /// `at` must be valid for reading `length` bytes while the description is used.
    pub unsafe fn read(at: *const u8, length: usize) -> Result<Self, Error> {
        // SAFETY: as the caller vouches.
        let bytes = unsafe { slice(at, length) };
        let text = core::str::from_utf8(bytes)
            .map_err(|_| Error::options("a description is not UTF-8"))?;
        let entry = |line: &'a str| {
            line.split_once('=')
                .ok_or_else(|| Error::options(format!("expected key=value, got \"{line}\"")))
        };
        Ok(Self { entries: text.lines().map(entry).collect::<Result<_, _>>()? })
    }

    /// The value of `key`.
    ///
    /// # Errors
    ///
    /// `Options` where it is missing.
    pub fn text(&self, key: &str) -> Result<&'a str, Error> {
        self.optional(key).ok_or_else(|| Error::options(format!("`{key}` is missing")))
    }

    /// The value of `key`, if it is there.
    pub fn optional(&self, key: &str) -> Option<&'a str> {
        self.entries.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }

    /// The value of `key` as a number (or true/false).
    ///
    /// # Errors
    ///
    /// `Options` where it is missing or no such number.
    pub fn parse<T: FromStr>(&self, key: &str) -> Result<T, Error> {
        let text = self.text(key)?;
        text.parse().map_err(|_| Error::options(format!("`{key}` cannot be {text}")))
    }

    /// The value of `key` as a number that need not be whole: the hexadecimal digits of its 64 bits,
    /// since decimals would take 20 kB of tables and code to read.
    ///
    /// # Errors
    ///
    /// `Options` where it is missing or no such number.
    #[cfg(feature = "training")]
    pub fn real(&self, key: &str) -> Result<f64, Error> {
        let text = self.text(key)?;
        match u64::from_str_radix(text, 16) {
            Ok(bits) => Ok(f64::from_bits(bits)),
            Err(_) => Err(Error::options(format!("`{key}` cannot be {text}"))),
        }
    }

    /// The value of `key` as numbers parted by commas; none for an empty value.
    ///
    /// # Errors
    ///
    /// `Options` where it is missing or not a list of numbers.
    #[cfg(feature = "training")]
    pub fn list<T: FromStr>(&self, key: &str) -> Result<Vec<T>, Error> {
        let text = self.text(key)?;
        let item = |item: &str| {
            item.parse().map_err(|_| Error::options(format!("`{key}` cannot be {text}")))
        };
        text.split(',').filter(|item| !item.is_empty()).map(item).collect()
    }
}
