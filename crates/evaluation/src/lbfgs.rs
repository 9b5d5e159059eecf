//! Limited-memory BFGS for smooth convex functions (Liu and Nocedal 1989), asked rather than called.
//!
//! An [`Lbfgs`] names the point that it wants to know about and is told value and gradient there.
//! Whoever holds several of them can evaluate their points together.

use std::collections::VecDeque;

/// Pairs of steps and gradient changes that are remembered.
const HISTORY: usize = 10;
/// Sufficient decrease (Armijo).
const DECREASE: f64 = 1e-4;
/// Relative rounding that a value computed in `f32` may carry.
const ROUNDING: f64 = 1e-6;
/// Shortenings of one step before it is given up.
const SHORTENINGS: usize = 20;

/// A minimisation under way.
pub(crate) struct Lbfgs {
    point: Vec<f32>,
    value: f64,
    gradient: Vec<f32>,
    direction: Vec<f32>,
    slope: f64,
    step: f64,
    shortenings: usize,
    trial: Vec<f32>,
    history: VecDeque<Pair>,
    iterations: usize,
    stalled: bool,
}

struct Pair {
    step: Vec<f32>,
    change: Vec<f32>,
    product: f64,
}

impl Lbfgs {
    /// A minimisation from `start`, which is the first point to ask about.
    pub fn new(start: Vec<f32>) -> Self {
        Self {
            trial: start.clone(),
            point: start,
            value: f64::INFINITY,
            gradient: Vec::new(),
            direction: Vec::new(),
            slope: 0.0,
            step: 0.0,
            shortenings: 0,
            history: VecDeque::new(),
            iterations: 0,
            stalled: false,
        }
    }

    /// The search that goes on from here after a quadratic was added to the function: what is
    /// remembered of its curvature is corrected by `bend`, which adds the quadratic's gradient
    /// along a step to a change of gradient.
    pub fn bent(mut self, bend: impl Fn(&[f32], &mut [f32])) -> Self {
        self.history.retain_mut(|pair| {
            bend(&pair.step, &mut pair.change);
            pair.product = dot(&pair.step, &pair.change);
            is_convex(pair.product, &pair.change)
        });
        Self { history: self.history, ..Self::new(self.point) }
    }

    /// The point whose value and gradient are wanted.
    pub fn trial(&self) -> &[f32] {
        &self.trial
    }

    /// The point reached so far.
    pub fn point(&self) -> &[f32] {
        &self.point
    }

    /// The square of the gradient's norm at [`Self::point`]; infinite before the first answer.
    pub fn gradient_square(&self) -> f64 {
        if self.gradient.is_empty() { f64::INFINITY } else { dot(&self.gradient, &self.gradient) }
    }

    /// Accepted steps.
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// Whether no step along the last direction lowered the value.
    pub fn stalled(&self) -> bool {
        self.stalled
    }

    /// Takes value and gradient at [`Self::trial`], and moves on to the next trial.
    pub fn tell(&mut self, value: f64, gradient: Vec<f32>) {
        if self.gradient.is_empty() {
            (self.value, self.gradient) = (value, gradient);
            return self.set_out();
        }
        let slope = dot(&self.direction, &gradient);
        if self.is_lower(value, slope) {
            self.accept(value, gradient);
            self.set_out();
        } else {
            self.shorten(slope);
        }
    }

    /// Armijo's rule; within rounding of the old value, the slopes decide in its place (Hager and
    /// Zhang 2005).
    fn is_lower(&self, value: f64, slope: f64) -> bool {
        let armijo = value <= self.value + DECREASE * self.step * self.slope;
        let close = value <= self.value + ROUNDING * self.value.abs();
        armijo || close && slope <= (2.0 * DECREASE - 1.0) * self.slope
    }

    fn accept(&mut self, value: f64, gradient: Vec<f32>) {
        let step = difference(&self.trial, &self.point);
        let change = difference(&gradient, &self.gradient);
        let product = dot(&step, &change);
        if is_convex(product, &change) {
            if self.history.len() == HISTORY {
                self.history.pop_front();
            }
            self.history.push_back(Pair { step, change, product });
        }
        self.point.copy_from_slice(&self.trial);
        (self.value, self.gradient) = (value, gradient);
        self.iterations += 1;
    }

    fn set_out(&mut self) {
        self.direction = self.descent();
        self.slope = dot(&self.direction, &self.gradient);
        self.shortenings = 0;
        let first = 1.0 / libm::sqrt(self.gradient_square()).max(1.0);
        self.step = if self.history.is_empty() { first } else { 1.0 };
        self.move_trial();
    }

    /// To where the slope, taken as linear, vanishes, but to a tenth at least and a half at most.
    fn shorten(&mut self, slope: f64) {
        self.shortenings += 1;
        self.stalled = self.shortenings > SHORTENINGS;
        let ratio = self.slope / (self.slope - slope);
        self.step *= if ratio.is_finite() { ratio.clamp(0.1, 0.5) } else { 0.1 };
        self.move_trial();
    }

    fn move_trial(&mut self) {
        let along = self.point.iter().zip(&self.direction);
        for (trial, (x, d)) in self.trial.iter_mut().zip(along) {
            *trial = (*x as f64 + self.step * *d as f64) as f32;
        }
    }

    /// Minus the inverse Hessian's estimate times the gradient, by the two-loop recursion.
    fn descent(&self) -> Vec<f32> {
        let mut direction: Vec<f32> = self.gradient.iter().map(|g| -g).collect();
        let mut shares = Vec::with_capacity(self.history.len());
        for pair in self.history.iter().rev() {
            let share = dot(&pair.step, &direction) / pair.product;
            add(&mut direction, -share, &pair.change);
            shares.push(share);
        }
        if let Some(last) = self.history.back() {
            let scale = (last.product / dot(&last.change, &last.change)) as f32;
            direction.iter_mut().for_each(|d| *d *= scale);
        }
        for (pair, share) in self.history.iter().zip(shares.iter().rev()) {
            let other = dot(&pair.change, &direction) / pair.product;
            add(&mut direction, share - other, &pair.step);
        }
        direction
    }
}

/// Whether a change of gradient over a step says something of the curvature, beyond rounding.
fn is_convex(product: f64, change: &[f32]) -> bool {
    product > 1e-12 * dot(change, change)
}

/// The inner product, in float64.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f64 {
    let (mut sums, chunks) = ([0.0; 4], (a.chunks_exact(4), b.chunks_exact(4)));
    let rest = chunks.0.remainder().iter().zip(chunks.1.remainder());
    let rest: f64 = rest.map(|(x, y)| *x as f64 * *y as f64).sum();
    for (x, y) in chunks.0.zip(chunks.1) {
        for (sum, (x, y)) in sums.iter_mut().zip(x.iter().zip(y)) {
            *sum += *x as f64 * *y as f64;
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

fn difference(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn add(to: &mut [f32], factor: f64, values: &[f32]) {
    let factor = factor as f32;
    for (to, value) in to.iter_mut().zip(values) {
        *to += factor * value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::Random;

    /// Σ (e^(a x) - b x)-like bowls with curvatures from 1e-2 to 1e2.
    fn bowl(x: &[f32], scales: &[f64], at: &[f64]) -> (f64, Vec<f32>) {
        let mut value = 0.0;
        let gradient = x.iter().zip(scales).zip(at).map(|((x, scale), at)| {
            let off = *x as f64 - at;
            value += scale * (libm::cosh(off) - 1.0);
            (scale * libm::sinh(off)) as f32
        });
        let gradient = gradient.collect();
        (value, gradient)
    }

    #[test]
    fn it_finds_the_minimum_of_a_badly_scaled_bowl() {
        let mut random = Random::new(5);
        let scales: Vec<f64> = (0..40).map(|i| libm::exp2(i as f64 / 3.0 - 6.6)).collect();
        let at: Vec<f64> = scales.iter().map(|_| random.normal() as f64).collect();
        let mut search = Lbfgs::new(vec![0.0; 40]);
        for _ in 0..400 {
            let (value, gradient) = bowl(search.trial(), &scales, &at);
            search.tell(value, gradient);
        }
        let (_, gradient) = bowl(search.point(), &scales, &at);
        assert!(dot(&gradient, &gradient) < 1e-7, "{gradient:?}");
        for (x, at) in search.point().iter().zip(&at) {
            assert!((*x as f64 - at).abs() < 1e-2, "{x} against {at}");
        }
    }

    #[test]
    fn a_bent_search_knows_the_curvature_of_the_sum() {
        let (scales, at) = ([1.0, 40.0, 0.5, 7.0], [0.3, -0.4, 0.5, 0.1]);
        let run = |mut search: Lbfgs, extra: f64| {
            while search.gradient_square() > 1e-9 {
                let (value, mut gradient) = bowl(search.trial(), &scales, &at);
                let square = dot(search.trial(), search.trial());
                for (g, x) in gradient.iter_mut().zip(search.trial()) {
                    *g += extra as f32 * x;
                }
                search.tell(value + 0.5 * extra * square, gradient);
            }
            search
        };
        let first = run(Lbfgs::new(vec![0.0; 4]), 0.0);
        let fresh = run(Lbfgs::new(first.point().to_vec()), 5.0);
        let bent = first.bent(|step, change| add(change, 5.0, step));
        let bent = run(bent, 5.0);
        for (a, b) in bent.point().iter().zip(fresh.point()) {
            assert!((a - b).abs() < 1e-4, "{a} against {b}");
        }
        assert!(bent.iterations() < fresh.iterations(), "{} steps", bent.iterations());
    }

    #[test]
    fn the_value_never_rises_by_more_than_rounding() {
        let scales = [1.0, 100.0, 0.5];
        let at = [3.0, -4.0, 5.0];
        let mut search = Lbfgs::new(vec![0.0; 3]);
        let mut last = f64::INFINITY;
        for _ in 0..60 {
            let (value, gradient) = bowl(search.trial(), &scales, &at);
            search.tell(value, gradient);
            assert!(search.value <= last * (1.0 + ROUNDING));
            last = search.value;
        }
        assert!(last < 1e-6, "{last}");
    }
}
