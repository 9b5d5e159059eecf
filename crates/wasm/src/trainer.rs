//! A trainer's exports: row-major batches in, what a step did out; its state as tensors, one after
//! another.

use crate::memory::{object, slice, take_back};
use crate::refusal::{handle_or_refusal, status};
use crate::spec::Spec;
use crate::trainer_plan::TrainerPlan;
use kantorovich_lipschitz::Metric;
use kantorovich_training::{Phase, Side, Tensors};

fn side(index: u32) -> Side {
    if index == 0 { Side::X } else { Side::Y }
}

fn tensors(index: u32) -> Tensors {
    if index == 0 { Tensors::State } else { Tensors::Export }
}

/// A trainer from its description, or null. Keys: see `trainer_spec.rs`.
///
/// # Safety
/// `spec` must be valid for reading `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_new(spec: *const u8, length: usize) -> *mut TrainerPlan {
    // SAFETY: as the caller vouches.
    let spec = unsafe { Spec::read(spec, length) };
    handle_or_refusal(spec.and_then(|spec| TrainerPlan::new(&spec)))
}

/// Where the row-major batch of a side (0 x, 1 y) begins.
///
/// # Safety
/// `plan` must be a live trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_input(plan: *mut TrainerPlan, which: u32) -> *mut f32 {
    // SAFETY: as the caller vouches.
    let plan = unsafe { object(plan) };
    plan.sides[side(which).index()].input.row_major.as_mut_ptr()
}

/// Where the row-major embeddings of a side begin.
///
/// # Safety
/// `plan` must be a live trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_embeddings(plan: *mut TrainerPlan, which: u32) -> *const f32 {
    // SAFETY: as the caller vouches.
    let plan = unsafe { object(plan) };
    plan.sides[side(which).index()].embeddings.row_major.as_ptr()
}

/// Takes a step on the batch; 0, or 1 where refused. Leaves numbers: step, value, penalty, loss,
/// gradient norm, learning rate, temperature.
///
/// # Safety
/// `plan` must be a live trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_step(plan: *mut TrainerPlan) -> u32 {
    // SAFETY: as the caller vouches.
    status(unsafe { object(plan) }.step())
}

/// From now on the trainer is worker `index` of `count` that share steps: see [`trainer_phase`]; 0, or 1
/// where refused.
///
/// # Safety
/// `plan` must be a live trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_share(plan: *mut TrainerPlan, index: usize, count: usize) -> u32 {
    // SAFETY: as the caller vouches.
    status(unsafe { object(plan) }.share(index, count))
}

/// Leaves two words: the first row of a batch that [`trainer_phase`] takes up here, and the one after the
/// last; of other rows, which come from others, nothing need be written.
///
/// # Safety
/// `plan` must be a live trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_own_rows(plan: *mut TrainerPlan) {
    // SAFETY: as the caller vouches.
    unsafe { object(plan) }.count_rows();
}

/// How many phases a step has.
#[unsafe(no_mangle)]
pub extern "C" fn trainer_phases() -> u32 {
    Phase::ALL.len() as u32
}

/// Runs one phase of a step on the batch, from 0 on; 0, or 1 where refused, which ends the step. The
/// last one leaves the numbers of [`trainer_step`]. Before the next, those that share the step exchange
/// their [`trainer_regions`].
///
/// # Safety
/// `plan` must be a live trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_phase(plan: *mut TrainerPlan, phase: usize) -> u32 {
    // SAFETY: as the caller vouches.
    status(unsafe { object(plan) }.phase(phase))
}

/// What is exchanged after a phase, as words: how many regions, then the owner, the address and the
/// length in bytes of each. Past the last phase, what makes the state whole.
///
/// # Safety
/// `plan` must be a live trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_regions(plan: *mut TrainerPlan, phase: usize) -> *const u32 {
    // SAFETY: as the caller vouches.
    let plan = unsafe { object(plan) };
    plan.list_regions(phase);
    plan.region_words.as_ptr()
}

/// Evaluates the batch as held-out pairs; 0, or 1 where refused. Leaves numbers: value, WDM, WDM
/// over all pairs.
///
/// # Safety
/// `plan` must be a live trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_evaluate(plan: *mut TrainerPlan) -> u32 {
    // SAFETY: as the caller vouches.
    status(unsafe { object(plan) }.evaluate())
}

/// Embeds the first `rows` rows of a side's batch; 0, or 1 where refused.
///
/// # Safety
/// `plan` must be a live trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_embed(plan: *mut TrainerPlan, which: u32, rows: usize) -> u32 {
    // SAFETY: as the caller vouches.
    status(unsafe { object(plan) }.embed(side(which), rows))
}

/// The critic's Lipschitz constant over a metric (0 sum, 1 l2), or NaN with the reason as text:
/// of inputs no longer than `x` and `y`, of all inputs where `x` is NaN.
///
/// # Safety
/// `plan` must be a live trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_certify(
    plan: *mut TrainerPlan,
    metric: u32,
    x: f64,
    y: f64,
) -> f64 {
    let metric = if metric == 0 { Metric::Sum } else { Metric::L2 };
    // SAFETY: as the caller vouches.
    unsafe { object(plan) }.certify(metric, within(x, y))
}

/// Leaves numbers: the Lipschitz constants of the encoders of x and y and of the critic by each
/// embedding, NaN where it has none; of inputs as in [`trainer_certify`].
///
/// # Safety
/// `plan` must be a live trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_constants(plan: *mut TrainerPlan, x: f64, y: f64) {
    // SAFETY: as the caller vouches.
    unsafe { object(plan) }.constants(within(x, y));
}

fn within(x: f64, y: f64) -> Option<[f64; 2]> {
    (!x.is_nan()).then_some([x, y])
}

/// Leaves as text the tensors of the state (0) or of the export (1), a line `name=2,3` each.
///
/// # Safety
/// `plan` must be a live trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_list(plan: *mut TrainerPlan, which: u32) {
    // SAFETY: as the caller vouches.
    unsafe { object(plan) }.list(tensors(which));
}

/// Writes those tensors to `out`, one after another; 0, or 1 where refused.
///
/// # Safety
/// `plan` must be a live trainer, and `out` valid for writing `length` numbers that are initialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_read(
    plan: *mut TrainerPlan,
    which: u32,
    out: *mut f32,
    length: usize,
) -> u32 {
    // SAFETY: as the caller vouches; an empty slice needs no memory.
    let out = match length {
        0 => &mut [][..],
        _ => unsafe { core::slice::from_raw_parts_mut(out, length) },
    };
    // SAFETY: as the caller vouches.
    status(unsafe { object(plan) }.read(tensors(which), out))
}

/// Takes up tensors as [`trainer_read`] gives them: the state's with the six words of
/// [`trainer_count`], the export's without words; 0, or 1 where refused.
///
/// # Safety
/// `plan` must be a live trainer, and both lists valid for reading as many items as they say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_restore(
    plan: *mut TrainerPlan,
    values: *const f32,
    length: usize,
    words: *const u32,
    word_count: usize,
) -> u32 {
    // SAFETY: as the caller vouches.
    let (plan, values, words) =
        unsafe { (object(plan), slice(values, length), slice(words, word_count)) };
    status(plan.restore(values, words))
}

/// Leaves six words: the step count, low and high, and the generator's state.
///
/// # Safety
/// `plan` must be a live trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_count(plan: *mut TrainerPlan) {
    // SAFETY: as the caller vouches.
    unsafe { object(plan) }.count();
}

/// Where the numbers that the last call left begin.
///
/// # Safety
/// `plan` must be a live trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_numbers(plan: *mut TrainerPlan) -> *const f64 {
    // SAFETY: as the caller vouches.
    unsafe { object(plan) }.numbers.as_ptr()
}

/// Where the words that the last call left begin.
///
/// # Safety
/// `plan` must be a live trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_words(plan: *mut TrainerPlan) -> *const u32 {
    // SAFETY: as the caller vouches.
    unsafe { object(plan) }.words.as_ptr()
}

/// Where the text that the last call left begins.
///
/// # Safety
/// `plan` must be a live trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_text(plan: *mut TrainerPlan) -> *const u8 {
    // SAFETY: as the caller vouches.
    unsafe { object(plan) }.text.as_ptr()
}

/// The length of that text in bytes.
///
/// # Safety
/// `plan` must be a live trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_text_length(plan: *mut TrainerPlan) -> usize {
    // SAFETY: as the caller vouches.
    unsafe { object(plan) }.text.len()
}

/// Frees the trainer.
///
/// # Safety
/// `plan` must be a live trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_free(plan: *mut TrainerPlan) {
    // SAFETY: as the caller vouches.
    unsafe { take_back(plan) };
}
