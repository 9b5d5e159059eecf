//! Everything JavaScript can call: unpack, call, pack; no arithmetic.

/// The version of this binary interface; the loader refuses a module with another one.
#[unsafe(no_mangle)]
pub extern "C" fn abi_version() -> u32 {
    1
}
