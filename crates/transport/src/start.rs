//! Where the network simplex starts: each source in turn fills the nearest sinks that have room.

use crate::ground::Costs;
use crate::tree::Arc;

/// A feasible flow whose arcs are a spanning tree, for masses of which no part of the sources sums
/// to a part of the sinks.
pub(crate) fn nearest_first(costs: &impl Costs, sources: &[i64], sinks: &[i64]) -> Vec<Arc> {
    let mut arcs = Vec::with_capacity(sources.len() + sinks.len());
    let mut room = sinks.to_vec();
    let mut open: Vec<usize> = (0..sinks.len()).collect();
    let mut row = vec![0.0; sinks.len()];
    for (source, mass) in sources.iter().enumerate() {
        costs.row(source, 0, &mut row);
        // The nearest last, where sinks are taken from.
        open.sort_unstable_by(|a, b| row[*b].total_cmp(&row[*a]));
        let mut left = *mass;
        while left > 0 {
            let Some(sink) = open.last().copied() else { return arcs };
            let flow = left.min(room[sink]);
            arcs.push(Arc { source, sink, flow });
            left -= flow;
            room[sink] -= flow;
            if room[sink] == 0 {
                open.pop();
            }
        }
    }
    arcs
}
