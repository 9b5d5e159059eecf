//! What a caller can get wrong, in words that name what was given and what was expected.

use core::fmt;

/// The kind of an [`Error`]; each becomes an error class of its own in TypeScript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Lengths or shapes that do not fit together.
    Shape,
    /// Values that cannot be used: not finite, too few, a zero row.
    Data,
    /// An unknown or out-of-range option.
    Options,
    /// An object used in a state that does not allow it.
    State,
}

/// A refusal, with a message for the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What kind of mistake it is.
    pub kind: ErrorKind,
    /// What was given and what was expected.
    pub message: String,
}

impl Error {
    /// Lengths or shapes that do not fit together.
    pub fn shape(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Shape, message: message.into() }
    }

    /// Values that cannot be used.
    pub fn data(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Data, message: message.into() }
    }

    /// An unknown or out-of-range option.
    pub fn options(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Options, message: message.into() }
    }

    /// A call that the object's state does not allow.
    pub fn state(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::State, message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for Error {}
