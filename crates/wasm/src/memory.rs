//! Memory that JavaScript fills and frees, and a count of the allocator's calls.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU32, Ordering};

/// The system's allocator, counting: a training step must not call it.
struct Counting;

static CALLS: AtomicU32 = AtomicU32::new(0);

// SAFETY: every call goes on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        CALLS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often memory has been asked for since the instance began (it wraps around).
#[unsafe(no_mangle)]
pub extern "C" fn allocation_count() -> u32 {
    CALLS.load(Ordering::Relaxed)
}

/// `bytes` bytes at a multiple of 16, or null.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(bytes: usize) -> *mut u8 {
    match Layout::from_size_align(bytes.max(16), 16) {
        // SAFETY: the size is not zero.
        Ok(layout) => unsafe { std::alloc::alloc(layout) },
        Err(_) => core::ptr::null_mut(),
    }
}

/// Frees what [`allocate`] gave.
///
/// # Safety
/// `at` must come from `allocate(bytes)` and not have been freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn deallocate(at: *mut u8, bytes: usize) {
    if let Ok(layout) = Layout::from_size_align(bytes.max(16), 16) {
        // SAFETY: as the caller vouches.
        unsafe { std::alloc::dealloc(at, layout) };
    }
}

/// The `length` items at `at`; an empty slice where there are none.
///
/// # Safety
/// `at` must be valid for reading `length` items for as long as the slice is used.
pub unsafe fn slice<'a, T>(at: *const T, length: usize) -> &'a [T] {
    if length == 0 {
        return &[];
    }
    // SAFETY: as the caller vouches.
    unsafe { core::slice::from_raw_parts(at, length) }
}

/// Copies `values` to memory that JavaScript asked for.
///
/// # Safety
/// `to` must be valid for writing all of `values`.
#[cfg(any(feature = "evaluation", feature = "transport"))]
pub unsafe fn write<T: Copy>(to: *mut T, values: &[T]) {
    // SAFETY: as the caller vouches; memory of the module that JavaScript asked for is in no slice.
    unsafe { core::ptr::copy_nonoverlapping(values.as_ptr(), to, values.len()) };
}

/// The object behind a handle.
///
/// # Safety
/// `handle` must come from [`hand_out`] for the same type, not freed, and not borrowed elsewhere.
pub unsafe fn object<'a, T>(handle: *mut T) -> &'a mut T {
    // SAFETY: as the caller vouches.
    unsafe { &mut *handle }
}

/// Gives an object away as a handle.
pub fn hand_out<T>(object: T) -> *mut T {
    Box::into_raw(Box::new(object))
}

/// Frees the object behind a handle.
///
/// # Safety
/// `handle` must come from [`hand_out`] for the same type and not have been freed.
pub unsafe fn take_back<T>(handle: *mut T) {
    // SAFETY: as the caller vouches.
    drop(unsafe { Box::from_raw(handle) });
}
