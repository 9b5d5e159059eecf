//! A trainer with the row-major buffers, reports and lists through which JavaScript reaches it.

use crate::regions::write_regions;
use crate::spec::Spec;
use crate::trainer_spec::trainer_spec;
use core::ops::Range;
use kantorovich_kernels::{
    BLOCK_ROWS, Error, LANES, Panels, PanelsMut, PanelsRef, Region, Share, panel_len,
};
use kantorovich_lipschitz::{Certificate, Metric};
use kantorovich_training::{Counters, Phase, Side, StateTensor, StepReport, Tensors, Trainer};

/// A trainer and the buffers through which JavaScript reaches it.
pub struct TrainerPlan {
    trainer: Trainer,
    /// The batches and embeddings of x and y.
    pub sides: [SideBuffers; 2],
    /// The numbers that the last call left.
    pub numbers: [f64; 7],
    /// The words that the last call left.
    pub words: [u32; 6],
    /// The text that the last call left.
    pub text: String,
    regions: Vec<Region>,
    /// The regions of the last call: how many, then owner, address and length in bytes of each.
    pub region_words: Vec<u32>,
}

/// One side's batch and its embeddings.
pub struct SideBuffers {
    /// The batch.
    pub input: Buffer,
    /// Its embeddings.
    pub embeddings: Buffer,
}

/// Rows as JavaScript sees them and as the core does.
pub struct Buffer {
    /// As JavaScript reads and writes them.
    pub row_major: Vec<f32>,
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

    /// Some rows of a whole batch as JavaScript wrote them, the first a multiple of eight.
    fn load_some(&mut self, own: Range<usize>) {
        if !own.is_empty() {
            let cols = self.panels.cols();
            let row_major = &self.row_major[own.start * cols..own.end * cols];
            self.panels.view_mut().row_block(own.start, own.len()).load_row_major(row_major);
        }
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
    /// A trainer from its description; with `drawn=false`, one that waits for parameters.
    pub fn new(spec: &Spec<'_>) -> Result<Self, Error> {
        let described = trainer_spec(spec)?;
        let trainer = match spec.optional("drawn") {
            Some("false") => Trainer::blank(&described)?,
            _ => Trainer::new(&described)?,
        };
        let sides = Side::BOTH.map(|side| SideBuffers::new(&trainer, side));
        Ok(Self {
            trainer,
            sides,
            numbers: [0.0; 7],
            words: [0; 6],
            text: String::new(),
            regions: Vec::new(),
            region_words: Vec::new(),
        })
    }

    /// From now on the trainer is one of several that share steps.
    pub fn share(&mut self, index: usize, count: usize) -> Result<(), Error> {
        if index >= count {
            return Err(Error::options(format!("there is no worker {index} of {count}")));
        }
        self.trainer.share(Share { index, count });
        Ok(())
    }

    /// The rows of a batch that those with whom it shares steps get from it.
    fn own_rows(&self) -> Range<usize> {
        self.trainer.shared().rows(self.trainer.spec().batch, BLOCK_ROWS)
    }

    /// Leaves the first of those rows and the one after the last as words.
    pub fn count_rows(&mut self) {
        let Range { start, end } = self.own_rows();
        self.words[..2].copy_from_slice(&[start as u32, end as u32]);
    }

    /// Runs one phase of a step on the batches, of which the first takes up its own rows; after the last,
    /// the report is left as numbers.
    pub fn phase(&mut self, phase: usize) -> Result<(), Error> {
        let Some(which) = Phase::ALL.get(phase) else {
            return Err(Error::options(format!(
                "a step has {} phases, got {phase}",
                Phase::ALL.len()
            )));
        };
        let own = self.own_rows();
        let [x, y] = &mut self.sides;
        if phase == 0 {
            x.input.load_some(own.clone());
            y.input.load_some(own);
        }
        self.trainer.phase(*which, x.input.panels.view(), y.input.panels.view())?;
        if phase + 1 == Phase::ALL.len() {
            self.numbers = numbers(self.trainer.report());
        }
        Ok(())
    }

    /// Leaves what those that share a step exchange after a phase, or, past the last, for the state.
    pub fn list_regions(&mut self, phase: usize) {
        match Phase::ALL.get(phase) {
            Some(phase) => self.trainer.regions(*phase, &mut self.regions),
            None => self.trainer.state_regions(&mut self.regions),
        }
        let shared = self.trainer.shared();
        if phase == 0 && !shared.is_whole() {
            for SideBuffers { input, .. } in &self.sides {
                Region::of_rows(shared, input.panels.view(), BLOCK_ROWS, &mut self.regions);
            }
        }
        write_regions(&self.regions, &mut self.region_words);
    }

    /// Takes a step on the batches; the report is left as numbers.
    pub fn step(&mut self) -> Result<(), Error> {
        let rows = self.trainer.spec().batch;
        let [x, y] = &mut self.sides;
        let report = self.trainer.step(x.input.load(rows), y.input.load(rows))?;
        self.numbers = numbers(report);
        Ok(())
    }

    /// Evaluates the batches as held-out pairs; the values are left as numbers.
    pub fn evaluate(&mut self) -> Result<(), Error> {
        let rows = self.trainer.spec().batch;
        let [x, y] = &mut self.sides;
        let found = self.trainer.evaluate(x.input.load(rows), y.input.load(rows))?;
        self.numbers[..3].copy_from_slice(&[found.value, found.wdm, found.wdm_all]);
        Ok(())
    }

    /// Embeds the first `rows` rows of a side's batch.
    pub fn embed(&mut self, side: Side, rows: usize) -> Result<(), Error> {
        let most = self.trainer.spec().batch;
        if rows > most {
            return Err(Error::shape(format!("at most {most} rows at a time, got {rows}")));
        }
        let SideBuffers { input, embeddings } = &mut self.sides[side.index()];
        self.trainer.embed(side, input.load(rows), embeddings.view_mut(rows))?;
        embeddings.store(rows);
        Ok(())
    }

    /// Leaves the constants of f's parts: the encoders', then the critic's by each embedding, NaN
    /// where it has none.
    pub fn constants(&mut self, within: Option<[f64; 2]>) {
        let [x, y] = self.trainer.encoder_constants();
        let [g, h] = self.trainer.critic_slopes(within).unwrap_or([f64::NAN; 2]);
        self.numbers[..4].copy_from_slice(&[x, y, g, h]);
    }

    /// The critic's Lipschitz constant, or NaN with the reason left as text.
    pub fn certify(&mut self, metric: Metric, within: Option<[f64; 2]>) -> f64 {
        match self.trainer.certificate(metric, within) {
            Certificate::Lipschitz { constant, .. } => constant,
            Certificate::None { reason } => {
                self.text = reason.to_string();
                f64::NAN
            }
        }
    }

    /// Leaves the tensors as text: `name=2,3`, a line each.
    pub fn list(&mut self, which: Tensors) {
        let line = |tensor: &StateTensor| {
            let shape: Vec<String> = tensor.shape.iter().map(usize::to_string).collect();
            format!("{}={}", tensor.name, shape.join(","))
        };
        self.text = self.trainer.tensors(which).iter().map(line).collect::<Vec<_>>().join("\n");
    }

    /// Writes the tensors to `out`, one after another.
    pub fn read(&mut self, which: Tensors, out: &mut [f32]) -> Result<(), Error> {
        let mut rest = out;
        for tensor in self.trainer.tensors(which) {
            let room = tensor.len().min(rest.len());
            let (own, others) = rest.split_at_mut(room);
            self.trainer.read(which, &tensor, own)?;
            rest = others;
        }
        Ok(())
    }

    /// Leaves the counters as words.
    pub fn count(&mut self) {
        let Counters { step, random: [a, b, c, d] } = self.trainer.counters();
        self.words = [step as u32, (step >> 32) as u32, a, b, c, d];
    }

    /// Takes up a state with its words, or a model's parameters without any.
    pub fn restore(&mut self, values: &[f32], words: &[u32]) -> Result<(), Error> {
        let &[low, high, a, b, c, d] = words else {
            return self.trainer.import(values);
        };
        let step = (high as u64) << 32 | low as u64;
        self.trainer.restore(values, Counters { step, random: [a, b, c, d] })
    }
}

fn numbers(report: StepReport) -> [f64; 7] {
    [
        report.step as f64,
        report.value,
        report.penalty,
        report.loss,
        report.gradient_norm,
        report.learning_rate,
        report.temperature,
    ]
}
