//! Operations on the tensors of another module, copied into one arena and described by words.

use crate::memory::{hand_out, object, take_back};
use crate::refusal::status;
use kantorovich_kernels::Error;
use kantorovich_tensors::{
    Activation, Axis, Convolution, Depthwise, Epilogue, MatrixProduct, Scratch, Window, add_rows,
};

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
        let mut words = Words(words.iter());
        let [a, b, bias, slopes, c] = words.take();
        let [rows, cols, depth] = words.sizes();
        let transposed = words.take().map(|flag| flag != 0);
        let [kind, number] = words.take();
        let (inputs, out) = Arena::split(arena, c)?;
        let (a, b) = (inputs.read(a, &[rows, depth])?, inputs.read(b, &[depth, cols])?);
        let epilogue = inputs.epilogue([bias, slopes, kind, number], cols)?;
        let out = first(out, &[rows, cols])?;
        MatrixProduct { rows, cols, depth, transposed }.apply(a, b, &epilogue, out, scratch)
    };
    status(run())
}

/// `y = activation(x convolved with the filter + bias)`, or a gradient; 0, or 1 where refused.
///
/// Words: where the first tensor, the second, the bias, the slopes and the result begin in the arena, the
/// result last; the number of images; size, kernel, stride, dilation, zeros ahead and positions of rows
/// and then of columns; channels of x and of y; the activation and its number's bits. `which` is 0 for y
/// of x and the filter, 1 for the gradient of x from that of y and the filter, 2 for adding the
/// gradient of the filter from x and the gradient of y.
///
/// # Safety
/// `tensors` must be live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tensors_convolution(tensors: *mut Tensors, which: u32) -> u32 {
    // SAFETY: as the caller vouches.
    let Tensors { words, arena, scratch } = unsafe { object(tensors) };
    let mut run = || {
        let mut words = Words(words.iter());
        let [first_at, second_at, bias, slopes, to] = words.take();
        let [images] = words.sizes();
        let window = words.window();
        let [channels] = words.sizes();
        let [kind, number] = words.take();
        window.validate()?;
        let convolution = Convolution { window, channels };
        let x = [images, window.features()];
        let filter = [window.patch(), channels];
        let y = [images, window.positions(), channels];
        let (inputs, out) = Arena::split(arena, to)?;
        match which {
            0 => {
                let (x, filter) = (inputs.read(first_at, &x)?, inputs.read(second_at, &filter)?);
                let epilogue = inputs.epilogue([bias, slopes, kind, number], channels)?;
                convolution.forward(x, filter, &epilogue, first(out, &y)?, scratch)
            }
            1 => {
                let (dy, filter) = (inputs.read(first_at, &y)?, inputs.read(second_at, &filter)?);
                convolution.input_gradient(dy, filter, first(out, &x)?, scratch)
            }
            _ => {
                let (x, dy) = (inputs.read(first_at, &x)?, inputs.read(second_at, &y)?);
                convolution.add_filter_gradient(x, dy, first(out, &filter)?, scratch)
            }
        }
    };
    status(run())
}

/// A gradient of a depthwise convolution; 0, or 1 where refused.
///
/// Words: where the first tensor, the second and the result begin in the arena, the result last; then as
/// for [`tensors_convolution`] up to the channels of x, and the outputs of each. `which` is 0 for the
/// gradient of x from that of y and the filter, 1 for adding the gradient of the filter from x and the
/// gradient of y.
///
/// # Safety
/// `tensors` must be live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tensors_depthwise(tensors: *mut Tensors, which: u32) -> u32 {
    // SAFETY: as the caller vouches.
    let Tensors { words, arena, scratch } = unsafe { object(tensors) };
    let mut run = || {
        let mut words = Words(words.iter());
        let [first_at, second_at, to] = words.take();
        let [images] = words.sizes();
        let window = words.window();
        let [multiplier] = words.sizes();
        window.validate()?;
        let depthwise = Depthwise { window, multiplier };
        let x = [images, window.features()];
        let filter = [window.patch(), multiplier];
        let y = [images, window.positions(), window.depth, multiplier];
        let (inputs, out) = Arena::split(arena, to)?;
        if which == 0 {
            let (dy, filter) = (inputs.read(first_at, &y)?, inputs.read(second_at, &filter)?);
            depthwise.input_gradient(dy, filter, first(out, &x)?, scratch)
        } else {
            let (x, dy) = (inputs.read(first_at, &x)?, inputs.read(second_at, &y)?);
            depthwise.add_filter_gradient(x, dy, first(out, &filter)?, scratch)
        }
    };
    status(run())
}

/// Adds rows to one row; 0, or 1 where refused. Words: where they and it begin in the arena, it last; their
/// number, and the numbers of each.
///
/// # Safety
/// `tensors` must be live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tensors_add_rows(tensors: *mut Tensors) -> u32 {
    // SAFETY: as the caller vouches.
    let Tensors { words, arena, scratch } = unsafe { object(tensors) };
    let mut run = || {
        let mut words = Words(words.iter());
        let [from, to] = words.take();
        let [rows, cols] = words.sizes();
        let (inputs, out) = Arena::split(arena, to)?;
        add_rows(inputs.read(from, &[rows, cols])?, first(out, &[cols])?, scratch)
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

/// A description that is read word by word; what is missing is 0.
struct Words<'a>(core::slice::Iter<'a, u32>);

impl Words<'_> {
    fn take<const N: usize>(&mut self) -> [u32; N] {
        core::array::from_fn(|_| self.0.next().copied().unwrap_or(0))
    }

    fn sizes<const N: usize>(&mut self) -> [usize; N] {
        self.take().map(|word| word as usize)
    }

    /// Two axes and the depth.
    fn window(&mut self) -> Window {
        let [rows, cols] = [self.axis(), self.axis()];
        let [depth] = self.sizes();
        Window { rows, cols, depth }
    }

    fn axis(&mut self) -> Axis {
        let [size, kernel, stride, dilation, before, positions] = self.sizes();
        Axis { size, kernel, stride, dilation, before, positions }
    }
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
