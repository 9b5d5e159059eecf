//! The smoothed minimum that Sinkhorn's iteration repeats, in `f32` lanes and in `f64`.
//!
//! `-ε ln Σ_j exp((h_j - C_ij) / ε)` for every i. Costs are worked out block by block and thrown
//! away.

use crate::ground::Ground;
use crate::weighted::Weighted;
use kantorovich_kernels::distances::squared_distances;
use kantorovich_kernels::{BLOCK_ROWS, F32x8, LANES, Panels, PanelsMut, panel_len, rows};

/// Points whose costs are worked out at a time: a block stays in cache.
const COLUMNS: usize = 512;

/// What moving a unit of mass between two points costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// `|x - y|`.
    Euclidean,
    /// `|x - y|²`.
    SquaredEuclidean,
}

impl Cost {
    fn ground(self) -> Ground {
        match self {
            Self::Euclidean => Ground::Euclidean,
            Self::SquaredEuclidean => Ground::SquaredEuclidean,
        }
    }

    /// Of a squared distance.
    pub(crate) fn of_square(self, square: f64) -> f64 {
        match self {
            Self::Euclidean => square.sqrt(),
            Self::SquaredEuclidean => square,
        }
    }
}

/// The points of a sample that have mass.
pub(crate) struct Cloud<'a> {
    points: Vec<&'a [f32]>,
    pub shares: Vec<f64>,
    log_shares: Vec<f64>,
    panels: Panels,
}

/// Where the points of two samples lie: coordinates are counted from the centre in units of
/// `scale`, so that no square leaves `f32`.
pub(crate) struct Frame {
    centre: Vec<f64>,
    scale: f64,
    /// The square of a distance that no two points exceed.
    pub square: f64,
}

impl Frame {
    pub fn around(samples: [&Weighted<'_>; 2]) -> Self {
        let cols = samples[0].cols();
        let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); cols];
        for row in samples.iter().flat_map(|sample| sample.points().chunks_exact(cols)) {
            for ((low, high), x) in ranges.iter_mut().zip(row) {
                (*low, *high) = (low.min(f64::from(*x)), high.max(f64::from(*x)));
            }
        }
        let square: f64 = ranges.iter().map(|(low, high)| (high - low) * (high - low)).sum();
        let scale = if square > 0.0 { square.sqrt() } else { 1.0 };
        let centre = ranges.iter().map(|(low, high)| 0.5 * (low + high)).collect();
        Self { centre, scale, square }
    }

    /// What a cost of 1 between scaled points stands for.
    fn unit(&self, cost: Cost) -> f64 {
        cost.of_square(self.scale * self.scale)
    }
}

impl<'a> Cloud<'a> {
    pub fn new(sample: &Weighted<'a>, frame: &Frame) -> Self {
        let heavy: Vec<usize> = (0..sample.rows()).filter(|i| sample.shares()[*i] > 0.0).collect();
        let points: Vec<&[f32]> = heavy.iter().map(|i| sample.point(*i)).collect();
        let shares: Vec<f64> = heavy.iter().map(|i| sample.shares()[*i]).collect();
        let scaled: Vec<f32> = points
            .iter()
            .flat_map(|point| point.iter().zip(&frame.centre))
            .map(|(x, centre)| ((f64::from(*x) - centre) / frame.scale) as f32)
            .collect();
        Self {
            log_shares: shares.iter().map(|share| libm::log(*share)).collect(),
            panels: Panels::from_row_major(points.len(), sample.cols(), &scaled),
            points,
            shares,
        }
    }

    pub fn len(&self) -> usize {
        self.points.len()
    }
}

/// Smoothed minima at one strength of smoothing.
pub(crate) struct Softmin<'a> {
    pub cost: Cost,
    pub epsilon: f64,
    pub frame: &'a Frame,
}

/// One row of a plan, in `f64`.
pub(crate) struct Row<'a> {
    /// The smoothed minimum.
    pub minimum: f64,
    /// How the row's mass is spread, summing to 1.
    pub spread: &'a [f64],
    /// What moving costs.
    pub costs: &'a [f64],
}

impl Softmin<'_> {
    /// In `f32` lanes; `potential` holds a number for each point of `to`, `out` takes one for each
    /// point of `from`.
    pub fn fast(&self, from: &Cloud<'_>, to: &Cloud<'_>, potential: &[f64], out: &mut [f64]) {
        let heights: Vec<f32> = self.heights(to, potential).map(|height| height as f32).collect();
        let slope = (self.frame.unit(self.cost) / self.epsilon) as f32;
        let mut room = vec![0.0; panel_len(BLOCK_ROWS, COLUMNS)];
        for (block, out) in out.chunks_mut(BLOCK_ROWS).enumerate() {
            let queries = from.panels.view().row_block(block * BLOCK_ROWS, out.len());
            let mut sums = [LogSum::EMPTY; BLOCK_ROWS];
            for (part, heights) in heights.chunks(COLUMNS).enumerate() {
                let candidates = to.panels.view().row_block(part * COLUMNS, heights.len());
                let room = &mut room[..panel_len(out.len(), heights.len())];
                let mut scores = PanelsMut::new(out.len(), heights.len(), room);
                squared_distances(queries, candidates, scores.reborrow());
                let panels = scores.as_mut_slice().chunks_exact_mut(heights.len() * LANES);
                for (panel, sums) in panels.zip(sums.chunks_exact_mut(LANES)) {
                    self.microkernel_score(panel, heights, slope);
                    let highest = rows::max(panel);
                    let total = rows::exp_shifted(panel, highest);
                    for ((sum, highest), total) in sums.iter_mut().zip(highest).zip(total) {
                        sum.add(f64::from(highest), total);
                    }
                }
            }
            for (out, sum) in out.iter_mut().zip(&sums) {
                *out = -self.epsilon * sum.value();
            }
        }
    }

    /// Squared distances become exponents. A call of bounded length, so that V8 can replace its
    /// baseline code between calls.
    #[inline(never)]
    fn microkernel_score(&self, panel: &mut [f32], heights: &[f32], slope: f32) {
        let slope = F32x8::splat(-slope);
        for (group, height) in panel.chunks_exact_mut(LANES).zip(heights) {
            let square = F32x8::load(group);
            let cost = if self.cost == Cost::Euclidean { square.sqrt() } else { square };
            cost.mul_add(slope, F32x8::splat(*height)).store(group);
        }
    }

    /// In `f64`, row by row.
    pub fn exact(
        &self,
        from: &Cloud<'_>,
        to: &Cloud<'_>,
        potential: &[f64],
        mut each: impl FnMut(usize, Row<'_>),
    ) {
        let heights: Vec<f64> = self.heights(to, potential).collect();
        let (mut costs, mut spread) = (vec![0.0; to.len()], vec![0.0; to.len()]);
        for (i, x) in from.points.iter().enumerate() {
            self.cost.ground().microkernel_costs(x, &to.points, &mut costs);
            let log_sum = microkernel_spread(&heights, &costs, self.epsilon, &mut spread);
            let minimum = -self.epsilon * log_sum;
            each(i, Row { minimum, spread: &spread, costs: &costs });
        }
    }

    fn heights(&self, to: &Cloud<'_>, potential: &[f64]) -> impl Iterator<Item = f64> {
        let epsilon = self.epsilon;
        potential.iter().zip(&to.log_shares).map(move |(g, log_share)| g / epsilon + log_share)
    }
}

/// Writes the shares `exp((h - c) / ε)` of a row, divided by their sum, and returns its logarithm.
/// A call of bounded length, so that V8 can replace its baseline code between calls.
#[inline(never)]
fn microkernel_spread(heights: &[f64], costs: &[f64], epsilon: f64, spread: &mut [f64]) -> f64 {
    let mut highest = f64::NEG_INFINITY;
    for ((to, height), cost) in spread.iter_mut().zip(heights).zip(costs) {
        *to = height - cost / epsilon;
        highest = highest.max(*to);
    }
    let mut total = 0.0;
    for share in spread.iter_mut() {
        *share = libm::exp(*share - highest);
        total += *share;
    }
    spread.iter_mut().for_each(|share| *share /= total);
    highest + libm::log(total)
}

/// `ln Σ exp` of numbers that come in parts.
#[derive(Clone, Copy)]
struct LogSum {
    highest: f64,
    total: f64,
}

impl LogSum {
    const EMPTY: Self = Self { highest: f64::NEG_INFINITY, total: 0.0 };

    /// Another part: `total` times the exponential of `highest`.
    fn add(&mut self, highest: f64, total: f64) {
        let most = self.highest.max(highest);
        self.total =
            self.total * libm::exp(self.highest - most) + total * libm::exp(highest - most);
        self.highest = most;
    }

    fn value(&self) -> f64 {
        self.highest + libm::log(self.total)
    }
}
