//! Random numbers: xoshiro128**, seeded by splitmix64 (Blackman and Vigna 2018).
//!
//! The only generator of the library: initial weights, shuffling, sampling and interpolation all
//! draw from it, so that one seed fixes a run. Integer arithmetic and `libm` only: the same
//! numbers in every runtime.

/// A generator; its whole state is four words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Random {
    state: [u32; 4],
}

impl Random {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Self {
        let mut mixer = seed;
        let mut next = || {
            mixer = mixer.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (mixer ^ (mixer >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        let (a, b) = (next(), next());
        Self { state: [a as u32, (a >> 32) as u32, b as u32, (b >> 32) as u32] }
    }

    /// The generator that continues from a saved state; a state of zeros would yield only zeros.
    pub fn from_state(state: [u32; 4]) -> Self {
        Self { state }
    }

    /// The state to continue from.
    pub fn state(&self) -> [u32; 4] {
        self.state
    }

    /// 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        let [a, b, c, d] = self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 9), d.rotate_left(11)];
        result
    }

    /// An integer from 0 to `n - 1`, each equally likely (Lemire 2019); panics if n is 0.
    pub fn below(&mut self, n: u32) -> u32 {
        assert!(n > 0, "below: n must be above 0");
        let mut product = self.next_u32() as u64 * n as u64;
        if (product as u32) < n {
            let threshold = n.wrapping_neg() % n;
            while (product as u32) < threshold {
                product = self.next_u32() as u64 * n as u64;
            }
        }
        (product >> 32) as u32
    }

    /// A number from 0 to 1, 1 excluded, a multiple of 2^-24.
    pub fn uniform(&mut self) -> f32 {
        (self.next_u32() >> 8) as f32 * (1.0 / 16_777_216.0)
    }

    /// A standard normal number (Marsaglia's polar method, one of each pair).
    pub fn normal(&mut self) -> f32 {
        loop {
            let [x, y] = [self.symmetric(), self.symmetric()];
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return (x * libm::sqrt(-2.0 * libm::log(square) / square)) as f32;
            }
        }
    }

    /// A number from -1 to 1, 1 excluded.
    fn symmetric(&mut self) -> f64 {
        self.next_u32() as i32 as f64 * (1.0 / 2_147_483_648.0)
    }

    /// Shuffles `items` (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u32 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_that_of_the_published_algorithm() {
        let mut random = Random::from_state([1, 2, 3, 4]);
        let found: Vec<u32> = (0..6).map(|_| random.next_u32()).collect();
        assert_eq!(found, [11520, 0, 5927040, 70819200, 2031721883, 1637235492]);
    }

    #[test]
    fn normal_numbers_have_mean_zero_and_variance_one() {
        let mut random = Random::new(7);
        let draws: Vec<f64> = (0..20_000).map(|_| random.normal() as f64).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|x| x * x).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.04, "{mean} {variance}");
    }

    #[test]
    fn a_shuffle_is_a_permutation_and_continues_from_its_state() {
        let mut random = Random::new(3);
        let mut again = Random::from_state(random.state());
        let (mut a, mut b): (Vec<u32>, Vec<u32>) = ((0..100).collect(), (0..100).collect());
        random.shuffle(&mut a);
        again.shuffle(&mut b);
        assert_eq!(a, b);
        a.sort_unstable();
        assert_eq!(a, (0..100).collect::<Vec<_>>());
    }
}
