//! The product and the microkernels under it, alone: what benchmarks measure, and by what the wider
//! kernel is chosen.

use crate::memory::{hand_out, object, take_back};
use kantorovich_kernels::{Into, Panels, nt, product};

/// `C = A Bᵀ`, in panels, and the row-major buffer through which JavaScript reaches each.
pub struct Product {
    panels: [Panels; 3],
    row_major: [Vec<f32>; 3],
}

/// A product of a `rows` x `depth` matrix A and the transpose of a `cols` x `depth` matrix B.
#[unsafe(no_mangle)]
pub extern "C" fn product_new(rows: usize, cols: usize, depth: usize) -> *mut Product {
    let shapes = [(rows, depth), (cols, depth), (rows, cols)];
    hand_out(Product {
        panels: shapes.map(|(rows, cols)| Panels::zeros(rows, cols)),
        row_major: shapes.map(|(rows, cols)| vec![0.0; rows * cols]),
    })
}

/// Where a row-major buffer begins: 0 A, 1 B, 2 C.
///
/// # Safety
/// `product` must be a live product, and `which` below 3.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn product_buffer(product: *mut Product, which: usize) -> *mut f32 {
    // SAFETY: as the caller vouches.
    unsafe { object(product) }.row_major[which].as_mut_ptr()
}

/// Takes A and B over from their buffers.
///
/// # Safety
/// `product` must be a live product.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn product_load(product: *mut Product) {
    // SAFETY: as the caller vouches.
    let Product { panels, row_major } = unsafe { object(product) };
    for (panels, values) in panels.iter_mut().zip(row_major).take(2) {
        panels.view_mut().load_row_major(values);
    }
}

/// Computes C.
///
/// # Safety
/// `product` must be a live product.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn product_run(product: *mut Product) {
    // SAFETY: as the caller vouches.
    let [a, b, c] = unsafe { &mut object(product).panels };
    nt(a.view(), b.view(), c.view_mut(), Into::Write);
}

/// Writes C to its buffer.
///
/// # Safety
/// `product` must be a live product.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn product_store(product: *mut Product) {
    // SAFETY: as the caller vouches.
    let Product { panels, row_major } = unsafe { object(product) };
    panels[2].view().store_row_major(&mut row_major[2]);
}

/// Computes a pair of tiles `times` times, with the first four rows of B and the first two panels of
/// A, whole in their depth: by the microkernel of one panel or, if `wide`, by that of two.
///
/// # Safety
/// `product` must be a live product of at least 16 x 4.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn product_tiles(product: *mut Product, times: usize, wide: u32) {
    // SAFETY: as the caller vouches.
    let [a, b, _] = unsafe { &mut object(product).panels };
    let mut tiles = [[0.0; 32]; 2];
    let lanes = [a.view().panel(0), a.view().panel(1)];
    for _ in 0..times {
        product::tiles(b.view().panel(0), lanes, &mut tiles, wide != 0);
    }
    core::hint::black_box(tiles);
}

/// Lets all products of this instance take two panels at a time, or one.
#[unsafe(no_mangle)]
pub extern "C" fn product_set_wide(wide: u32) {
    product::set_wide(wide != 0);
}

/// Frees the product.
///
/// # Safety
/// `product` must be a live product.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn product_free(product: *mut Product) {
    // SAFETY: as the caller vouches.
    unsafe { take_back(product) };
}
