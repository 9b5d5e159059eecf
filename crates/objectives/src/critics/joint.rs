//! The joint critic, a multi-layer perceptron on both embeddings: `S_ij = f([g_i; h_j]) / τ`.
//!
//! ```text
//! a_i = W_0 [g_i; 0] + b_0      b_j = W_0 [0; h_j]       z_1 = max(0, a_i + b_j)
//! z_l = max(0, W_{l-1} z_{l-1} + b_{l-1})                S_ij = (W_L z_L + b_L) / τ
//! ```
//!
//! The first layer splits into a part of g and one of h, so only the later layers meet every pair.
//! They do so a tile at a time: eight queries in lanes against [`TILE`] candidates, a panel a
//! candidate, which is a matrix of 8 `TILE` rows for the products, whose last layer leaves scores as
//! they lie. Memory is that of a tile, or of a block of 64 queries where that takes up to
//! [`HELD_BYTES`]: activations are then computed once for scores and derivatives, else twice.

use super::{Critic, CriticGradients, CriticShape, CriticTensor};
use crate::partials::{Sums, Visit};
use kantorovich_kernels::rectify::{add_and_rectify, keep_where_positive};
use kantorovich_kernels::{
    BLOCK_ROWS, Error, F32x8, Into, LANES, Panels, PanelsMut, PanelsRef, nn, nt, panel_len, tn,
    tn_scratch,
};

/// Candidates in a tile.
pub const TILE: usize = 32;

/// The most that the activations of a block may take to be held from scores to derivatives.
pub const HELD_BYTES: usize = 8 << 20;

/// The tensors of the critic with these hidden layers, in order: `0.weight` [hidden, d_x + d_y],
/// `0.bias`, and so on to a last layer of one output.
///
/// # Errors
///
/// `Options` where there is no hidden layer or one without a unit.
pub fn tensors(hidden: &[usize], input: usize) -> Result<Vec<CriticTensor>, Error> {
    if hidden.is_empty() || hidden.contains(&0) {
        return Err(Error::options(
            "the joint critic needs at least one hidden layer, each of at least 1 unit",
        ));
    }
    let mut tensors = Vec::new();
    let mut inputs = input;
    for (at, outputs) in hidden.iter().chain(&[1]).enumerate() {
        let (rows, name) = (*outputs, |part| format!("critic.{at}.{part}"));
        tensors.push(CriticTensor { name: name("weight"), rows, cols: inputs, is_bias: false });
        tensors.push(CriticTensor { name: name("bias"), rows, cols: 1, is_bias: true });
        inputs = rows;
    }
    Ok(tensors)
}

/// A layer of the network: its sizes, and where its weights and biases lie among the parameters.
#[derive(Clone, Copy)]
struct Layer {
    outputs: usize,
    inputs: usize,
    weight: usize,
    bias: usize,
}

impl Layer {
    fn weight<'a>(&self, parameters: &'a [f32]) -> PanelsRef<'a> {
        let length = panel_len(self.outputs, self.inputs);
        PanelsRef::new(self.outputs, self.inputs, &parameters[self.weight..][..length])
    }

    fn weight_mut<'a>(&self, parameters: &'a mut [f32]) -> PanelsMut<'a> {
        let length = panel_len(self.outputs, self.inputs);
        PanelsMut::new(self.outputs, self.inputs, &mut parameters[self.weight..][..length])
    }

    fn bias<'a>(&self, parameters: &'a [f32]) -> &'a [f32] {
        &parameters[self.bias..][..self.outputs]
    }
}

/// The layers in order, the first one whole.
fn layers(hidden: &[usize], input: usize) -> Result<Vec<Layer>, Error> {
    let mut offset = 0;
    let tensors = tensors(hidden, input)?;
    let layer = |pair: &[CriticTensor]| -> Layer {
        let (weight, bias) = (offset, offset + pair[0].len());
        offset = bias + pair[1].len();
        Layer { outputs: pair[0].rows, inputs: pair[0].cols, weight, bias }
    };
    Ok(tensors.chunks_exact(2).map(layer).collect())
}

/// One side's embeddings, their part of the first layer, and what becomes of them.
struct Side {
    embeddings: Panels,
    weight: Panels,
    /// a, or b.
    first: Panels,
    d_first: Panels,
}

impl Side {
    fn new(rows: usize, dim: usize, units: usize, with_gradient: bool) -> Self {
        Self {
            embeddings: Panels::zeros(rows, dim),
            weight: Panels::zeros(units, dim),
            first: Panels::zeros(rows, units),
            d_first: Panels::zeros(if with_gradient { rows } else { 0 }, units),
        }
    }
}

/// A perceptron on pairs of embeddings.
pub struct Joint {
    layers: Vec<Layer>,
    sides: [Side; 2],
    /// b by rows, since a tile takes one candidate's numbers at a time.
    candidates: Vec<f32>,
    d_candidates: Vec<f32>,
    parameters: Vec<f32>,
    d_parameters: Vec<f32>,
    /// The activations of each hidden layer: of every tile of a block, or of one.
    activations: Vec<Vec<f32>>,
    tiles_held: usize,
    /// The first query of the block whose activations are held.
    held: Option<usize>,
    /// Derivatives by one layer's pre-activations, and by the layer's below.
    deltas: [Vec<f32>; 2],
    /// Sums, lane by lane, of the derivatives by each hidden layer's bias, and by the last layer.
    d_biases: Vec<Vec<f32>>,
    d_output: Vec<f32>,
    d_output_bias: [f32; LANES],
    scratch: Vec<f32>,
    /// Whether derivatives by candidates and parameters are wanted.
    all: bool,
}

/// A tile: which panel of a block, which candidates.
#[derive(Clone, Copy)]
struct Tile {
    panel: usize,
    first: usize,
    count: usize,
}

impl Joint {
    /// For these sizes and hidden layers.
    ///
    /// # Errors
    ///
    /// As [`tensors`].
    pub fn new(hidden: &[usize], shape: CriticShape, all: bool) -> Result<Self, Error> {
        let CriticShape { queries, candidates, query_dim, candidate_dim } = shape;
        let layers = layers(hidden, query_dim + candidate_dim)?;
        let units = hidden[0];
        let rows = LANES * TILE.min(candidates);
        let largest = hidden.iter().copied().max().unwrap_or(0);
        let tiles = BLOCK_ROWS.min(queries).div_ceil(LANES) * candidates.div_ceil(TILE);
        let numbers = tiles * rows * hidden.iter().sum::<usize>();
        let tiles_held = if numbers * size_of::<f32>() <= HELD_BYTES { tiles } else { 1 };
        let parameters = layers.last().map_or(0, |last| last.bias + LANES) + 1;
        let when = |wanted: bool, count: usize| vec![0.0; if wanted { count } else { 0 }];
        let lanes = |count: &usize| when(all, count * LANES);
        Ok(Self {
            sides: [
                Side::new(queries, query_dim, units, true),
                Side::new(candidates, candidate_dim, units, all),
            ],
            candidates: vec![0.0; candidates * units],
            d_candidates: when(all, candidates * units),
            parameters: vec![0.0; parameters],
            d_parameters: when(all, parameters),
            activations: hidden.iter().map(|units| vec![0.0; tiles_held * rows * units]).collect(),
            tiles_held,
            held: None,
            deltas: [(); 2].map(|()| vec![0.0; rows * largest]),
            d_biases: hidden.iter().map(lanes).collect(),
            d_output: when(all, hidden[hidden.len() - 1] * LANES),
            d_output_bias: [0.0; LANES],
            scratch: when(all, tn_scratch(rows.max(queries).max(candidates), largest)),
            layers,
            all,
        })
    }

    fn temperature(&self) -> f32 {
        self.parameters[self.parameters.len() - 1]
    }

    /// The tiles of a block of `rows` queries, each with its number.
    fn tiles(&self, rows: usize) -> impl Iterator<Item = (usize, Tile)> + use<> {
        let candidates = self.sides[1].first.rows();
        let a_panel = candidates.div_ceil(TILE);
        (0..rows.div_ceil(LANES) * a_panel).map(move |at| {
            let (panel, first) = (at / a_panel, at % a_panel * TILE);
            (at, Tile { panel, first, count: TILE.min(candidates - first) })
        })
    }

    /// Where the activations of tile `at` with `rows` rows lie in the list of a layer of so many
    /// units.
    fn place(&self, at: usize, rows: usize, units: usize) -> core::ops::Range<usize> {
        let stride = LANES * TILE.min(self.sides[1].first.rows());
        let start = if self.tiles_held > 1 { at * stride * units } else { 0 };
        start..start + rows * units
    }

    /// Computes the activations of tile `at` of the block that begins with query `start`.
    fn activate(&mut self, start: usize, at: usize, tile: Tile) {
        let rows = tile.count * LANES;
        let units = self.layers[0].outputs;
        let place = self.place(at, rows, units);
        let queries = self.sides[0].first.view().panel(start / LANES + tile.panel);
        let candidates = &self.candidates[tile.first * units..];
        add_pairs(queries, candidates, &mut self.activations[0][place]);
        for l in 1..self.activations.len() {
            let layer = self.layers[l];
            let from = self.place(at, rows, layer.inputs);
            let to = self.place(at, rows, layer.outputs);
            let (below, above) = self.activations.split_at_mut(l);
            let below = PanelsRef::new(rows, layer.inputs, &below[l - 1][from]);
            let above = &mut above[0][to];
            let weight = layer.weight(&self.parameters);
            nt(below, weight, PanelsMut::new(rows, layer.outputs, above), Into::Write);
            add_and_rectify(above, layer.bias(&self.parameters));
        }
    }

    /// The last hidden layer's activations of a tile.
    fn last(&self, at: usize, rows: usize) -> &[f32] {
        let l = self.activations.len() - 1;
        &self.activations[l][self.place(at, rows, self.layers[l].outputs)]
    }

    /// Adds what the derivatives by a tile's scores give; `d_scores` is a panel's.
    fn accumulate_tile(&mut self, start: usize, at: usize, tile: Tile, d_scores: &[f32]) {
        let rows = tile.count * LANES;
        let d_scores = &d_scores[tile.first * LANES..][..rows];
        let mut l = self.activations.len() - 1;
        let output = self.layers[l + 1].weight(&self.parameters).as_slice();
        let [mut delta, mut below] = self.deltas.each_mut().map(core::mem::take);
        let units = self.layers[l].outputs;
        let inverse = 1.0 / self.temperature();
        spread(d_scores, inverse, output, self.last(at, rows), &mut delta[..rows * units]);
        if self.all {
            let place = self.place(at, rows, units);
            add_products(d_scores, inverse, &self.activations[l][place], &mut self.d_output);
            add_panels(d_scores, &mut self.d_output_bias);
        }
        while l > 0 {
            let layer = self.layers[l];
            let d = PanelsRef::new(rows, layer.outputs, &delta[..rows * layer.outputs]);
            let place = self.place(at, rows, layer.inputs);
            let activations = &self.activations[l - 1][place];
            if self.all {
                let input = PanelsRef::new(rows, layer.inputs, activations);
                let d_weight = layer.weight_mut(&mut self.d_parameters);
                tn(d, input, d_weight, Into::Add, &mut self.scratch);
                add_panels(d.as_slice(), &mut self.d_biases[l]);
            }
            let to = &mut below[..rows * layer.inputs];
            let weight = layer.weight(&self.parameters);
            nn(d, weight, PanelsMut::new(rows, layer.inputs, to), Into::Write);
            keep_where_positive(to, activations);
            core::mem::swap(&mut delta, &mut below);
            l -= 1;
        }
        let units = self.layers[0].outputs;
        let delta_first = &delta[..rows * units];
        let p = start / LANES + tile.panel;
        add_panels(delta_first, self.sides[0].d_first.view_mut().panel_mut(p));
        if self.all {
            add_lanes(delta_first, &mut self.d_candidates[tile.first * units..]);
        }
        self.deltas = [delta, below];
    }

    fn finish_parameters(&mut self, out: &mut [f32]) {
        let last = self.layers.len() - 1;
        for l in 1..last {
            let bias = self.layers[l].bias;
            sum_lanes(&self.d_biases[l], &mut self.d_parameters[bias..]);
        }
        let Layer { weight, bias, inputs, .. } = self.layers[last];
        // One row of a panel: an element every eight numbers.
        for k in 0..inputs {
            self.d_parameters[weight + k * LANES] = lanes_at(&self.d_output, k).sum();
        }
        self.d_parameters[bias] = lanes_at(&self.d_output_bias, 0).sum() / self.temperature();
        let end = self.parameters.len() - 1;
        let pairs = self.d_parameters[weight..end].iter().zip(&self.parameters[weight..end]);
        // Scores are linear in the last layer and in 1 / τ alike.
        let along: f64 = pairs.map(|(d, parameter)| *d as f64 * *parameter as f64).sum();
        self.d_parameters[end] = (-along / self.temperature() as f64) as f32;
        self.finish_first_layer();
        out.copy_from_slice(&self.d_parameters);
    }

    fn finish_first_layer(&mut self) {
        let layer = self.layers[0];
        let [x, y] = &mut self.sides;
        // The parts' own weights have been used up.
        for side in [&mut *x, &mut *y] {
            let weight = side.weight.view_mut();
            tn(side.d_first.view(), side.embeddings.view(), weight, Into::Write, &mut self.scratch);
        }
        let mut whole = layer.weight_mut(&mut self.d_parameters);
        whole.add_columns(x.weight.view(), 0);
        whole.add_columns(y.weight.view(), x.weight.cols());
        let d_bias = &mut self.d_biases[0];
        let view = x.d_first.view();
        (0..view.panel_count()).for_each(|p| add_panels(view.panel(p), d_bias));
        sum_lanes(d_bias, &mut self.d_parameters[layer.bias..]);
    }
}

impl Critic for Joint {
    fn prepare(
        &mut self,
        queries: PanelsRef<'_>,
        candidates: Option<PanelsRef<'_>>,
        parameters: &[f32],
    ) {
        self.held = None;
        self.parameters.copy_from_slice(parameters);
        let layer = self.layers[0];
        let whole = layer.weight(&self.parameters);
        let mut first = 0;
        for (side, embeddings) in self.sides.iter_mut().zip([Some(queries), candidates]) {
            if let Some(embeddings) = embeddings {
                side.embeddings.view_mut().copy_from(embeddings);
            }
            side.weight.view_mut().copy_columns(whole, first);
            first += side.weight.cols();
            let to = side.first.view_mut();
            nt(side.embeddings.view(), side.weight.view(), to, Into::Write);
            side.d_first.view_mut().clear();
        }
        let [x, y] = &mut self.sides;
        add_bias(x.first.as_mut_slice(), layer.bias(&self.parameters));
        y.first.view().store_row_major(&mut self.candidates);
    }

    fn scores(&mut self, start: usize, mut out: PanelsMut<'_>) {
        let last = self.layers[self.layers.len() - 1];
        let inverse = 1.0 / self.temperature();
        for (at, tile) in self.tiles(out.rows()) {
            self.activate(start, at, tile);
            let rows = tile.count * LANES;
            let weight = last.weight(&self.parameters).as_slice();
            let bias = last.bias(&self.parameters)[0];
            let to = &mut out.panel_mut(tile.panel)[tile.first * LANES..][..rows];
            contract(self.last(at, rows), weight, bias, inverse, to);
        }
        self.held = (self.tiles_held > 1).then_some(start);
    }

    fn accumulate(&mut self, start: usize, _scores: &[f32], d_scores: PanelsRef<'_>) {
        let held = self.held.take() == Some(start);
        for (at, tile) in self.tiles(d_scores.rows()) {
            if !held {
                self.activate(start, at, tile);
            }
            self.accumulate_tile(start, at, tile, d_scores.panel(tile.panel));
        }
    }

    fn by_query(&self) -> PanelsRef<'_> {
        self.sides[0].d_first.view()
    }

    fn sums(&mut self, visit: Visit<'_>) {
        let lists = [&mut self.d_candidates, &mut self.d_parameters, &mut self.d_output];
        for list in lists.into_iter().chain(&mut self.d_biases) {
            visit(Sums::Single(list));
        }
        visit(Sums::Single(&mut self.d_output_bias));
    }

    fn finish(&mut self, _parameters: &[f32], gradients: CriticGradients<'_>) {
        let [x, y] = &mut self.sides;
        if self.all {
            y.d_first.view_mut().load_row_major(&self.d_candidates);
        }
        for (side, to) in [x, y].into_iter().zip([gradients.queries, gradients.candidates]) {
            if let Some(to) = to {
                nn(side.d_first.view(), side.weight.view(), to, Into::Write);
            }
        }
        if let Some(d_parameters) = gradients.parameters {
            self.finish_parameters(d_parameters);
        }
    }
}

/// The lanes of unit `k`.
#[inline(always)]
fn lanes_at(values: &[f32], k: usize) -> F32x8 {
    F32x8::load(&values[k * LANES..])
}

/// `max(0, a_i + b_j)`: eight queries in lanes, a candidate a panel.
#[inline(never)]
fn add_pairs(queries: &[f32], candidates: &[f32], out: &mut [f32]) {
    let units = queries.len() / LANES;
    for (row, out) in candidates.chunks_exact(units).zip(out.chunks_exact_mut(units * LANES)) {
        let groups = queries.chunks_exact(LANES).zip(out.chunks_exact_mut(LANES));
        for ((query, out), candidate) in groups.zip(row) {
            (F32x8::load(query) + F32x8::splat(*candidate)).max(F32x8::zero()).store(out);
        }
    }
}

/// Adds a number a unit to every row.
fn add_bias(values: &mut [f32], bias: &[f32]) {
    for panel in values.chunks_exact_mut(bias.len() * LANES) {
        for (group, bias) in panel.chunks_exact_mut(LANES).zip(bias) {
            (F32x8::load(group) + F32x8::splat(*bias)).store(group);
        }
    }
}

/// `(Σ_k w_k z_k + bias) / τ` of each row; `weight` is a matrix of one row in panels.
#[inline(never)]
fn contract(activations: &[f32], weight: &[f32], bias: f32, inverse: f32, out: &mut [f32]) {
    for (panel, out) in activations.chunks_exact(weight.len()).zip(out.chunks_exact_mut(LANES)) {
        let mut sum = F32x8::splat(bias);
        for (z, w) in panel.chunks_exact(LANES).zip(weight.chunks_exact(LANES)) {
            sum = F32x8::load(z).mul_add(F32x8::splat(w[0]), sum);
        }
        (sum * F32x8::splat(inverse)).store(out);
    }
}

/// `dS w_k / τ` where the unit was above 0.
#[inline(never)]
fn spread(d_scores: &[f32], inverse: f32, weight: &[f32], activations: &[f32], out: &mut [f32]) {
    let panels = activations.chunks_exact(weight.len()).zip(out.chunks_exact_mut(weight.len()));
    for ((panel, out), d_score) in panels.zip(d_scores.chunks_exact(LANES)) {
        let d_score = F32x8::load(d_score) * F32x8::splat(inverse);
        let groups = panel.chunks_exact(LANES).zip(out.chunks_exact_mut(LANES));
        for ((z, out), w) in groups.zip(weight.chunks_exact(LANES)) {
            let above = F32x8::load(z).gt(F32x8::zero());
            F32x8::select(above, d_score * F32x8::splat(w[0]), F32x8::zero()).store(out);
        }
    }
}

/// Adds `dS z_k / τ` over the panels, lane by lane.
#[inline(never)]
fn add_products(d_scores: &[f32], inverse: f32, activations: &[f32], sums: &mut [f32]) {
    for (panel, d_score) in activations.chunks_exact(sums.len()).zip(d_scores.chunks_exact(LANES)) {
        let d_score = F32x8::load(d_score) * F32x8::splat(inverse);
        for (z, sum) in panel.chunks_exact(LANES).zip(sums.chunks_exact_mut(LANES)) {
            F32x8::load(z).mul_add(d_score, F32x8::load(sum)).store(sum);
        }
    }
}

/// Adds the panels to one.
#[inline(never)]
fn add_panels(panels: &[f32], sum: &mut [f32]) {
    for panel in panels.chunks_exact(sum.len()) {
        for (value, sum) in panel.chunks_exact(LANES).zip(sum.chunks_exact_mut(LANES)) {
            (F32x8::load(sum) + F32x8::load(value)).store(sum);
        }
    }
}

/// Adds the sum of each unit's lanes, the numbers of a row a panel.
#[inline(never)]
fn add_lanes(panels: &[f32], rows: &mut [f32]) {
    for (value, sum) in panels.chunks_exact(LANES).zip(rows) {
        *sum += F32x8::load(value).sum();
    }
}

/// Writes the sum of each unit's lanes.
fn sum_lanes(lanes: &[f32], out: &mut [f32]) {
    for (value, out) in lanes.chunks_exact(LANES).zip(out) {
        *out = F32x8::load(value).sum();
    }
}
