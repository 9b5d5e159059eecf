//! Transport on the line, in closed form.

use crate::exact::{Transport, difference_of_means};
use crate::weighted::Weighted;

/// `∫ |F - G|` for the distribution functions F and G of the samples; the potential rises where F <
/// G and falls where F > G.
pub(crate) fn on_the_line(a: &Weighted<'_>, b: &Weighted<'_>) -> Transport {
    let at = |index: usize| {
        f64::from(*a.points().get(index).unwrap_or_else(|| &b.points()[index - a.rows()]))
    };
    let mut order: Vec<usize> = (0..a.rows() + b.rows()).collect();
    order.sort_unstable_by(|i, j| at(*i).total_cmp(&at(*j)));
    let mut balance = Balance::new(a, b);
    let mut potential = vec![0.0; order.len()];
    let (mut value, mut height) = (0.0, 0.0);
    for pair in order.windows(2) {
        balance.pass(pair[0]);
        let (gap, width) = (balance.gap(), at(pair[1]) - at(pair[0]));
        value += gap.abs() * width;
        height += if gap > 0.0 { -width } else { width };
        potential[pair[1]] = height;
    }
    let lower = difference_of_means(a, b, &potential);
    Transport { value, lower, potential }
}

/// F - G while the points pass: counted, where weights are equal, so that it is 0 where it should
/// be.
struct Balance<'a> {
    a: &'a Weighted<'a>,
    b: &'a Weighted<'a>,
    uniform: bool,
    difference: f64,
}

impl<'a> Balance<'a> {
    fn new(a: &'a Weighted<'a>, b: &'a Weighted<'a>) -> Self {
        Self { a, b, uniform: a.is_uniform() && b.is_uniform(), difference: 0.0 }
    }

    fn pass(&mut self, index: usize) {
        let (n, m) = (self.a.rows(), self.b.rows());
        self.difference += match (self.uniform, index.checked_sub(n)) {
            (true, None) => m as f64,
            (true, Some(_)) => -(n as f64),
            (false, None) => self.a.shares()[index],
            (false, Some(j)) => -self.b.shares()[j],
        };
    }

    fn gap(&self) -> f64 {
        if self.uniform {
            self.difference / (self.a.rows() as f64 * self.b.rows() as f64)
        } else {
            self.difference
        }
    }
}
