//! A loss over fixed shapes: row-major matrices in, value and row-major derivatives out.

use crate::memory::{object, slice, take_back};
use crate::refusal::{handle_or_refusal, status};
use crate::regions::write_regions;
use crate::spec::Spec;
use crate::trainer_spec::{critic_hidden, objective_options};
use kantorovich_kernels::{
    Decimal, Error, Panels, PanelsMut, PanelsRef, Random, Region, Share, rows,
};
use kantorovich_objectives::critics::{self, CriticTensor};
use kantorovich_objectives::loss::Pass;
use kantorovich_objectives::{CriticSpec, Gradients, Loss, LossSpec, Pairs};

/// The most that one plan may take: wasm memory ends at 4 GiB.
const MOST_BYTES: u64 = 3 << 30;

/// A loss and the row-major buffers through which JavaScript reaches it.
pub struct LossPlan {
    loss: Loss,
    x: Buffer,
    y: Buffer,
    /// Whether y is read in the next run: always, unless candidates are fixed and were not touched.
    y_changed: bool,
    fixed_candidates: bool,
    tensors: Vec<CriticTensor>,
    /// The critic's tensors row-major, one after another.
    weights: Vec<f32>,
    /// The same in panels, then the temperature.
    parameters: Vec<f32>,
    d_x: Vec<f32>,
    d_y: Vec<f32>,
    d_weights: Vec<f32>,
    value: f64,
    regions: Vec<Region>,
    region_words: Vec<u32>,
}

/// The phases of an evaluation, between which those that share it exchange what they have.
const PHASES: usize = 3;

/// A matrix as JavaScript sees it and as the core does.
struct Buffer {
    name: &'static str,
    row_major: Vec<f32>,
    panels: Panels,
}

impl Buffer {
    fn new(name: &'static str, rows: usize, cols: usize) -> Self {
        Self { name, row_major: vec![0.0; rows * cols], panels: Panels::zeros(rows, cols) }
    }

    /// Takes over what JavaScript wrote.
    fn load(&mut self) -> Result<(), Error> {
        check_finite(self.name, &self.row_major, self.panels.cols())?;
        self.panels.view_mut().load_row_major(&self.row_major);
        Ok(())
    }
}

/// Tensors in panels to row-major ones, one after another.
fn store_tensors(tensors: &[CriticTensor], panels: &[f32], row_major: &mut [f32]) {
    let (mut from, mut to) = (panels, row_major);
    for tensor in tensors {
        let (own, after) = from.split_at(tensor.len());
        let (out, rest) = to.split_at_mut(tensor.rows * tensor.cols);
        PanelsRef::new(tensor.rows, tensor.cols, own).store_row_major(out);
        (from, to) = (after, rest);
    }
}

fn check_finite(name: &str, values: &[f32], cols: usize) -> Result<(), Error> {
    match rows::first_non_finite(values) {
        None => Ok(()),
        Some(at) => Err(Error::data(format!(
            "{name}: row {}, column {} is {}, expected a finite number",
            at / cols,
            at % cols,
            Decimal(values[at].into())
        ))),
    }
}

impl LossPlan {
    fn new(spec: &Spec<'_>, lists: Lists<'_>) -> Result<Self, Error> {
        let [n, m, x_dim, y_dim] = ["n", "m", "xDim", "yDim"].map(|key| spec.parse::<usize>(key));
        let (n, m, query_dim, candidate_dim) = (n?, m?, x_dim?, y_dim?);
        let hidden = critic_hidden(spec)?;
        check_size(n, m, query_dim, candidate_dim, &hidden)?;
        let (objective, critic) = (spec.text("objective")?, spec.text("critic")?);
        let critic = CriticSpec { name: critic, hidden: &hidden };
        let gradients = gradients(spec.text("gradients")?)?;
        let loss_spec = LossSpec {
            objective,
            options: objective_options(spec)?,
            critic,
            query_dim,
            candidate_dim,
            gradients,
        };
        let loss = Loss::new(&loss_spec, lists.pairs(n, m)?)?;
        let tensors = critics::tensors(critic, query_dim, candidate_dim)?;
        let count: usize = tensors.iter().map(|tensor| tensor.rows * tensor.cols).sum();
        let padded: usize = tensors.iter().map(CriticTensor::len).sum();
        let mut random =
            Random::new(spec.optional("criticSeed").map_or(Ok(0), |_| spec.parse("criticSeed"))?);
        let mut parameters = vec![0.0; padded + 1];
        let dims = [query_dim, candidate_dim];
        critics::initialise(critic, dims, &mut parameters[..padded], &mut random)?;
        let mut weights = vec![0.0; count];
        store_tensors(&tensors, &parameters, &mut weights);
        let rows = |wanted: bool, length: usize| vec![0.0; if wanted { length } else { 0 }];
        let all = gradients == Gradients::All;
        Ok(Self {
            loss,
            x: Buffer::new("x", n, query_dim),
            y: Buffer::new("y", m, candidate_dim),
            y_changed: true,
            fixed_candidates: spec.parse("fixedCandidates")?,
            tensors,
            weights,
            parameters,
            d_x: rows(gradients != Gradients::None, n * query_dim),
            d_y: rows(all, m * candidate_dim),
            d_weights: rows(all, count),
            value: 0.0,
            regions: Vec::new(),
            region_words: Vec::new(),
        })
    }

    fn run(&mut self, temperature: f32) -> Result<(), Error> {
        (0..PHASES).try_for_each(|phase| self.phase(phase, temperature))
    }

    /// Runs one phase of an evaluation.
    fn phase(&mut self, phase: usize, temperature: f32) -> Result<(), Error> {
        match phase {
            0 => self.begin(temperature),
            1 => {
                self.loss.differentiate();
                Ok(())
            }
            _ => {
                self.value = self.loss.conclude(&self.parameters)?;
                self.y_changed = !self.fixed_candidates;
                self.store()
            }
        }
    }

    fn begin(&mut self, temperature: f32) -> Result<(), Error> {
        if !(temperature > 0.0 && temperature.is_finite()) {
            return Err(Error::options(format!(
                "`temperature` must be above 0, got {}",
                Decimal(temperature.into())
            )));
        }
        self.x.load()?;
        self.load_weights()?;
        if self.y_changed {
            self.y.load()?;
        }
        if let Some(last) = self.parameters.last_mut() {
            *last = temperature;
        }
        let y = self.y_changed.then(|| self.y.panels.view());
        self.loss.begin(self.x.panels.view(), y, &self.parameters);
        self.loss.observe();
        Ok(())
    }

    /// Leaves what those that share evaluations exchange after a phase.
    fn list_regions(&mut self, phase: usize) {
        self.regions.clear();
        if let Some(pass) = [Pass::Observe, Pass::Differentiate].get(phase) {
            self.loss.regions(*pass, &mut self.regions);
        }
        write_regions(&self.regions, &mut self.region_words);
    }

    /// Takes over the critic's tensors.
    fn load_weights(&mut self) -> Result<(), Error> {
        let (mut from, mut to) = (&self.weights[..], &mut self.parameters[..]);
        for tensor in &self.tensors {
            let (own, after) = from.split_at(tensor.rows * tensor.cols);
            check_finite(&tensor.name, own, tensor.cols)?;
            let (panels, rest) = to.split_at_mut(tensor.len());
            PanelsMut::new(tensor.rows, tensor.cols, panels).load_row_major(own);
            (from, to) = (after, rest);
        }
        Ok(())
    }

    fn store(&mut self) -> Result<(), Error> {
        self.loss.d_queries().store_row_major(&mut self.d_x);
        self.loss.d_candidates().store_row_major(&mut self.d_y);
        if !self.d_weights.is_empty() {
            store_tensors(&self.tensors, self.loss.d_parameters(), &mut self.d_weights);
        }
        check_finite("the gradient of x", &self.d_x, self.x.panels.cols())?;
        check_finite("the gradient of y", &self.d_y, self.y.panels.cols())?;
        check_finite("the gradient of the critic", self.loss.d_parameters(), 1)
    }
}

/// The lists that come beside a description; empty ones were not given.
struct Lists<'a> {
    offsets: &'a [u32],
    indices: &'a [u32],
    weights: &'a [f32],
    ids: &'a [u32],
}

/// Where a list lies in memory.
#[repr(C)]
pub struct List<T> {
    at: *const T,
    length: usize,
}

/// Where the lists of a plan lie in memory.
#[repr(C)]
pub struct ListTable {
    offsets: List<u32>,
    indices: List<u32>,
    weights: List<f32>,
    ids: List<u32>,
}

impl<'a> Lists<'a> {
    /// # Safety
    /// Each pointer must be valid for reading as many items as the length beside it says.
    unsafe fn read(table: &ListTable) -> Self {
        // SAFETY: as the caller vouches.
        unsafe {
            Self {
                offsets: slice(table.offsets.at, table.offsets.length),
                indices: slice(table.indices.at, table.indices.length),
                weights: slice(table.weights.at, table.weights.length),
                ids: slice(table.ids.at, table.ids.length),
            }
        }
    }

    fn pairs(&self, n: usize, m: usize) -> Result<Pairs, Error> {
        let pairs = if self.offsets.is_empty() {
            Pairs::diagonal(n, m)?
        } else if self.offsets.len() != n + 1 {
            return Err(Error::shape(format!(
                "expected `positives` of {n} queries, got those of {}",
                self.offsets.len() - 1
            )));
        } else {
            let weights = (!self.weights.is_empty()).then_some(self.weights);
            Pairs::listed(m, self.offsets, self.indices, weights)?
        };
        if self.ids.is_empty() { Ok(pairs) } else { pairs.with_candidate_ids(self.ids) }
    }
}

fn gradients(text: &str) -> Result<Gradients, Error> {
    match text {
        "all" => Ok(Gradients::All),
        "queries" => Ok(Gradients::Queries),
        "none" => Ok(Gradients::None),
        _ => Err(Error::options(format!("`gradients` must be all, queries or none, got {text}"))),
    }
}

fn check_size(
    n: usize,
    m: usize,
    x_dim: usize,
    y_dim: usize,
    hidden: &[usize],
) -> Result<(), Error> {
    let [n64, m64, x64, y64] = [n, m, x_dim, y_dim].map(|size| size as u64);
    // The joint critic: copies of each layer's weights, a and b, tiles of activations.
    let mut inputs = x64.saturating_add(y64);
    let mut joint: u64 = 0;
    for units in hidden.iter().map(|units| *units as u64) {
        let weights = units.saturating_mul(inputs.saturating_mul(8).saturating_add(2048));
        joint = joint.saturating_add(weights);
        inputs = units;
    }
    let first = hidden.first().map_or(0, |units| *units as u64);
    joint = joint.saturating_add(n64.saturating_add(m64).saturating_mul(first).saturating_mul(4));
    let numbers = n64
        .saturating_mul(x64)
        .saturating_add(m64.saturating_mul(y64))
        .saturating_mul(8)
        .saturating_add(m64.saturating_mul(192))
        .saturating_add(x64.saturating_mul(y64).saturating_mul(4))
        .saturating_add(joint);
    if numbers.saturating_mul(4) <= MOST_BYTES {
        return Ok(());
    }
    Err(Error::shape(format!(
        "{n} x {x_dim} against {m} x {y_dim} would take more than {} GiB, what a plan may take",
        MOST_BYTES >> 30
    )))
}

/// A plan from its description, or null.
///
/// Keys: objective (with clip, alpha, beta, gamma where they are not the defaults), critic, n, m, xDim,
/// yDim, gradients, fixedCandidates; of the joint critic criticHidden, its hidden layers, and
/// criticSeed, which fixes the weights it begins with. The lists are positives in
/// compressed rows (none: candidate i is right for query i), their weights (none: equal) and an id a
/// candidate.
///
/// # Safety
/// `spec` must be valid for reading `length` bytes, and `lists` for as many as it says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loss_new(
    spec: *const u8,
    length: usize,
    lists: *const ListTable,
) -> *mut LossPlan {
    // SAFETY: as the caller vouches.
    let (spec, lists) = unsafe { (Spec::read(spec, length), Lists::read(&*lists)) };
    handle_or_refusal(spec.and_then(|spec| LossPlan::new(&spec, lists)))
}

/// Where a row-major buffer begins: 0 x, 1 y, 2 weights, 3 dX, 4 dY, 5 dWeights. Whoever asks for y
/// may change it: fixed candidates are then read anew.
///
/// # Safety
/// `plan` must be a live plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loss_buffer(plan: *mut LossPlan, which: u32) -> *mut f32 {
    // SAFETY: as the caller vouches.
    let plan = unsafe { object(plan) };
    let buffer = match which {
        0 => &mut plan.x.row_major,
        1 => {
            plan.y_changed = true;
            &mut plan.y.row_major
        }
        2 => &mut plan.weights,
        3 => &mut plan.d_x,
        4 => &mut plan.d_y,
        _ => &mut plan.d_weights,
    };
    buffer.as_mut_ptr()
}

/// Evaluates; 0, or 1 where refused.
///
/// # Safety
/// `plan` must be a live plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loss_run(plan: *mut LossPlan, temperature: f32) -> u32 {
    // SAFETY: as the caller vouches.
    let plan = unsafe { object(plan) };
    status(plan.run(temperature))
}

/// From now on the plan is worker `index` of `count` that share evaluations: see [`loss_phase`]; 0, or 1
/// where refused.
///
/// # Safety
/// `plan` must be a live plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loss_share(plan: *mut LossPlan, index: usize, count: usize) -> u32 {
    if index >= count {
        let message = format!("there is no worker {index} of {count}");
        return status(Err(Error::options(message)));
    }
    // SAFETY: as the caller vouches.
    unsafe { object(plan) }.loss.share(Share { index, count });
    status(Ok(()))
}

/// How many phases an evaluation has.
#[unsafe(no_mangle)]
pub extern "C" fn loss_phases() -> u32 {
    PHASES as u32
}

/// Runs one phase of an evaluation, from 0 on; 0, or 1 where refused, which ends it. Before the next, those
/// that share it exchange their [`loss_regions`]; after the last, each has the whole of it.
///
/// # Safety
/// `plan` must be a live plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loss_phase(plan: *mut LossPlan, phase: usize, temperature: f32) -> u32 {
    // SAFETY: as the caller vouches.
    status(unsafe { object(plan) }.phase(phase, temperature))
}

/// What is exchanged after a phase, as words: how many regions, then the owner, the address and the
/// length in bytes of each.
///
/// # Safety
/// `plan` must be a live plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loss_regions(plan: *mut LossPlan, phase: usize) -> *const u32 {
    // SAFETY: as the caller vouches.
    let plan = unsafe { object(plan) };
    plan.list_regions(phase);
    plan.region_words.as_ptr()
}

/// The value of the last evaluation.
///
/// # Safety
/// `plan` must be a live plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loss_value(plan: *mut LossPlan) -> f64 {
    // SAFETY: as the caller vouches.
    unsafe { object(plan) }.value
}

/// What the derivatives of the last evaluation are of.
///
/// # Safety
/// `plan` must be a live plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loss_surrogate(plan: *mut LossPlan) -> f64 {
    // SAFETY: as the caller vouches.
    unsafe { object(plan) }.loss.surrogate()
}

/// The derivative of that by the temperature; 0 unless all gradients were asked for.
///
/// # Safety
/// `plan` must be a live plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loss_d_temperature(plan: *mut LossPlan) -> f32 {
    // SAFETY: as the caller vouches.
    unsafe { object(plan) }.loss.d_parameters().last().copied().unwrap_or(0.0)
}

/// Frees the plan.
///
/// # Safety
/// `plan` must be a live plan.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn loss_free(plan: *mut LossPlan) {
    // SAFETY: as the caller vouches.
    unsafe { take_back(plan) };
}
