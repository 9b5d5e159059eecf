//! Eight rows of the score matrix, as an objective sees them.

use crate::pairs::Pairs;
use kantorovich_kernels::LANES;

/// The scores of up to eight queries against all candidates, and what is known of their pairs.
pub struct Panel<'a> {
    /// m groups of eight lanes; rows past the last query hold no meaning.
    pub scores: &'a mut [f32],
    /// The query in lane 0.
    pub first: usize,
    /// The positives and exclusions of all queries.
    pub pairs: &'a Pairs,
}

impl Panel<'_> {
    /// The number of queries in the panel.
    pub fn rows(&self) -> usize {
        LANES.min(self.pairs.queries() - self.first)
    }

    /// `value(i)` for the query i of each lane, zero in lanes past the last.
    pub fn lanes(&self, value: impl Fn(usize) -> f32) -> [f32; LANES] {
        core::array::from_fn(|lane| if lane < self.rows() { value(self.first + lane) } else { 0.0 })
    }

    /// `Σ_p w_ip S_ip` over the queries of the panel.
    pub fn positive_sum(&self) -> f64 {
        self.positives().map(|(at, weight)| weight as f64 * self.scores[at] as f64).sum()
    }

    /// Adds `factor * w_ip` to the entry of every positive.
    pub fn add_to_positives(&mut self, factor: f32) {
        for lane in 0..self.rows() {
            for (j, weight) in self.pairs.positives(self.first + lane) {
                self.scores[*j as usize * LANES + lane] += factor * weight;
            }
        }
    }

    /// Sets excluded entries to `value`.
    pub fn fill_excluded(&mut self, value: f32) {
        for lane in 0..self.rows() {
            for j in self.pairs.excluded(self.first + lane) {
                self.scores[*j as usize * LANES + lane] = value;
            }
        }
    }

    /// Sets the entries of positives to `value`.
    pub fn fill_positives(&mut self, value: f32) {
        for lane in 0..self.rows() {
            for (j, _) in self.pairs.positives(self.first + lane) {
                self.scores[*j as usize * LANES + lane] = value;
            }
        }
    }

    /// Sets the lanes past the last query to `value`.
    pub fn fill_padding(&mut self, value: f32) {
        let rows = self.rows();
        if rows < LANES {
            self.scores.chunks_exact_mut(LANES).for_each(|column| column[rows..].fill(value));
        }
    }

    /// Leaves only off pairs: everything else becomes minus infinity, whose exponential is 0.
    pub fn keep_off_pairs(&mut self) {
        self.fill_excluded(f32::NEG_INFINITY);
        self.fill_positives(f32::NEG_INFINITY);
        self.fill_padding(f32::NEG_INFINITY);
    }

    /// Copies the scores of positives, row after row, to the front of `to`.
    pub fn read_positives(&self, to: &mut [f64]) {
        for ((at, _), to) in self.positives().zip(to) {
            *to = self.scores[at] as f64;
        }
    }

    /// Sets the entries of positives, row after row, to the numbers at the front of `from`.
    pub fn write_positives(&mut self, from: &[f64]) {
        let mut from = from.iter();
        for lane in 0..self.rows() {
            for (j, _) in self.pairs.positives(self.first + lane) {
                self.scores[*j as usize * LANES + lane] = from.next().map_or(0.0, |x| *x as f32);
            }
        }
    }

    /// Calls `visit(place in scores, candidate, weight)` for every positive, row after row.
    pub fn each_positive(&self, mut visit: impl FnMut(usize, u32, f32)) {
        for (at, weight) in self.positives() {
            visit(at, (at / LANES) as u32, weight);
        }
    }

    fn positives(&self) -> impl Iterator<Item = (usize, f32)> + '_ {
        (0..self.rows()).flat_map(move |lane| {
            let row = self.pairs.positives(self.first + lane);
            row.iter().map(move |(j, weight)| (*j as usize * LANES + lane, *weight))
        })
    }
}
