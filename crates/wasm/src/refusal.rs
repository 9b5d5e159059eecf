//! The reason of the last refusal, kept until JavaScript has read it.

use crate::memory::hand_out;
use kantorovich_kernels::{Error, ErrorKind};
use std::sync::Mutex;

static LAST: Mutex<Option<Error>> = Mutex::new(None);

fn keep(error: Error) {
    if let Ok(mut last) = LAST.lock() {
        *last = Some(error);
    }
}

/// A handle to the object, or null with the reason kept.
pub fn handle_or_refusal<T>(result: Result<T, Error>) -> *mut T {
    match result {
        Ok(object) => hand_out(object),
        Err(error) => {
            keep(error);
            core::ptr::null_mut()
        }
    }
}

/// 0, or 1 with the reason kept.
pub fn status(result: Result<(), Error>) -> u32 {
    match result {
        Ok(()) => 0,
        Err(error) => {
            keep(error);
            1
        }
    }
}

/// 0 for no refusal, 1 shape, 2 data, 3 options, 4 state.
#[unsafe(no_mangle)]
pub extern "C" fn refusal_kind() -> u32 {
    let last = LAST.lock();
    match last.as_deref() {
        Ok(Some(error)) => match error.kind {
            ErrorKind::Shape => 1,
            ErrorKind::Data => 2,
            ErrorKind::Options => 3,
            ErrorKind::State => 4,
        },
        _ => 0,
    }
}

/// Where the UTF-8 of the last refusal's message begins.
#[unsafe(no_mangle)]
pub extern "C" fn refusal_message() -> *const u8 {
    let last = LAST.lock();
    last.ok()
        .and_then(|last| last.as_ref().map(|error| error.message.as_ptr()))
        .unwrap_or(core::ptr::null())
}

/// The length of that message in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn refusal_length() -> usize {
    let last = LAST.lock();
    last.ok().and_then(|last| last.as_ref().map(|error| error.message.len())).unwrap_or(0)
}
