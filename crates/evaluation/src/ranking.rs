//! The best few of many.

/// The k nearest so far; the earlier offer first where two are equally near.
#[derive(Clone, Debug)]
pub(crate) struct Ranking {
    k: usize,
    best: Vec<(f32, u32)>,
    /// What an offer must exceed.
    bar: f32,
}

impl Ranking {
    /// A ranking with k places, k at least 1.
    pub fn new(k: usize) -> Self {
        Self { k, best: Vec::with_capacity(k), bar: f32::NEG_INFINITY }
    }

    /// Takes in something this near (larger is nearer) if it is among the k nearest. NaN never is.
    #[inline(always)]
    pub fn offer(&mut self, near: f32, index: u32) {
        if near > self.bar {
            self.insert(near, index);
        }
    }

    #[inline(never)]
    fn insert(&mut self, near: f32, index: u32) {
        let place = self.best.partition_point(|(other, _)| *other >= near);
        self.best.truncate(self.k - 1);
        self.best.insert(place, (near, index));
        if let Some((last, _)) = self.best.get(self.k - 1) {
            self.bar = *last;
        }
    }

    /// What was taken in, the nearest first, with its index.
    pub fn into_best(self) -> impl Iterator<Item = (f32, u32)> {
        self.best.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_nearest_in_order_and_the_earlier_of_equals() {
        let mut ranking = Ranking::new(3);
        for (index, near) in [1.0, f32::NAN, 3.0, 1.0, 2.0, 2.0, f32::MIN].into_iter().enumerate() {
            ranking.offer(near, index as u32);
        }
        assert_eq!(ranking.into_best().collect::<Vec<_>>(), [(3.0, 2), (2.0, 4), (2.0, 5)]);
        let mut ranking = Ranking::new(2);
        ranking.offer(f32::MIN, 4);
        assert_eq!(ranking.into_best().collect::<Vec<_>>(), [(f32::MIN, 4)]);
    }
}
