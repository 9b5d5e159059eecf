//! The streaming driver: any critic with any objective, in memory linear in n and m.
//!
//! ```text
//! for each block of 64 queries:   scores (critic)  ->  derivatives, in place (objective)
//!                                 ->  derivatives by features and parameters (critic)
//! ```
//!
//! Objectives whose normalisers span rows see the matrix twice; up to [`KEPT_BYTES`] it is kept
//! between the passes, above that it is computed again.

use crate::critics::{self, Critic, CriticGradients, CriticShape, CriticSpec};
use crate::objectives::{self, Objective, ObjectiveOptions};
use crate::pairs::Pairs;
use crate::panel::Panel;
use kantorovich_kernels::{
    BLOCK_ROWS, Decimal, Error, LANES, Panels, PanelsMut, PanelsRef, panel_len,
};

/// The largest score matrix that is kept between two passes.
pub const KEPT_BYTES: usize = 8 << 20;

/// Which derivatives are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gradients {
    /// By both embeddings and the critic's parameters.
    All,
    /// By the embeddings of the queries only.
    Queries,
    /// None: the value alone.
    None,
}

/// What fixes a [`Loss`].
pub struct LossSpec<'a> {
    /// The objective's name in the vocabulary.
    pub objective: &'a str,
    /// The numbers that fix it.
    pub options: ObjectiveOptions,
    /// The critic.
    pub critic: CriticSpec<'a>,
    /// The size of a query's embedding.
    pub query_dim: usize,
    /// The size of a candidate's embedding.
    pub candidate_dim: usize,
    /// The derivatives wanted.
    pub gradients: Gradients,
}

/// A critic and an objective over fixed shapes and pairs; evaluating it allocates nothing.
pub struct Loss {
    shape: CriticShape,
    pairs: Pairs,
    critic: Box<dyn Critic>,
    objective: Box<dyn Objective>,
    gradients: Gradients,
    /// The whole score matrix where it is kept, else one block.
    scores: Vec<f32>,
    keeps: bool,
    /// A block of scores, for critics that need them beside their derivatives.
    copy: Vec<f32>,
    d_queries: Panels,
    d_candidates: Panels,
    d_parameters: Vec<f32>,
    surrogate: f64,
}

impl Loss {
    /// Fixes shapes and allocates.
    ///
    /// # Errors
    ///
    /// `Options` on unknown names and options out of range, `Shape` on sizes that the critic cannot take, `Data` where the
    /// objective needs mismatched pairs and there are none.
    pub fn new(spec: &LossSpec<'_>, pairs: Pairs) -> Result<Self, Error> {
        let LossSpec { query_dim, candidate_dim, gradients, .. } = *spec;
        if query_dim == 0 || candidate_dim == 0 {
            return Err(Error::shape("expected embeddings of at least 1 number, got 0"));
        }
        let (queries, candidates) = (pairs.queries(), pairs.candidates());
        let shape = CriticShape { queries, candidates, query_dim, candidate_dim };
        let objective = objectives::build(spec.objective, spec.options, &pairs)?;
        let critic = critics::build(spec.critic, shape, gradients == Gradients::All)?;
        let whole = panel_len(queries, candidates);
        let keeps = objective.needs_statistics() && whole * size_of::<f32>() <= KEPT_BYTES;
        let block = panel_len(BLOCK_ROWS.min(queries), candidates);
        let streams = objective.linear().is_none() || !critic.is_linear();
        let copies = critic.needs_scores() || keeps;
        let parameters = critics::parameter_count(spec.critic, query_dim, candidate_dim)?;
        let rows = |count: usize, when: bool| if when { count } else { 0 };
        Ok(Self {
            shape,
            pairs,
            critic,
            objective,
            gradients,
            scores: vec![0.0; if keeps { whole } else { rows(block, streams) }],
            keeps,
            copy: vec![0.0; rows(block, copies)],
            d_queries: Panels::zeros(rows(queries, gradients != Gradients::None), query_dim),
            d_candidates: Panels::zeros(
                rows(candidates, gradients == Gradients::All),
                candidate_dim,
            ),
            d_parameters: vec![0.0; rows(parameters, gradients == Gradients::All)],
            surrogate: 0.0,
        })
    }

    /// The value; the derivatives of what is climbed ([`Loss::surrogate`]) are left in
    /// [`Loss::d_queries`] and its siblings.
    ///
    /// `queries` is n x d, `candidates` m x d, absent where they are those of the last evaluation (there must be one);
    /// `parameters` are the critic's (see [`critics`]).
    ///
    /// # Errors
    ///
    /// `Data` where the value is not finite: scores or their exponentials left single precision.
    pub fn evaluate<'a>(
        &mut self,
        queries: PanelsRef<'_>,
        candidates: impl std::convert::Into<Option<PanelsRef<'a>>>,
        parameters: &[f32],
    ) -> Result<f64, Error> {
        self.critic.prepare(queries, candidates.into(), parameters);
        let differentiate = self.gradients != Gradients::None;
        let linear = self.objective.linear();
        self.surrogate = match linear.and_then(|linear| self.critic.linear(linear, differentiate)) {
            Some(value) => value,
            None => self.stream(),
        };
        let value = self.objective.take_estimate().unwrap_or(self.surrogate);
        if !(value.is_finite() && self.surrogate.is_finite()) {
            return Err(Error::data(format!(
                "the value of the objective is {}: scores or their exponentials exceed single precision; scale the embeddings down or raise the temperature",
                Decimal(if value.is_finite() { self.surrogate } else { value })
            )));
        }
        self.finish(parameters);
        Ok(value)
    }

    /// What the last evaluation's derivatives are of: its value, unless the objective reports
    /// another number than it climbs.
    pub fn surrogate(&self) -> f64 {
        self.surrogate
    }

    /// The derivative by the embeddings of the queries, n x d; empty where not asked for.
    pub fn d_queries(&self) -> PanelsRef<'_> {
        self.d_queries.view()
    }

    /// The derivative by the embeddings of the candidates, m x d; empty where not asked for.
    pub fn d_candidates(&self) -> PanelsRef<'_> {
        self.d_candidates.view()
    }

    /// The derivative by the critic's parameters; empty where not asked for.
    pub fn d_parameters(&self) -> &[f32] {
        &self.d_parameters
    }

    /// The sizes it works with.
    pub fn shape(&self) -> CriticShape {
        self.shape
    }

    fn stream(&mut self) -> f64 {
        if self.objective.needs_statistics() {
            self.objective.begin(self.critic.bound());
            self.blocks().for_each(|(start, rows)| self.observe(start, rows));
            self.objective.conclude();
        }
        let mut value = self.objective.constant();
        for (start, rows) in self.blocks() {
            value += self.differentiate(start, rows);
        }
        value
    }

    /// `(first row, rows)` of each block.
    fn blocks(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let queries = self.shape.queries;
        (0..queries).step_by(BLOCK_ROWS).map(move |start| (start, BLOCK_ROWS.min(queries - start)))
    }

    /// Where the scores of a block lie.
    fn place(&self, start: usize, rows: usize) -> core::ops::Range<usize> {
        let from = if self.keeps { start * self.shape.candidates } else { 0 };
        from..from + panel_len(rows, self.shape.candidates)
    }

    fn score(&mut self, start: usize, rows: usize) {
        let place = self.place(start, rows);
        let out = PanelsMut::new(rows, self.shape.candidates, &mut self.scores[place]);
        self.critic.scores(start, out);
    }

    fn observe(&mut self, start: usize, rows: usize) {
        self.score(start, rows);
        let place = self.place(start, rows);
        let scores = if self.keeps {
            let copy = &mut self.copy[..place.len()];
            copy.copy_from_slice(&self.scores[place]);
            copy
        } else {
            &mut self.scores[place]
        };
        for (p, scores) in scores.chunks_mut(self.shape.candidates * LANES).enumerate() {
            let mut panel = Panel { scores, first: start + p * LANES, pairs: &self.pairs };
            self.objective.observe(&mut panel);
        }
    }

    fn differentiate(&mut self, start: usize, rows: usize) -> f64 {
        if !self.keeps {
            self.score(start, rows);
        }
        let place = self.place(start, rows);
        let scores = &mut self.scores[place];
        let length = if self.critic.needs_scores() { scores.len() } else { 0 };
        self.copy[..length].copy_from_slice(&scores[..length]);
        let mut value = 0.0;
        for (p, scores) in scores.chunks_mut(self.shape.candidates * LANES).enumerate() {
            let mut panel = Panel { scores, first: start + p * LANES, pairs: &self.pairs };
            value += self.objective.differentiate(&mut panel);
        }
        if self.gradients != Gradients::None {
            let d_scores = PanelsRef::new(rows, self.shape.candidates, scores);
            self.critic.accumulate(start, &self.copy[..length], d_scores);
        }
        value
    }

    fn finish(&mut self, parameters: &[f32]) {
        if self.gradients == Gradients::None {
            return;
        }
        let all = self.gradients == Gradients::All;
        let gradients = CriticGradients {
            queries: Some(self.d_queries.view_mut()),
            candidates: all.then(|| self.d_candidates.view_mut()),
            parameters: all.then_some(&mut self.d_parameters[..]),
        };
        self.critic.finish(parameters, gradients);
    }
}
