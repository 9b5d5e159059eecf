//! The streaming driver: any critic with any objective, in memory linear in n and m.
//!
//! ```text
//! for each block of 64 queries:   scores (critic)  ->  derivatives, in place (objective)
//!                                 ->  derivatives by features and parameters (critic)
//! ```
//!
//! Objectives whose normalisers span rows see the matrix twice; up to [`KEPT_BYTES`] it is kept
//! between the passes, above that it is computed again.
//!
//! Sums over queries run over *groups* of blocks, whose sums join in order. Several instances may each
//! take some of the groups and exchange their sums ([`Loss::share`]): every one of them then ends with
//! the bits that one alone gets.

use crate::critics::{self, Critic, CriticGradients, CriticShape, CriticSpec};
use crate::objectives::{self, Objective, ObjectiveOptions};
use crate::pairs::Pairs;
use crate::panel::Panel;
use crate::partials::{self, Partials, Sums, Visit};
use kantorovich_kernels::{
    BLOCK_ROWS, Decimal, Error, LANES, Panels, PanelsMut, PanelsRef, Region, Share, panel_len,
};
use std::ops::Range;

/// The largest score matrix that is kept between two passes.
pub const KEPT_BYTES: usize = 8 << 20;

/// The most groups of blocks whose sums are taken apart.
const MOST_GROUPS: usize = 8;

/// The memory that the sums of all groups may take before there are fewer groups, but for a few.
const GROUPS_BYTES: usize = 64 << 20;
const FEW_GROUPS: usize = 4;

/// A pass over the score matrix, after which instances that share it exchange what they have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// [`Loss::observe`].
    Observe,
    /// [`Loss::differentiate`].
    Differentiate,
}

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
    /// What is climbed, as far as it was seen.
    value: f64,
    surrogate: f64,
    groups: usize,
    /// The groups' sums together.
    total: Partials,
    share: Share,
    /// Where it is shared, each group's statistics and sums.
    group_statistics: Vec<Partials>,
    group_sums: Vec<Partials>,
}

/// Shows all that is added up over queries: the critic's, the objective's, and the value.
macro_rules! sums {
    ($loss:expr) => {
        |visit: Visit<'_>| {
            $loss.critic.sums(visit);
            $loss.objective.sums(visit);
            visit(Sums::Double(std::slice::from_mut(&mut $loss.value)));
        }
    };
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
        let mut objective = objectives::build(spec.objective, spec.options, &pairs)?;
        let mut critic = critics::build(spec.critic, shape, gradients == Gradients::All)?;
        let total = Partials::room_for(|visit| {
            critic.sums(visit);
            objective.sums(visit);
            visit(Sums::Double(&mut [0.0]));
        });
        let groups = group_count(queries, total.bytes());
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
            value: 0.0,
            surrogate: 0.0,
            groups,
            total: if groups > 1 { total } else { Partials::default() },
            share: Share::WHOLE,
            group_statistics: Vec::new(),
            group_sums: Vec::new(),
        })
    }

    /// From now on takes its part of the groups only; see [`Loss::regions`].
    pub fn share(&mut self, share: Share) {
        self.share = share;
        let (objective, groups) = (&mut self.objective, self.groups);
        let statistics = Partials::room_for(|visit| objective.statistics(visit));
        self.total = Partials::room_for(sums!(self));
        self.group_statistics = vec![statistics; groups];
        self.group_sums = vec![self.total.clone(); groups];
    }

    /// Adds to `list` what instances that share the work exchange after a pass.
    pub fn regions(&self, pass: Pass, list: &mut Vec<Region>) {
        if self.share.is_whole() {
            return;
        }
        let groups = match pass {
            Pass::Observe if self.objective.needs_statistics() => &self.group_statistics,
            Pass::Differentiate if self.streams() => &self.group_sums,
            _ => return,
        };
        for share in self.share.all() {
            for group in share.of(self.groups) {
                groups[group].regions(share.index, list);
            }
        }
        if pass == Pass::Differentiate && self.gradients != Gradients::None {
            let by_query = self.critic.by_query();
            for share in self.share.all() {
                let rows = self.rows_of(share.of(self.groups));
                list.push(Region::of(share.index, by_query.rows_in(rows)));
            }
        }
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
        self.begin(queries, candidates, parameters);
        self.observe();
        self.differentiate();
        self.conclude(parameters)
    }

    /// Begins an evaluation, as [`Loss::evaluate`]; followed by [`Loss::observe`],
    /// [`Loss::differentiate`] and [`Loss::conclude`], with an exchange before the next where it is shared.
    pub fn begin<'a>(
        &mut self,
        queries: PanelsRef<'_>,
        candidates: impl std::convert::Into<Option<PanelsRef<'a>>>,
        parameters: &[f32],
    ) {
        self.critic.prepare(queries, candidates.into(), parameters);
    }

    /// The first pass, of objectives that need one.
    pub fn observe(&mut self) {
        if !self.objective.needs_statistics() {
            return;
        }
        self.objective.begin(self.critic.bound());
        for group in self.share.of(self.groups) {
            self.blocks(group).for_each(|(start, rows)| self.observe_block(start, rows));
            match self.group_statistics.get_mut(group) {
                Some(own) => {
                    own.store(|visit| self.objective.statistics(visit));
                    // Joined with the others' once they have come; until then, the next begins anew.
                    self.objective.begin(self.critic.bound());
                }
                None => self.objective.join(),
            }
        }
    }

    /// The second pass.
    pub fn differentiate(&mut self) {
        if !self.streams() {
            let differentiate = self.gradients != Gradients::None;
            let linear = self.objective.linear();
            self.value = linear.and_then(|l| self.critic.linear(l, differentiate)).unwrap_or(0.0);
            return;
        }
        if self.objective.needs_statistics() {
            for group in &mut self.group_statistics {
                group.load(|visit| self.objective.statistics(visit));
                self.objective.join();
            }
            self.objective.conclude();
        }
        self.total.clear();
        for group in self.share.of(self.groups) {
            self.differentiate_group(group);
        }
    }

    fn differentiate_group(&mut self, group: usize) {
        partials::clear(sums!(self));
        for (start, rows) in self.blocks(group) {
            self.value += self.differentiate_block(start, rows);
        }
        match self.group_sums.get_mut(group) {
            Some(own) => own.store(sums!(self)),
            None if self.groups > 1 => self.total.add(sums!(self)),
            None => {}
        }
    }

    /// Ends an evaluation; see [`Loss::evaluate`].
    ///
    /// # Errors
    ///
    /// As [`Loss::evaluate`].
    pub fn conclude(&mut self, parameters: &[f32]) -> Result<f64, Error> {
        self.surrogate = self.value;
        if self.streams() {
            self.group_sums.iter().for_each(|group| self.total.add_copy(group));
            if self.groups > 1 || !self.group_sums.is_empty() {
                self.total.load(sums!(self));
            }
            self.surrogate = self.objective.constant() + self.value;
        }
        let value = self.objective.estimate().unwrap_or(self.surrogate);
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

    /// Whether the score matrix is looked at.
    fn streams(&self) -> bool {
        self.objective.linear().is_none() || !self.critic.is_linear()
    }

    /// The queries of some groups.
    fn rows_of(&self, groups: Range<usize>) -> Range<usize> {
        let queries = self.shape.queries;
        let start = |group: usize| {
            let block = group * queries.div_ceil(BLOCK_ROWS) / self.groups;
            (block * BLOCK_ROWS).min(queries)
        };
        start(groups.start)..start(groups.end)
    }

    /// `(first row, rows)` of each block of a group.
    fn blocks(&self, group: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let rows = self.rows_of(group..group + 1);
        let end = rows.end;
        rows.step_by(BLOCK_ROWS).map(move |start| (start, BLOCK_ROWS.min(end - start)))
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

    fn observe_block(&mut self, start: usize, rows: usize) {
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

    fn differentiate_block(&mut self, start: usize, rows: usize) -> f64 {
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

/// The groups of the blocks of so many queries, whose sums take so many bytes each.
fn group_count(queries: usize, bytes: usize) -> usize {
    let affordable = (GROUPS_BYTES / bytes.max(1)).clamp(FEW_GROUPS, MOST_GROUPS);
    queries.div_ceil(BLOCK_ROWS).clamp(1, affordable)
}
