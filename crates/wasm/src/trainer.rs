//! A trainer: row-major batches in, what a step did out; its state as tensors, one after another.

use crate::memory::{object, slice, take_back};
use crate::refusal::{handle_or_refusal, status};
use crate::spec::Spec;
use crate::trainer_spec::trainer_spec;
use kantorovich_kernels::{Error, LANES, Panels, PanelsMut, PanelsRef, panel_len};
use kantorovich_lipschitz::{Certificate, Metric};
use kantorovich_training::{Counters, Side, StateTensor, Tensors, Trainer};

/// A trainer and the buffers through which JavaScript reaches it.
pub struct TrainerPlan {
    trainer: Trainer,
    sides: [SideBuffers; 2],
    /// The numbers that the last call left.
    numbers: [f64; 7],
    /// The words that the last call left.
    words: [u32; 6],
    /// The text that the last call left.
    text: String,
}

/// One side's batch and its embeddings.
struct SideBuffers {
    input: Buffer,
    embeddings: Buffer,
}

/// Rows as JavaScript sees them and as the core does.
struct Buffer {
    row_major: Vec<f32>,
    panels: Panels,
}

impl SideBuffers {
    fn new(trainer: &Trainer, side: Side) -> Self {
        let rows = trainer.spec().batch;
        Self {
            input: Buffer::new(rows, trainer.input_width(side)),
            embeddings: Buffer::new(rows, trainer.embedding_width(side)),
        }
    }
}

impl Buffer {
    fn new(rows: usize, cols: usize) -> Self {
        Self { row_major: vec![0.0; rows * cols], panels: Panels::zeros(rows, cols) }
    }

    /// The first `rows` rows as JavaScript wrote them.
    fn load(&mut self, rows: usize) -> PanelsRef<'_> {
        let cols = self.panels.cols();
        let panels = &mut self.panels.as_mut_slice()[..panel_len(rows, cols)];
        // Padding of the last panel may hold rows of an earlier batch.
        panels[panel_len(rows / LANES * LANES, cols)..].fill(0.0);
        PanelsMut::new(rows, cols, panels).load_row_major(&self.row_major[..rows * cols]);
        PanelsRef::new(rows, cols, &self.panels.as_slice()[..panel_len(rows, cols)])
    }

    /// The first `rows` rows, to be written.
    fn view_mut(&mut self, rows: usize) -> PanelsMut<'_> {
        let cols = self.panels.cols();
        PanelsMut::new(rows, cols, &mut self.panels.as_mut_slice()[..panel_len(rows, cols)])
    }

    /// Hands the first `rows` rows to JavaScript.
    fn store(&mut self, rows: usize) {
        let cols = self.panels.cols();
        let panels = &self.panels.as_slice()[..panel_len(rows, cols)];
        PanelsRef::new(rows, cols, panels).store_row_major(&mut self.row_major[..rows * cols]);
    }
}

impl TrainerPlan {
    fn new(spec: &Spec<'_>) -> Result<Self, Error> {
        let trainer = Trainer::new(&trainer_spec(spec)?)?;
        let sides = Side::BOTH.map(|side| SideBuffers::new(&trainer, side));
        Ok(Self { trainer, sides, numbers: [0.0; 7], words: [0; 6], text: String::new() })
    }

    fn step(&mut self) -> Result<(), Error> {
        let rows = self.trainer.spec().batch;
        let [x, y] = &mut self.sides;
        let report = self.trainer.step(x.input.load(rows), y.input.load(rows))?;
        self.numbers = [
            report.step as f64,
            report.value,
            report.penalty,
            report.loss,
            report.gradient_norm,
            report.learning_rate,
            report.temperature,
        ];
        Ok(())
    }

    fn evaluate(&mut self) -> Result<(), Error> {
        let rows = self.trainer.spec().batch;
        let [x, y] = &mut self.sides;
        let found = self.trainer.evaluate(x.input.load(rows), y.input.load(rows))?;
        self.numbers[..3].copy_from_slice(&[found.value, found.wdm, found.wdm_all]);
        Ok(())
    }

    fn embed(&mut self, side: Side, rows: usize) -> Result<(), Error> {
        let most = self.trainer.spec().batch;
        if rows > most {
            return Err(Error::shape(format!("at most {most} rows at a time, got {rows}")));
        }
        let SideBuffers { input, embeddings } = &mut self.sides[side.index()];
        self.trainer.embed(side, input.load(rows), embeddings.view_mut(rows))?;
        embeddings.store(rows);
        Ok(())
    }

    fn certify(&mut self, metric: Metric) -> f64 {
        match self.trainer.certificate(metric) {
            Certificate::Lipschitz { constant, .. } => constant,
            Certificate::None { reason } => {
                self.text = reason.to_string();
                f64::NAN
            }
        }
    }

    /// `name=2,3`, a tensor a line.
    fn list(&mut self, which: Tensors) {
        let line = |tensor: &StateTensor| {
            let shape: Vec<String> = tensor.shape.iter().map(usize::to_string).collect();
            format!("{}={}", tensor.name, shape.join(","))
        };
        self.text = self.trainer.tensors(which).iter().map(line).collect::<Vec<_>>().join("\n");
    }

    fn read(&mut self, which: Tensors, out: &mut [f32]) -> Result<(), Error> {
        let mut rest = out;
        for tensor in self.trainer.tensors(which) {
            let room = tensor.len().min(rest.len());
            let (own, others) = rest.split_at_mut(room);
            self.trainer.read(which, &tensor, own)?;
            rest = others;
        }
        Ok(())
    }

    fn count(&mut self) {
        let Counters { step, random: [a, b, c, d] } = self.trainer.counters();
        self.words = [step as u32, (step >> 32) as u32, a, b, c, d];
    }

    fn restore(&mut self, values: &[f32], words: &[u32]) -> Result<(), Error> {
        let &[low, high, a, b, c, d] = words else {
            return self.trainer.import(values);
        };
        let step = (high as u64) << 32 | low as u64;
        self.trainer.restore(values, Counters { step, random: [a, b, c, d] })
    }
}

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

/// The critic's Lipschitz constant over a metric (0 sum, 1 l2), or NaN with the reason as text.
///
/// # Safety
/// `plan` must be a live trainer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn trainer_certify(plan: *mut TrainerPlan, metric: u32) -> f64 {
    let metric = if metric == 0 { Metric::Sum } else { Metric::L2 };
    // SAFETY: as the caller vouches.
    unsafe { object(plan) }.certify(metric)
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
