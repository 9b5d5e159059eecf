//! Symmetric InfoNCE: half the sum of InfoNCE over rows and over columns (CLIP, Radford et al. 2021).
//!
//! ```text
//! columns = 1/c Σ_j [ Σ_i v_ij S_ij - ln Σ_{i in K_j} e^S_ij + ln |K_j| ]
//! ```
//!
//! over the c columns that have a positive; `v_ij` is `w_ij` scaled to sum to 1 in its column, and
//! K_j are the queries for which candidate j is not excluded.
//!
//! Where no score is large, `e^S` itself serves rows and columns alike: one exponential a score and
//! pass, `dS = e^S (a / R_i + b / C_j)`. Elsewhere each sum has a shift of its own.

use super::Objective;
use crate::pairs::Pairs;
use crate::panel::Panel;
use crate::partials::{Sums, Visit};
use kantorovich_kernels::columns::LogSumExp;
use kantorovich_kernels::{Exponential, F32x8, LANES, rows};

/// Up to here exponentials, the sums of many, and the inverses of sums stay within single precision.
const BOUNDED: f64 = 60.0;

/// InfoNCE over rows and columns alike.
pub struct SymmetricInfoNce {
    half_inverse_rows: f64,
    half_inverse_columns: f64,
    columns: Vec<Column>,
    /// `ln Σ e^S` of the columns' candidates that are not positive: of all rows, and of a group.
    others: LogSumExp,
    group: LogSumExp,
    /// Of a group of rows: `ln Σ e^S` of each column's positives.
    group_positives: Vec<f64>,
    /// `ln Σ_i e^S_ij` of each column; infinity for a column without a positive, so that its
    /// softmax is 0.
    normalisers: Vec<f32>,
    /// `b / C_j` of each column, for bounded scores.
    factors: Vec<f32>,
    column_constant: f64,
    /// Whether no score exceeds [`BOUNDED`] in this evaluation.
    bounded: bool,
    /// Of bounded scores: `ln Σ e^S` of each row's candidates that are not positive.
    row_others: Vec<f64>,
    /// The scores of a panel's positives, row after row; their derivatives later.
    positives: Vec<f64>,
}

/// What is known of a column.
#[derive(Clone, Copy)]
struct Column {
    /// The sum of the weights of its positives; 0 for a column without one.
    weight: f64,
    /// |K_j|.
    kept: usize,
    /// `ln Σ e^S` over its positives.
    positives: f64,
    /// The same over its other candidates, and over all.
    others: f64,
    total: f64,
}

/// `ln(e^a + e^b)`; minus infinity where both are.
fn log_add(a: f64, b: f64) -> f64 {
    let max = if a > b { a } else { b };
    if max == f64::NEG_INFINITY {
        max
    } else {
        max + libm::log(libm::exp(a - max) + libm::exp(b - max))
    }
}

/// `weight - e^(score - total)`, without the cancellation of a softmax near 1: `others` and
/// `positives` are the parts of the sum whose logarithm is `total`.
fn slope(weight: f64, score: f64, others: f64, positives: f64, total: f64) -> f64 {
    let own = weight * libm::exp(positives - total) - libm::exp(score - total);
    weight * libm::exp(others - total) + own
}

impl SymmetricInfoNce {
    /// For these pairs.
    pub fn new(pairs: &Pairs) -> Self {
        let empty = f64::NEG_INFINITY;
        let column = Column {
            weight: 0.0,
            kept: pairs.queries(),
            positives: empty,
            others: empty,
            total: empty,
        };
        let mut columns = vec![column; pairs.candidates()];
        for i in 0..pairs.queries() {
            pairs.excluded(i).iter().for_each(|j| columns[*j as usize].kept -= 1);
            for (j, weight) in pairs.positives(i) {
                columns[*j as usize].weight += *weight as f64;
            }
        }
        let used = columns.iter().filter(|column| column.weight > 0.0).count();
        Self {
            half_inverse_rows: 0.5 / pairs.queries() as f64,
            half_inverse_columns: 0.5 / used as f64,
            columns,
            others: LogSumExp::new(pairs.candidates()),
            group: LogSumExp::new(pairs.candidates()),
            group_positives: vec![empty; pairs.candidates()],
            normalisers: vec![0.0; pairs.candidates()],
            factors: vec![0.0; pairs.candidates()],
            column_constant: 0.0,
            bounded: false,
            row_others: vec![0.0; pairs.queries().div_ceil(LANES) * LANES],
            positives: vec![0.0; pairs.most_positives_of_a_panel()],
        }
    }

    /// `v_ij` of a positive.
    fn column_weight(&self, j: u32, weight: f32) -> f64 {
        match self.columns[j as usize].weight {
            total if total > 0.0 => weight as f64 / total,
            _ => 0.0,
        }
    }

    /// Turns the scores of row `i`'s positives into derivatives.
    fn differentiate_positives(
        &self,
        pairs: &Pairs,
        i: usize,
        scores: &mut [f64],
        others: f64,
    ) -> f64 {
        let positives = scores.iter().fold(f64::NEG_INFINITY, |sum, score| log_add(sum, *score));
        let total = log_add(others, positives);
        for ((j, weight), score) in pairs.positives(i).iter().zip(scores) {
            let by_row = slope(*weight as f64, *score, others, positives, total);
            let column = self.columns[*j as usize];
            let by_column = if column.weight > 0.0 {
                let weight = self.column_weight(*j, *weight);
                slope(weight, *score, column.others, column.positives, column.total)
            } else {
                0.0
            };
            *score = self.half_inverse_rows * by_row + self.half_inverse_columns * by_column;
        }
        total
    }

    fn others_of_rows(&self, panel: &Panel<'_>) -> [f64; LANES] {
        if self.bounded {
            core::array::from_fn(|lane| self.row_others[panel.first + lane])
        } else {
            rows::log_sum_exp(panel.scores)
        }
    }

    /// Turns scores into derivatives, given `ln Σ e^S` of their rows.
    fn differentiate_shifted(&self, panel: &mut Panel<'_>, normalisers: &[f64; LANES]) {
        let shift = F32x8::from_array(panel.lanes(|i| normalisers[i - panel.first] as f32));
        let row_factor = F32x8::splat(-self.half_inverse_rows as f32);
        let column_factor = F32x8::splat(-self.half_inverse_columns as f32);
        let exp = Exponential::load();
        let columns = panel.scores.chunks_exact_mut(LANES).zip(&self.normalisers);
        for (column, normaliser) in columns {
            let s = F32x8::load(column);
            let by_row = exp.of(s - shift) * row_factor;
            let by_column = exp.of(s - F32x8::splat(*normaliser));
            by_column.mul_add(column_factor, by_row).store(column);
        }
    }

    /// The same for bounded scores: `e^S (a / R_i + b / C_j)`.
    fn differentiate_bounded(&self, panel: &mut Panel<'_>, normalisers: &[f64; LANES]) {
        let by_row = |i: usize| -self.half_inverse_rows * libm::exp(-normalisers[i - panel.first]);
        let by_row = F32x8::from_array(panel.lanes(|i| by_row(i) as f32));
        let exp = Exponential::load();
        for (s, by_column) in panel.scores.chunks_exact_mut(LANES).zip(&self.factors) {
            (exp.of(F32x8::load(s)) * (by_row + F32x8::splat(*by_column))).store(s);
        }
    }
}

impl Objective for SymmetricInfoNce {
    fn needs_statistics(&self) -> bool {
        true
    }

    fn begin(&mut self, bound: f64) {
        self.bounded = bound <= BOUNDED;
        for sums in [&mut self.others, &mut self.group] {
            if self.bounded {
                sums.reset_bounded();
            } else {
                sums.reset();
            }
        }
        self.columns.iter_mut().for_each(|column| column.positives = f64::NEG_INFINITY);
        self.group_positives.fill(f64::NEG_INFINITY);
    }

    fn observe(&mut self, panel: &mut Panel<'_>) {
        panel.each_positive(|at, j, _| {
            let positives = &mut self.group_positives[j as usize];
            *positives = log_add(*positives, panel.scores[at] as f64);
        });
        panel.keep_off_pairs();
        if self.bounded {
            let sums = self.group.observe_bounded(panel.scores);
            self.row_others[panel.first..][..LANES].copy_from_slice(&sums.map(libm::log));
        } else {
            self.group.observe(panel.scores);
        }
    }

    fn statistics(&mut self, visit: Visit<'_>) {
        let [max, sum] = self.group.parts_mut();
        visit(Sums::Single(max));
        visit(Sums::Single(sum));
        visit(Sums::Double(&mut self.group_positives));
    }

    fn join(&mut self) {
        if self.bounded {
            self.others.join_bounded(&self.group);
            self.group.reset_bounded();
        } else {
            self.others.join(&self.group);
            self.group.reset();
        }
        for (column, group) in self.columns.iter_mut().zip(&mut self.group_positives) {
            if *group != f64::NEG_INFINITY {
                column.positives = log_add(column.positives, *group);
                *group = f64::NEG_INFINITY;
            }
        }
    }

    fn conclude(&mut self) {
        self.column_constant = 0.0;
        for (j, column) in self.columns.iter_mut().enumerate() {
            column.others = self.others.value(j);
            column.total = log_add(column.others, column.positives);
            if column.weight == 0.0 {
                (self.normalisers[j], self.factors[j]) = (f32::INFINITY, 0.0);
                continue;
            }
            self.normalisers[j] = column.total as f32;
            self.factors[j] = (-self.half_inverse_columns * libm::exp(-column.total)) as f32;
            let ceiling = libm::log(column.kept as f64);
            self.column_constant += self.half_inverse_columns * (ceiling - column.total);
        }
    }

    fn constant(&self) -> f64 {
        self.column_constant
    }

    fn differentiate(&mut self, panel: &mut Panel<'_>) -> f64 {
        let mut value = 0.0;
        panel.each_positive(|at, j, weight| {
            let by_column = self.half_inverse_columns * self.column_weight(j, weight);
            value += panel.scores[at] as f64 * (self.half_inverse_rows * weight as f64 + by_column);
        });
        let mut positives = core::mem::take(&mut self.positives);
        panel.read_positives(&mut positives);
        panel.keep_off_pairs();
        let mut normalisers = self.others_of_rows(panel);
        let mut rest = &mut positives[..];
        for (lane, normaliser) in normalisers.iter_mut().enumerate().take(panel.rows()) {
            let i = panel.first + lane;
            let (own, after) = rest.split_at_mut(panel.pairs.positives(i).len());
            rest = after;
            *normaliser = self.differentiate_positives(panel.pairs, i, own, *normaliser);
            value -= self.half_inverse_rows * (*normaliser - libm::log(panel.pairs.kept(i) as f64));
        }
        if self.bounded {
            self.differentiate_bounded(panel, &normalisers);
        } else {
            self.differentiate_shifted(panel, &normalisers);
        }
        panel.write_positives(&positives);
        self.positives = positives;
        value
    }
}
