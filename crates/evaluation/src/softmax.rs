//! The loss of several multinomial logistic regressions over the same features.
//!
//! ```text
//! L(W) = 1/n Σᵢ (log Σ_c exp(w_c · xᵢ) - w_{yᵢ} · xᵢ) + λ/2 Σ_c |w_c|²     (biases are not in |w_c|)
//! ```
//!
//! Each factor has a softmax of its own over its own classes. The weights of all factors are
//! stacked into one matrix, so that their scores and their gradients are one product each.

use kantorovich_kernels::{
    BLOCK_ROWS, Into, LANES, Panels, PanelsMut, PanelsRef, nn, nt, panel_len, rows, transpose,
};

/// What one factor is in each item.
pub(crate) struct Factor {
    /// The classes that occur, in ascending order.
    pub classes: Vec<u8>,
    /// For each item, the place of its class in `classes`.
    pub targets: Vec<u8>,
}

/// Items, and the factors to be told from them.
pub(crate) struct Problem<'a> {
    /// Items x (features + 1): the last column is 1, its weights are the biases.
    pub design: PanelsRef<'a>,
    pub factors: &'a [Factor],
    /// λ.
    pub strength: f64,
}

/// The weights of one factor, classes x (features + 1), row-major.
pub(crate) struct Asked<'a> {
    pub factor: usize,
    pub weights: &'a [f32],
}

impl Factor {
    /// Gathers the classes that occur in `labels`.
    pub fn new(labels: impl Iterator<Item = u8>) -> Self {
        let labels: Vec<u8> = labels.collect();
        let mut places = [None; 256];
        labels.iter().for_each(|label| places[*label as usize] = Some(0));
        let mut classes = Vec::new();
        for (label, place) in (0..=u8::MAX).zip(&mut places) {
            if let Some(place) = place {
                *place = classes.len() as u8;
                classes.push(label);
            }
        }
        let targets = labels.iter().filter_map(|label| places[*label as usize]).collect();
        Self { classes, targets }
    }
}

impl Problem<'_> {
    /// The loss and its gradient for each of the factors asked about.
    pub fn evaluate(&self, asked: &[Asked<'_>]) -> Vec<(f64, Vec<f32>)> {
        let weights = stacked(asked.iter().map(|asked| asked.weights), self.design.cols());
        let mut gradient = Panels::zeros(weights.rows(), weights.cols());
        let mut losses = vec![0.0; asked.len()];
        let items = self.design.rows();
        let mut scores = Panels::zeros(BLOCK_ROWS.min(items), weights.rows());
        let mut turned = vec![0.0; panel_len(weights.rows(), scores.rows())];
        for start in (0..items).step_by(BLOCK_ROWS) {
            let count = BLOCK_ROWS.min(items - start);
            let block = self.design.row_block(start, count);
            let mut scores = scores.view_mut().row_block(0, count);
            nt(block, weights.view(), scores.reborrow(), Into::Write);
            self.residuals(&mut scores, start, asked, &mut losses);
            let turned = &mut turned[..panel_len(weights.rows(), count)];
            let mut turned = PanelsMut::new(weights.rows(), count, turned);
            transpose(scores.as_ref(), turned.reborrow());
            nn(turned.as_ref(), block, gradient.view_mut(), Into::Add);
        }
        self.penalised(asked, &losses, &gradient.to_row_major())
    }

    /// Turns scores into (softmax - 1 at the target) / n, and adds to each factor's loss.
    fn residuals(
        &self,
        scores: &mut PanelsMut<'_>,
        start: usize,
        asked: &[Asked<'_>],
        losses: &mut [f64],
    ) {
        let (rows, share) = (scores.rows(), 1.0 / self.design.rows() as f64);
        for p in 0..scores.panel_count() {
            let items = start + p * LANES..start + rows.min((p + 1) * LANES);
            let mut rest = scores.panel_mut(p);
            for (asked, loss) in asked.iter().zip(losses.iter_mut()) {
                let factor = &self.factors[asked.factor];
                let (own, others) = rest.split_at_mut(factor.classes.len() * LANES);
                *loss += share * residual(own, &factor.targets[items.clone()], share);
                rest = others;
            }
        }
    }

    fn penalised(
        &self,
        asked: &[Asked<'_>],
        losses: &[f64],
        gradients: &[f32],
    ) -> Vec<(f64, Vec<f32>)> {
        let mut rest = gradients;
        let each = asked.iter().zip(losses).map(|(asked, loss)| {
            let (own, others) = rest.split_at(asked.weights.len());
            rest = others;
            let mut gradient = own.to_vec();
            let (weights, width) = (asked.weights, self.design.cols());
            let square = add_penalty(self.strength, width, weights, &mut gradient);
            (loss + 0.5 * self.strength * square, gradient)
        });
        each.collect()
    }
}

/// Adds the gradient of λ/2 |W|², biases left out, to `gradient`; returns |W|².
pub(crate) fn add_penalty(
    strength: f64,
    width: usize,
    weights: &[f32],
    gradient: &mut [f32],
) -> f64 {
    let mut square = 0.0;
    for (g, w) in gradient.chunks_exact_mut(width).zip(weights.chunks_exact(width)) {
        for (g, w) in g.iter_mut().zip(w).take(width - 1) {
            square += *w as f64 * *w as f64;
            *g += strength as f32 * w;
        }
    }
    square
}

/// The classes that score highest: items x factors, the lower class where two score alike.
pub(crate) fn predict(
    design: PanelsRef<'_>,
    factors: &[Factor],
    weights: &[Vec<f32>],
) -> Vec<Option<u8>> {
    let weights = stacked(weights.iter().map(|weights| &weights[..]), design.cols());
    let mut scores = Panels::zeros(design.rows(), weights.rows());
    nt(design, weights.view(), scores.view_mut(), Into::Write);
    let mut predictions = Vec::with_capacity(design.rows() * factors.len());
    for i in 0..design.rows() {
        let mut first = 0;
        for Factor { classes, .. } in factors {
            let better = |best, c| {
                if scores.get(i, first + c) > scores.get(i, first + best) { c } else { best }
            };
            predictions.push(classes.get((0..classes.len()).fold(0, better)).copied());
            first += classes.len();
        }
    }
    predictions
}

fn stacked<'a>(weights: impl Iterator<Item = &'a [f32]>, width: usize) -> Panels {
    let stacked: Vec<f32> = weights.flatten().copied().collect();
    Panels::from_row_major(stacked.len() / width, width, &stacked)
}

/// One factor in one panel: its scores become residuals times `share`; returns the summed loss.
#[inline(never)]
fn residual(scores: &mut [f32], targets: &[u8], share: f64) -> f64 {
    let target = |lane: usize| targets[lane] as usize * LANES + lane;
    let max = rows::max(scores);
    let lanes = 0..targets.len();
    let shifted: f64 = lanes.clone().map(|l| max[l] as f64 - scores[target(l)] as f64).sum();
    let sums = rows::exp_shifted(scores, max);
    // One logarithm for eight rows: a sum is from 1 to 256, so the product cannot overflow.
    let logarithms = libm::log(sums[lanes.clone()].iter().product());
    let mut factors = [0.0; LANES];
    for lane in lanes.clone() {
        factors[lane] = (share / sums[lane]) as f32;
    }
    rows::scale(scores, factors);
    for lane in lanes {
        scores[target(lane)] -= share as f32;
    }
    shifted + logarithms
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::Random;
    use proptest::prelude::*;

    /// The loss of one factor by the formula, in float64.
    fn naive(problem: &Problem<'_>, f: usize, weights: &[f64]) -> f64 {
        let (n, width) = (problem.design.rows(), problem.design.cols());
        let mut loss = 0.0;
        for i in 0..n {
            let score = |w: &[f64]| -> f64 {
                w.iter().enumerate().map(|(k, w)| w * problem.design.get(i, k) as f64).sum()
            };
            let scores: Vec<f64> = weights.chunks(width).map(score).collect();
            let max = scores.iter().copied().fold(f64::MIN, f64::max);
            let sum: f64 = scores.iter().map(|s| libm::exp(s - max)).sum();
            let target = problem.factors[f].targets[i] as usize;
            loss += (max + libm::log(sum) - scores[target]) / n as f64;
        }
        let kept = weights.iter().enumerate().filter(|(at, _)| at % width != width - 1);
        loss + 0.5 * problem.strength * kept.map(|(_, w)| w * w).sum::<f64>()
    }

    fn labels(random: &mut Random, n: usize, classes: u32) -> Factor {
        Factor::new((0..n).map(|_| 3 + 7 * random.below(classes) as u8))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn loss_and_gradient_are_those_of_the_formula(
            n in 1usize..150, width in 1usize..14, a in 1u32..12, b in 1u32..12, seed in 0u64..1000,
        ) {
            let random = &mut Random::new(seed);
            let values: Vec<f32> = (0..n * width).map(|_| random.normal()).collect();
            let design = Panels::from_row_major(n, width, &values);
            let factors = [labels(random, n, a), labels(random, n, b)];
            let problem = Problem { design: design.view(), factors: &factors, strength: 0.03 };
            let mut draw = |f: &Factor| -> Vec<f32> {
                (0..f.classes.len() * width).map(|_| random.normal()).collect()
            };
            let weights = [draw(&factors[0]), draw(&factors[1])];
            let asked = [1, 0].map(|factor| Asked { factor, weights: &weights[factor] });
            for (Asked { factor, weights }, (loss, gradient)) in asked.iter().zip(problem.evaluate(&asked)) {
                let mut at: Vec<f64> = weights.iter().map(|w| *w as f64).collect();
                let right = naive(&problem, *factor, &at);
                prop_assert!((loss - right).abs() < 1e-5 * (1.0 + right), "{loss} against {right}");
                for k in 0..at.len() {
                    let mut moved = |to: f64| { let w = at[k]; at[k] += to; let l = naive(&problem, *factor, &at); at[k] = w; l };
                    let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                    prop_assert!((gradient[k] as f64 - slope).abs() < 1e-5 * (1.0 + slope.abs()), "{} against {slope}", gradient[k]);
                }
            }
        }
    }

    #[test]
    fn classes_are_those_that_occur() {
        let factor = Factor::new([7, 0, 255, 7].into_iter());
        assert_eq!(factor.classes, [0, 7, 255]);
        assert_eq!(factor.targets, [1, 0, 2, 1]);
    }

    #[test]
    fn k1_scores_in_the_hundreds_neither_overflow_nor_underflow() {
        let design = Panels::from_row_major(2, 1, &[1.0, -1.0]);
        let factors = [Factor::new([0, 1].into_iter())];
        let problem = Problem { design: design.view(), factors: &factors, strength: 0.0 };
        let asked = |weights| vec![Asked { factor: 0, weights }];
        let (right, _) = problem.evaluate(&asked(&[500.0, -500.0])).remove(0);
        let (wrong, gradient) = problem.evaluate(&asked(&[-500.0, 500.0])).remove(0);
        assert_eq!((right, wrong), (0.0, 1000.0));
        assert_eq!(gradient, [-1.0, 1.0]);
    }
}
