//! Exact k nearest neighbours, and classification by their vote.

use crate::labelled::{Labelled, accuracies};
use crate::metric::{Metric, Scores};
use crate::ranking::Ranking;
use crate::rows::Rows;
use kantorovich_kernels::{BLOCK_ROWS, Error, LANES, Panels};

/// References scored at a time: a block of scores stays in cache.
const REFERENCES: usize = 512;

/// What to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
    /// Neighbours of each query, at least 1.
    pub k: usize,
    /// What "near" means.
    pub metric: Metric,
    /// Queries and references are the same rows, and query i is not to find reference i. Other rows
    /// that equal it are found.
    pub exclude_self: bool,
}

/// The k nearest references of each query, the nearest first.
///
/// Where two references are equally near (their scores being the same `f32`), the one with the
/// lower index comes first. A reference that has no similarity to a query (one of them is a zero
/// vector, by cosine) is never its neighbour; where fewer than k remain, the places left over hold
/// [`Neighbours::NONE`] and a value of 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    /// Places a query.
    pub k: usize,
    /// Queries x k: rows of the references.
    pub indices: Vec<u32>,
    /// Queries x k: inner products, cosines from -1 to 1, or Euclidean distances.
    pub values: Vec<f32>,
}

impl Neighbours {
    /// Stands in a place that no reference could take.
    pub const NONE: u32 = u32::MAX;

    /// The neighbours of query `i`, the nearest first.
    pub fn of(&self, i: usize) -> impl Iterator<Item = u32> {
        let row = &self.indices[i * self.k..][..self.k];
        row.iter().copied().take_while(|index| *index != Self::NONE)
    }
}

/// Finds the k references nearest to each query by comparing all of them: `O(n m d)` time, and
/// another `(n + m) d` numbers of memory.
///
/// # Errors
///
/// A shape error where rows differ in length, an options error where k is 0 or more than the
/// references that a query may find, or where the query itself is excluded from other rows than
/// the queries.
pub fn nearest_neighbours(
    queries: Rows<'_>,
    references: Rows<'_>,
    search: Search,
) -> Result<Neighbours, Error> {
    check(queries, references, search)?;
    let scores = Scores::new(search.metric, queries, references);
    let mut found = Neighbours {
        k: search.k,
        indices: Vec::with_capacity(queries.rows() * search.k),
        values: Vec::with_capacity(queries.rows() * search.k),
    };
    for start in (0..queries.rows()).step_by(BLOCK_ROWS) {
        let count = BLOCK_ROWS.min(queries.rows() - start);
        for ranking in rank(&scores, start, count, references.rows(), search) {
            append(&mut found, ranking, &scores);
        }
    }
    Ok(found)
}

fn append(found: &mut Neighbours, ranking: Ranking, scores: &Scores<'_>) {
    let best = ranking.into_best().map(|(near, index)| (index, scores.value(near)));
    let places = best.chain(core::iter::repeat((Neighbours::NONE, 0.0))).take(found.k);
    for (index, value) in places {
        found.indices.push(index);
        found.values.push(value);
    }
}

fn check(queries: Rows<'_>, references: Rows<'_>, search: Search) -> Result<(), Error> {
    if queries.cols() != references.cols() {
        return Err(Error::shape(format!(
            "queries have {} columns, references {}",
            queries.cols(),
            references.cols()
        )));
    }
    if search.exclude_self && queries.rows() != references.rows() {
        return Err(Error::options(format!(
            "excluding each query itself takes the same rows twice, {} queries and {} references given",
            queries.rows(),
            references.rows()
        )));
    }
    let most = references.rows().saturating_sub(usize::from(search.exclude_self));
    if !(1..=most).contains(&search.k) {
        return Err(Error::options(format!(
            "k: 1 to {most} expected, as many as there are references for a query, {} given",
            search.k
        )));
    }
    Ok(())
}

/// The rankings of the `count` queries from `start` on.
fn rank(
    scores: &Scores<'_>,
    start: usize,
    count: usize,
    references: usize,
    search: Search,
) -> Vec<Ranking> {
    let mut rankings = vec![Ranking::new(search.k); count];
    for first in (0..references).step_by(REFERENCES) {
        let mut block = Panels::zeros(count, REFERENCES.min(references - first));
        scores.block(start, first, block.view_mut());
        for (at, group) in block.as_slice().chunks_exact(LANES).enumerate() {
            let (query, reference) = (at / block.cols() * LANES, first + at % block.cols());
            for (i, near) in (query..count).zip(group) {
                if !(search.exclude_self && start + i == reference) {
                    rankings[i].offer(*near, reference as u32);
                }
            }
        }
    }
    rankings
}

/// The classes of the queries by the majority of their neighbours, for each factor: queries x
/// factors.
///
/// Of classes with equally many votes, the one that has the nearest neighbour of them wins. A query
/// without neighbours has no class.
pub fn vote(neighbours: &Neighbours, references: Labelled<'_>) -> Vec<Option<u8>> {
    let queries = neighbours.indices.len() / neighbours.k;
    let each = |i| (0..references.factors()).map(move |f| elect(neighbours, i, references, f));
    (0..queries).flat_map(each).collect()
}

fn elect(neighbours: &Neighbours, i: usize, references: Labelled<'_>, f: usize) -> Option<u8> {
    let labels = || neighbours.of(i).map(|index| references.label(index as usize, f));
    let mut votes = [0u32; 256];
    labels().for_each(|label| votes[label as usize] += 1);
    let more = |best: u8, label: u8| {
        if votes[label as usize] > votes[best as usize] { label } else { best }
    };
    labels().reduce(more)
}

/// The share of `queries` whose class is that of the majority of their neighbours, for each factor;
/// ties as [`vote`] breaks them. A query without neighbours counts as wrong.
///
/// # Errors
///
/// Those of [`nearest_neighbours`], and a data or shape error where there are no queries or their
/// factors are not those of the references.
pub fn neighbour_accuracy(
    queries: Labelled<'_>,
    references: Labelled<'_>,
    search: Search,
) -> Result<Vec<f64>, Error> {
    if queries.factors() != references.factors() {
        return Err(Error::shape(format!(
            "queries have {} factors, references {}",
            queries.factors(),
            references.factors()
        )));
    }
    let found = nearest_neighbours(queries.features(), references.features(), search)?;
    Ok(accuracies(queries, &vote(&found, references)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::{ErrorKind, Random};
    use proptest::prelude::*;

    fn find(metric: Metric, x: &[f32], y: &[f32], cols: usize, k: usize) -> Neighbours {
        let x = Rows::new("queries", x, x.len() / cols, cols).unwrap();
        let y = Rows::new("references", y, y.len() / cols, cols).unwrap();
        nearest_neighbours(x, y, Search { k, metric, exclude_self: false }).unwrap()
    }

    fn line<'a>(x: &'a [f32], labels: &'a [u8]) -> Labelled<'a> {
        Labelled::new("line", Rows::new("line", x, x.len(), 1).unwrap(), labels, 1).unwrap()
    }

    /// All references of one query in order, by a stable sort of float64 scores.
    fn sorted(metric: Metric, query: &[f32], references: &[f32]) -> Vec<(u32, f64)> {
        let dot = |x: &[f32], y: &[f32]| -> f64 {
            x.iter().zip(y).map(|(x, y)| *x as f64 * *y as f64).sum()
        };
        let score = |row: &[f32]| match metric {
            Metric::InnerProduct => dot(query, row),
            Metric::Cosine => dot(query, row) / libm::sqrt(dot(query, query) * dot(row, row)),
            Metric::Euclidean => {
                let gap: Vec<f32> = query.iter().zip(row).map(|(x, y)| x - y).collect();
                -libm::sqrt(dot(&gap, &gap))
            }
        };
        let rows = references.chunks(query.len()).enumerate();
        let mut all: Vec<_> = rows.map(|(j, row)| (j as u32, score(row))).collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn the_k_best_are_those_of_a_full_sort(
            n in 1usize..80, m in 1usize..600, cols in 1usize..20, seed in 0u64..1000, share in 0.0f64..1.0,
        ) {
            let random = &mut Random::new(seed);
            let x: Vec<f32> = (0..n * cols).map(|_| random.normal()).collect();
            let y: Vec<f32> = (0..m * cols).map(|_| random.normal()).collect();
            let k = 1 + (share * (m - 1) as f64) as usize;
            for metric in [Metric::InnerProduct, Metric::Cosine, Metric::Euclidean] {
                let found = find(metric, &x, &y, cols, k);
                for (i, query) in x.chunks(cols).enumerate() {
                    let right = sorted(metric, query, &y);
                    let scores: Vec<f64> = {
                        let mut scores = vec![0.0; m];
                        right.iter().for_each(|(j, score)| scores[*j as usize] = *score);
                        scores
                    };
                    prop_assert_eq!(found.of(i).count(), k);
                    for (place, j) in found.of(i).enumerate() {
                        let (wanted, value) = (right[place].1, found.values[i * k + place] as f64);
                        // Another reference may stand here only if f32 cannot tell them apart.
                        prop_assert!((scores[j as usize] - wanted).abs() < 1e-5, "place {place}");
                        prop_assert!((value.abs() - wanted.abs()).abs() < 1e-5, "{value} {wanted}");
                    }
                }
            }
        }

        #[test]
        fn equal_references_come_in_the_order_of_their_indices(m in 2usize..700, seed in 0u64..1000) {
            let random = &mut Random::new(seed);
            let y: Vec<f32> = (0..m).flat_map(|_| [random.below(3) as f32, 1.0]).collect();
            for metric in [Metric::InnerProduct, Metric::Cosine, Metric::Euclidean] {
                let found = find(metric, &[2.0, 1.0], &y, 2, m);
                for pair in found.indices.windows(2) {
                    let same = y[2 * pair[0] as usize] == y[2 * pair[1] as usize];
                    prop_assert!(!same || pair[0] < pair[1], "{pair:?}");
                }
            }
        }
    }

    #[test]
    fn v1_a_query_does_not_find_itself_but_finds_its_equal() {
        let line = |x: &'static [f32], labels: &'static [u8]| line(x, labels);
        let accuracy = |items: Labelled<'_>, exclude_self| {
            let search = Search { k: 1, metric: Metric::Euclidean, exclude_self };
            neighbour_accuracy(items, items, search).unwrap()[0]
        };
        let four = line(&[0.0, 1.0, 10.0, 11.0], &[0, 1, 0, 1]);
        assert_eq!(accuracy(four, true), 0.0);
        assert_eq!(accuracy(four, false), 1.0);
        let five = line(&[0.0, 1.0, 10.0, 11.0, 0.0], &[0, 1, 0, 1, 1]).features();
        let search = Search { k: 1, metric: Metric::Euclidean, exclude_self: true };
        let found = nearest_neighbours(five, five, search).unwrap();
        assert_eq!(found.indices, [4, 0, 3, 2, 0]);
        assert_eq!((found.values[0], found.values[4]), (0.0, 0.0));
    }

    #[test]
    fn c1_a_zero_vector_is_nobodys_neighbour_by_cosine() {
        let references = [0.0, 0.0, 0.0, 3.0, 1.0, 1.0];
        let found = find(Metric::Cosine, &[0.0, 2.0], &references, 2, 2);
        assert_eq!(found.indices, [1, 2]);
        assert!((found.values[0] - 1.0).abs() < 1e-6);
        assert!((found.values[1] - core::f32::consts::FRAC_1_SQRT_2).abs() < 1e-6);
        let found = find(Metric::Cosine, &[0.0, 2.0, 0.0, 0.0], &references, 2, 3);
        let none = Neighbours::NONE;
        assert_eq!(found.indices, [1, 2, none, none, none, none]);
        assert_eq!(found.values[2..], [0.0; 4]);
        assert_eq!((found.of(0).count(), found.of(1).count()), (2, 0));
    }

    #[test]
    fn the_majority_decides_and_the_nearest_breaks_a_tie() {
        let references = line(&[1.0, 2.0, 3.0, 4.0, -50.0], &[7, 5, 5, 7, 9]);
        let elected = |k, at: f32| {
            let found = find(Metric::Euclidean, &[at], &[1.0, 2.0, 3.0, 4.0, -50.0], 1, k);
            vote(&found, references)[0]
        };
        assert_eq!(
            (elected(1, 0.0), elected(2, 0.0), elected(3, 0.0)),
            (Some(7), Some(7), Some(5))
        );
        assert_eq!((elected(4, 0.0), elected(4, 2.5)), (Some(7), Some(5)));
    }

    #[test]
    fn refusals_say_what_was_expected() {
        let rows = |n: usize, cols| Rows::new("rows", &[0.0; 12][..n * cols], n, cols).unwrap();
        let refusal = |x, y, k, exclude_self| {
            let search = Search { k, metric: Metric::Euclidean, exclude_self };
            nearest_neighbours(x, y, search).unwrap_err()
        };
        assert_eq!(refusal(rows(3, 2), rows(3, 3), 1, false).kind, ErrorKind::Shape);
        for (k, n, exclude_self) in [(0, 3, false), (4, 3, false), (3, 3, true), (1, 0, false)] {
            let error = refusal(rows(3, 2), rows(n, 2), k, exclude_self && n == 3);
            assert_eq!(error.kind, ErrorKind::Options);
            assert!(error.message.contains(&format!("{k} given")), "{error}");
        }
        let error = refusal(rows(3, 2), rows(4, 2), 1, true);
        assert!(error.message.contains("3 queries and 4 references"), "{error}");
    }
}
