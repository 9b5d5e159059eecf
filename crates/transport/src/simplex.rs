//! The network simplex for transport between n sources and m sinks.
//!
//! A basic solution is a spanning tree; an arc whose cost lies below its ends' prices comes in, and
//! the arc that its circle empties first leaves (Ahuja, Magnanti and Orlin 1993, chapter 11). Flows
//! are whole numbers, hence exact. Every source holds a little more than its mass and the last sink
//! needs as much more (Orden 1956): then no flow of a basis is 0, every pivot lowers the cost, and
//! no basis comes twice. The final tree carries the true masses.

use crate::ground::Costs;
use crate::masses::Masses;
use crate::start::nearest_first;
use crate::tree::Tree;

/// An arc comes in where it lies this far below its prices, times the largest cost: what rounding
/// may leave of a difference that is 0.
const TOLERANCE: f64 = 1.0 / (1u64 << 45) as f64;

/// What was found.
pub(crate) struct Solution {
    /// The cost of the flow, over the total mass.
    pub cost: f64,
    /// Prices of the sources and of the sinks, a dual solution.
    pub prices: [Vec<f64>; 2],
}

/// The cheapest transport. Masses are above 0.
pub(crate) fn solve(costs: &impl Costs, masses: &Masses) -> Solution {
    let (n, m) = (costs.sources(), costs.sinks());
    let scale = n as i64 + 1;
    let sources: Vec<i64> = masses.sources.iter().map(|mass| mass * scale + 1).collect();
    let mut sinks: Vec<i64> = masses.sinks.iter().map(|mass| mass * scale).collect();
    sinks[m - 1] += n as i64;
    let mut tree = Tree::new(n, &nearest_first(costs, &sources, &sinks));
    tree.reprice(|i, j| costs.at(i, j));
    let mut search = Search::new(costs);
    let (mut fresh, mut pivots) = (true, 0u64);
    // Far above what any problem has taken: a bound on time should rounding ever lead in a circle.
    let most = 1000 * (n + m) as u64;
    while pivots < most {
        match search.next(costs, tree.prices()) {
            Some(Entering { source, sink, reduced }) => {
                tree.microkernel_pivot(source, sink, reduced);
                (fresh, pivots) = (false, pivots + 1);
            }
            None if fresh => break,
            None => {
                tree.reprice(|i, j| costs.at(i, j));
                fresh = true;
            }
        }
    }
    tree.reprice(|i, j| costs.at(i, j));
    tree.carry(&masses.sources, &masses.sinks);
    let cost: f64 = tree.arcs().map(|arc| arc.flow as f64 * costs.at(arc.source, arc.sink)).sum();
    let (sources, sinks) = tree.prices();
    let prices = [sources.to_vec(), sinks.to_vec()];
    Solution { cost: cost / masses.total() as f64, prices }
}

struct Entering {
    source: usize,
    sink: usize,
    reduced: f64,
}

/// Goes round all arcs in blocks and takes the best of the first block that has one.
struct Search {
    source: usize,
    sink: usize,
    block: usize,
    least: f64,
    row: Vec<f64>,
}

impl Search {
    fn new(costs: &impl Costs) -> Self {
        let (n, m) = (costs.sources(), costs.sinks());
        let mut row = vec![0.0; m];
        let mut largest = 0.0f64;
        for source in 0..n {
            costs.row(source, 0, &mut row);
            largest = row.iter().fold(largest, |most, cost| most.max(*cost));
        }
        let block = (libm::sqrt((n * m) as f64) as usize).max(16);
        Self { source: 0, sink: 0, block, least: -TOLERANCE * largest, row }
    }

    fn next(&mut self, costs: &impl Costs, prices: (&[f64], &[f64])) -> Option<Entering> {
        let (n, m) = (prices.0.len(), prices.1.len());
        let (mut left, mut in_block) = (n * m, self.block);
        let mut best: Option<Entering> = None;
        let mut least = self.least;
        while left > 0 {
            let count = (m - self.sink).min(in_block).min(left);
            let row = &mut self.row[..count];
            costs.row(self.source, self.sink, row);
            let price = prices.0[self.source];
            let sinks = &prices.1[self.sink..][..count];
            if let Some((at, reduced)) = microkernel_cheapest(row, sinks, price, least) {
                least = reduced;
                best = Some(Entering { source: self.source, sink: self.sink + at, reduced });
            }
            self.sink += count;
            if self.sink == m {
                (self.source, self.sink) = ((self.source + 1) % n, 0);
            }
            (left, in_block) = (left - count, in_block - count);
            if in_block == 0 {
                if best.is_some() {
                    return best;
                }
                in_block = self.block;
            }
        }
        best
    }
}

/// The arc that lies furthest below its prices, if any lies further than `least`. A call of bounded
/// length, so that V8 can replace its baseline code between calls.
#[inline(never)]
fn microkernel_cheapest(
    costs: &[f64],
    sinks: &[f64],
    source: f64,
    least: f64,
) -> Option<(usize, f64)> {
    let (mut best, mut least) = (None, least);
    for (at, (cost, sink)) in costs.iter().zip(sinks).enumerate() {
        let reduced = cost - source - sink;
        if reduced < least {
            least = reduced;
            best = Some((at, reduced));
        }
    }
    best
}
