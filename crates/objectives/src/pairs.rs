//! Which candidates are right for which query, and which pairs are in no sum.
//!
//! Row i has positives p with weights `w_ip >= 0` that sum to 1. A candidate that carries the id of
//! one of the row's positives without being one itself is excluded: it is in no sum. The rest are
//! the row's *off* candidates; positives and off candidates together are the *kept* ones.

use kantorovich_kernels::{Decimal, Error, LANES};

/// The positives and exclusions of n queries against m candidates, as compressed rows.
#[derive(Clone, Debug)]
pub struct Pairs {
    queries: usize,
    candidates: usize,
    positives: Rows<(u32, f32)>,
    excluded: Rows<u32>,
}

/// Lists of different lengths, one a row.
#[derive(Clone, Debug)]
struct Rows<T> {
    offsets: Vec<usize>,
    items: Vec<T>,
}

impl<T> Rows<T> {
    fn empty(rows: usize) -> Self {
        Self { offsets: vec![0; rows + 1], items: Vec::new() }
    }

    fn row(&self, i: usize) -> &[T] {
        &self.items[self.offsets[i]..self.offsets[i + 1]]
    }
}

impl Pairs {
    /// Query i is right for candidate i and no other.
    ///
    /// # Errors
    ///
    /// `Shape` where there are fewer candidates than queries or no queries at all.
    pub fn diagonal(queries: usize, candidates: usize) -> Result<Self, Error> {
        if queries == 0 {
            return Err(Error::data("expected at least 1 pair, got 0"));
        }
        if candidates < queries {
            return Err(Error::shape(format!(
                "without `positives`, query i is paired with candidate i: expected at least {queries} candidates, got {candidates}"
            )));
        }
        let items = (0..queries as u32).map(|i| (i, 1.0)).collect();
        let positives = Rows { offsets: (0..=queries).collect(), items };
        Ok(Self { queries, candidates, positives, excluded: Rows::empty(queries) })
    }

    /// Query i is right for the candidates `indices[offsets[i]..offsets[i + 1]]`.
    ///
    /// `weights` runs beside `indices` and is scaled to sum to 1 in each row; equal weights if absent.
    ///
    /// # Errors
    ///
    /// `Shape` on offsets that do not fit; `Data` on a row without a positive, an index out of
    /// range or named twice, and weights that are negative, not finite, or all zero in a row.
    pub fn listed(
        candidates: usize,
        offsets: &[u32],
        indices: &[u32],
        weights: Option<&[f32]>,
    ) -> Result<Self, Error> {
        check_offsets(offsets, indices.len(), weights.map(<[f32]>::len))?;
        let queries = offsets.len() - 1;
        let mut items = Vec::with_capacity(indices.len());
        for i in 0..queries {
            let row = offsets[i] as usize..offsets[i + 1] as usize;
            let graded = weights.map(|weights| &weights[row.clone()]);
            push_row(&mut items, i, &indices[row], graded, candidates)?;
        }
        let positives = Rows { offsets: offsets.iter().map(|o| *o as usize).collect(), items };
        Ok(Self { queries, candidates, positives, excluded: Rows::empty(queries) })
    }

    /// Excludes, in every row, the candidates that share an id with one of its positives.
    ///
    /// # Errors
    ///
    /// `Shape` where there is not one id a candidate.
    pub fn with_candidate_ids(mut self, ids: &[u32]) -> Result<Self, Error> {
        if ids.len() != self.candidates {
            return Err(Error::shape(format!(
                "expected an id for each of the {} candidates, got {}",
                self.candidates,
                ids.len()
            )));
        }
        // Candidates by id, then by index, as one number each.
        let mut by_id: Vec<u64> =
            ids.iter().zip(0u64..).map(|(id, j)| (*id as u64) << 32 | j).collect();
        heap_sort(&mut by_id);
        let mut excluded = Rows::empty(0);
        for i in 0..self.queries {
            let row = self.positives.row(i);
            for (at, (p, _)) in row.iter().enumerate() {
                let id = ids[*p as usize];
                if row[..at].iter().any(|(earlier, _)| ids[*earlier as usize] == id) {
                    continue;
                }
                let start = by_id.partition_point(|key| *key < (id as u64) << 32);
                let same = by_id[start..].iter().take_while(|key| **key >> 32 == id as u64);
                let same = same.map(|key| *key as u32);
                excluded.items.extend(same.filter(|j| !self.is_positive(i, *j)));
            }
            excluded.offsets.push(excluded.items.len());
        }
        self.excluded = excluded;
        Ok(self)
    }

    /// The number of queries, n.
    pub fn queries(&self) -> usize {
        self.queries
    }

    /// The number of candidates, m.
    pub fn candidates(&self) -> usize {
        self.candidates
    }

    /// The positives of query `i` with their weights.
    pub fn positives(&self, i: usize) -> &[(u32, f32)] {
        self.positives.row(i)
    }

    /// The candidates that are in no sum of query `i`, each once.
    pub fn excluded(&self, i: usize) -> &[u32] {
        self.excluded.row(i)
    }

    /// The number of kept candidates of query `i`, positives among them.
    pub fn kept(&self, i: usize) -> usize {
        self.candidates - self.excluded(i).len()
    }

    /// The number of off candidates of query `i`.
    pub fn off(&self, i: usize) -> usize {
        self.kept(i) - self.positives(i).len()
    }

    /// The most positives that eight rows in a panel have together.
    pub fn most_positives_of_a_panel(&self) -> usize {
        let last = |first: usize| self.queries.min(first + LANES);
        let panels = (0..self.queries).step_by(LANES);
        let counts = panels.map(|i| self.positives.offsets[last(i)] - self.positives.offsets[i]);
        counts.max().unwrap_or(0)
    }

    /// The number of off pairs of all rows together.
    pub fn off_count(&self) -> u64 {
        let all = self.queries as u64 * self.candidates as u64;
        all - self.positives.items.len() as u64 - self.excluded.items.len() as u64
    }

    /// `Ok` where there is at least one off pair.
    ///
    /// # Errors
    ///
    /// `Data`, in words for the caller.
    pub fn check_off(&self, objective: &str) -> Result<(), Error> {
        if self.off_count() > 0 {
            return Ok(());
        }
        Err(Error::data(format!(
            "{objective} compares pairs with mismatched pairs: at least 2 pairs are needed, got {} with no mismatched pair among them",
            self.queries
        )))
    }

    fn is_positive(&self, i: usize, j: u32) -> bool {
        self.positives(i).iter().any(|(p, _)| *p == j)
    }
}

/// Rising order. The standard library's sorts would take 3 kB of the module for this one list.
fn heap_sort(items: &mut [u64]) {
    let sift = |items: &mut [u64], mut root: usize| {
        loop {
            let mut largest = 2 * root + 1;
            if largest + 1 < items.len() && items[largest] < items[largest + 1] {
                largest += 1;
            }
            if largest >= items.len() || items[largest] <= items[root] {
                return;
            }
            items.swap(root, largest);
            root = largest;
        }
    };
    (0..items.len() / 2).rev().for_each(|root| sift(items, root));
    for end in (1..items.len()).rev() {
        items.swap(0, end);
        sift(&mut items[..end], 0);
    }
}

fn check_offsets(offsets: &[u32], indices: usize, weights: Option<usize>) -> Result<(), Error> {
    if offsets.len() < 2 {
        return Err(Error::data("expected at least 1 query in `positives`, got 0"));
    }
    let ordered = offsets[0] == 0 && offsets.windows(2).all(|pair| pair[0] <= pair[1]);
    if !ordered || offsets[offsets.len() - 1] as usize != indices {
        return Err(Error::shape(format!(
            "the offsets of `positives` must rise from 0 to the number of indices, {indices}"
        )));
    }
    match weights {
        Some(weights) if weights != indices => {
            Err(Error::shape(format!("expected {indices} weights of positives, got {weights}")))
        }
        _ => Ok(()),
    }
}

fn push_row(
    items: &mut Vec<(u32, f32)>,
    i: usize,
    row: &[u32],
    weights: Option<&[f32]>,
    candidates: usize,
) -> Result<(), Error> {
    if row.is_empty() {
        return Err(Error::data(format!("query {i} has no positive")));
    }
    if let Some(j) = row.iter().find(|j| **j as usize >= candidates) {
        return Err(Error::data(format!("query {i}: positive {j} of {candidates} candidates")));
    }
    if let Some((at, j)) = row.iter().enumerate().find(|(at, j)| row[..*at].contains(j)) {
        return Err(Error::data(format!(
            "query {i}: positive {j} is listed twice (again at {at})"
        )));
    }
    let grade = |at: usize| weights.map_or(1.0, |weights| weights[at] as f64);
    if let Some(at) = (0..row.len()).find(|at| !(grade(*at) >= 0.0 && grade(*at).is_finite())) {
        return Err(Error::data(format!(
            "query {i}: weight {} of positive {}",
            Decimal(grade(at)),
            row[at]
        )));
    }
    let total: f64 = (0..row.len()).map(grade).sum();
    if total == 0.0 {
        return Err(Error::data(format!("query {i}: the weights of its positives are all 0")));
    }
    items.extend(row.iter().enumerate().map(|(at, j)| (*j, (grade(at) / total) as f32)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidate_with_a_positives_id_is_excluded_unless_positive_itself() {
        let pairs = Pairs::listed(6, &[0, 2, 3], &[0, 1, 4], None).unwrap();
        let pairs = pairs.with_candidate_ids(&[7, 8, 7, 8, 9, 9]).unwrap();
        assert_eq!(pairs.excluded(0), [2, 3]);
        assert_eq!(pairs.excluded(1), [5]);
        assert_eq!((pairs.kept(0), pairs.kept(1), pairs.off_count()), (4, 5, 6));
    }

    #[test]
    fn a_heap_sort_sorts() {
        let mut random = kantorovich_kernels::Random::new(3);
        for length in (0..40).chain([1000]) {
            let mut items: Vec<u64> = (0..length).map(|_| random.below(50) as u64).collect();
            let mut right = items.clone();
            right.sort_unstable();
            heap_sort(&mut items);
            assert_eq!(items, right);
        }
    }

    #[test]
    fn weights_are_scaled_to_sum_to_one() {
        let pairs = Pairs::listed(3, &[0, 2], &[0, 2], Some(&[3.0, 1.0])).unwrap();
        assert_eq!(pairs.positives(0), [(0, 0.75), (2, 0.25)]);
    }

    #[test]
    fn refusals_say_what_was_given() {
        let message = |result: Result<Pairs, Error>| result.unwrap_err().message;
        assert!(message(Pairs::diagonal(3, 2)).contains("at least 3 candidates, got 2"));
        assert!(
            message(Pairs::listed(2, &[0, 1, 1], &[0], None)).contains("query 1 has no positive")
        );
        assert!(message(Pairs::listed(2, &[0, 1], &[5], None)).contains("positive 5 of 2"));
        assert!(message(Pairs::listed(2, &[0, 2], &[1, 1], None)).contains("twice"));
        assert!(message(Pairs::listed(2, &[0, 1], &[1], Some(&[-1.0]))).contains("weight -1"));
    }
}
