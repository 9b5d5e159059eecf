//! Whether products take two panels at a time, for engines that join their lanes.
//!
//! V8's revectoriser (an experiment, off by default) makes one operation of 256 bits of two of 128; a
//! tile of 4 x 16 then runs at the speed of native AVX2, and slower than 4 x 8 wherever pairs are not
//! joined. Only a measurement tells, so the caller decides, for the whole instance. The simd128 build
//! has no such kernel.

use core::ops::Range;
use core::sync::atomic::{AtomicBool, Ordering};

/// Whether the kernel is in this build.
pub(super) const PRESENT: bool =
    cfg!(any(not(target_arch = "wasm32"), target_feature = "relaxed-simd"));

static WIDE: AtomicBool = AtomicBool::new(false);

/// Lets products take two panels at a time, or one; without effect where there is no such kernel.
pub fn set_wide(wide: bool) {
    WIDE.store(wide, Ordering::Relaxed);
}

/// `panels` one by one, or in twos and what is left.
#[inline(always)]
pub(super) fn runs(panels: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let step = if PRESENT && WIDE.load(Ordering::Relaxed) { 2 } else { 1 };
    let end = panels.end;
    panels.step_by(step).map(move |p| p..end.min(p + step))
}
