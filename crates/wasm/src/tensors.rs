//! Operations on the tensors of another module, copied into one arena and described by words.

use crate::memory::{hand_out, object, take_back};
use crate::refusal::status;
use kantorovich_kernels::Error;
use kantorovich_tensors::{Activation, Epilogue, MatrixProduct, Scratch};

/// Words of a description.
const WORDS: usize = 32;

/// Stands where an operation takes no such tensor.
const NONE: u32 = u32::MAX;

/// An arena, the description of the next operation, and what operations need besides.
pub struct Tensors {
    words: [u32; WORDS],
    arena: Vec<f32>,
    scratch: Scratch,
}

/// An arena without room.
#[unsafe(no_mangle)]
pub extern "C" fn tensors_new() -> *mut Tensors {
    hand_out(Tensors { words: [0; WORDS], arena: Vec::new(), scratch: Scratch::default() })
}

/// Where the description of the next operation begins: 32 words.
///
/// # Safety
/// `tensors` must be live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tensors_words(tensors: *mut Tensors) -> *mut u32 {
    // SAFETY: as the caller vouches.
    unsafe { object(tensors) }.words.as_mut_ptr()
}

/// Where an arena of at least `length` numbers begins, of any value; null where there is no room.
///
/// # Safety
/// `tensors` must be live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tensors_arena(tensors: *mut Tensors, length: usize) -> *mut f32 {
    // SAFETY: as the caller vouches.
    let arena = &mut unsafe { object(tensors) }.arena;
    if arena.len() < length {
        // The old one goes first: nothing in it is kept.
        *arena = Vec::new();
        if arena.try_reserve_exact(length).is_err() {
            return core::ptr::null_mut();
        }
        arena.resize(length, 0.0);
    }
    arena.as_mut_ptr()
}

/// `C = activation(op(A) op(B) + bias)`; 0, or 1 where refused. Words: where A, B, the bias, the slopes
/// and C begin in the arena, C last; rows and columns of C, the depth, whether A and B are transposed,
/// the activation and its number's bits.
///
/// # Safety
/// `tensors` must be live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tensors_product(tensors: *mut Tensors) -> u32 {
    // SAFETY: as the caller vouches.
    let Tensors { words, arena, scratch } = unsafe { object(tensors) };
    let mut run = || {
        let [a, b, bias, slopes, c, sizes @ ..] = *words;
        let [rows, cols, depth, a_transposed, b_transposed, kind, number, ..] = sizes;
        let [rows, cols, depth] = [rows, cols, depth].map(|size| size as usize);
        let transposed = [a_transposed != 0, b_transposed != 0];
        let (inputs, out) = Arena::split(arena, c)?;
        let (a, b) = (inputs.read(a, &[rows, depth])?, inputs.read(b, &[depth, cols])?);
        let epilogue = inputs.epilogue([bias, slopes, kind, number], cols)?;
        let out = first(out, &[rows, cols])?;
        MatrixProduct { rows, cols, depth, transposed }.apply(a, b, &epilogue, out, scratch)
    };
    status(run())
}

/// Frees the arena.
///
/// # Safety
/// `tensors` must be live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tensors_free(tensors: *mut Tensors) {
    // SAFETY: as the caller vouches.
    unsafe { take_back(tensors) };
}

/// The part of the arena that an operation reads.
#[derive(Clone, Copy)]
struct Arena<'a>(&'a [f32]);

impl<'a> Arena<'a> {
    /// What lies before `out` is read, the rest is written.
    fn split(arena: &'a mut [f32], out: u32) -> Result<(Self, &'a mut [f32]), Error> {
        let (inputs, out) = arena.split_at_mut_checked(out as usize).ok_or_else(outside)?;
        Ok((Self(inputs), out))
    }

    fn read(self, at: u32, sizes: &[usize]) -> Result<&'a [f32], Error> {
        let length = volume(sizes)?;
        let rest = self.0.get(at as usize..).ok_or_else(outside)?;
        rest.get(..length).ok_or_else(outside)
    }

    fn read_if_there(self, at: u32, length: usize) -> Result<Option<&'a [f32]>, Error> {
        if at == NONE { Ok(None) } else { self.read(at, &[length]).map(Some) }
    }

    fn epilogue(self, words: [u32; 4], cols: usize) -> Result<Epilogue<'a>, Error> {
        let [bias, slopes, kind, number] = words;
        let activation = match kind {
            0 => Activation::Linear,
            1 => Activation::Relu,
            2 => Activation::Relu6,
            3 => Activation::LeakyRelu(f32::from_bits(number)),
            4 => Activation::Prelu(self.read(slopes, &[cols])?),
            5 => Activation::Elu,
            6 => Activation::Sigmoid,
            other => return Err(Error::options(format!("there is no activation {other}"))),
        };
        Ok(Epilogue { bias: self.read_if_there(bias, cols)?, activation })
    }
}

fn first<'a>(out: &'a mut [f32], sizes: &[usize]) -> Result<&'a mut [f32], Error> {
    out.get_mut(..volume(sizes)?).ok_or_else(outside)
}

fn volume(sizes: &[usize]) -> Result<usize, Error> {
    let product = sizes.iter().try_fold(1usize, |product, size| product.checked_mul(*size));
    product.ok_or_else(|| Error::shape(format!("a tensor of {sizes:?} numbers is too large")))
}

fn outside() -> Error {
    Error::state("a tensor does not lie within the arena")
}
