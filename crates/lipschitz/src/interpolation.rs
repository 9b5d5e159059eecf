//! The points at which a gradient penalty is taken: between a pair of the joint and a pair of the
//! product of marginals (Gulrajani et al. 2017, algorithm 1, with two pairs for two samples).
//!
//! ```text
//! x^ = e x_i + (1 - e) x_a,   y^ = e y_i + (1 - e) y_b,   e uniform on [0, 1),  a != b
//! ```
//!
//! One e a point, shared by all coordinates of x and y (case L6 C). Whatever is affine in x, as
//! an encoder's first layer is, mixes the same way: [`Interpolation::mix_x`] serves inputs and
//! first pre-activations alike, and [`Interpolation::scatter_x`] is its adjoint.

use kantorovich_kernels::{Error, LANES, PanelsMut, PanelsRef, Random};

/// One point between two pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// i, the row of the joint pair.
    pub joint: u32,
    /// a, the row of the product pair's x.
    pub x: u32,
    /// b, the row of the product pair's y.
    pub y: u32,
    /// e, the weight of the joint pair.
    pub weight: f32,
}

/// The points of one step, drawn anew for each.
#[derive(Clone, Debug)]
pub struct Interpolation {
    points: Vec<Point>,
    order: Vec<u32>,
}

impl Interpolation {
    /// For `points` points between pairs of a batch of n.
    ///
    /// # Errors
    ///
    /// `Options` for no point, `Data` for fewer than two pairs.
    pub fn new(n: usize, points: usize) -> Result<Self, Error> {
        if points == 0 {
            return Err(Error::options("the penalty needs at least one point, found 0"));
        }
        if n < 2 {
            return Err(Error::data(format!(
                "a product of marginals needs at least two pairs, found {n}"
            )));
        }
        Ok(Self { points: vec![Point::default(); points], order: (0..n as u32).collect() })
    }

    /// Draws all points. Joint rows differ as far as there are enough; a product pair is any of
    /// the n (n - 1) off the diagonal.
    pub fn draw(&mut self, random: &mut Random) {
        let n = self.order.len() as u32;
        // From a fixed order, so that the points depend on the generator's state alone.
        self.order.iter_mut().zip(0..).for_each(|(row, i)| *row = i);
        random.shuffle(&mut self.order);
        for (point, joint) in self.points.iter_mut().zip(self.order.iter().cycle()) {
            let x = random.below(n);
            let other = random.below(n - 1);
            let y = if other >= x { other + 1 } else { other };
            *point = Point { joint: *joint, x, y, weight: random.uniform() };
        }
    }

    /// The points as last drawn.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Writes to row k of `out` the mixture of `source`'s rows i and a of point k.
    ///
    /// # Panics
    ///
    /// When `out` isn't points x columns of `source`.
    pub fn mix_x(&self, source: PanelsRef<'_>, out: PanelsMut<'_>) {
        mix(&self.points, |point| point.x, source, out);
    }

    /// [`Interpolation::mix_x`] for rows i and b.
    pub fn mix_y(&self, source: PanelsRef<'_>, out: PanelsMut<'_>) {
        mix(&self.points, |point| point.y, source, out);
    }

    /// Adds row k of `gradient`, times its weight, to each of the rows that
    /// [`Interpolation::mix_x`] mixed.
    ///
    /// # Panics
    ///
    /// When `gradient` isn't points x columns of `into`.
    pub fn scatter_x(&self, gradient: PanelsRef<'_>, into: PanelsMut<'_>) {
        scatter(&self.points, |point| point.x, gradient, into);
    }

    /// [`Interpolation::scatter_x`] for [`Interpolation::mix_y`].
    pub fn scatter_y(&self, gradient: PanelsRef<'_>, into: PanelsMut<'_>) {
        scatter(&self.points, |point| point.y, gradient, into);
    }
}

fn mix(
    points: &[Point],
    product: impl Fn(&Point) -> u32,
    source: PanelsRef<'_>,
    mut out: PanelsMut<'_>,
) {
    assert!(out.rows() == points.len() && out.cols() == source.cols(), "mix: shape");
    for (p, points) in points.chunks(LANES).enumerate() {
        let panel = out.panel_mut(p);
        panel.fill(0.0);
        for (lane, point) in points.iter().enumerate() {
            let joint = row(source, point.joint);
            let product = row(source, product(point));
            let to = panel[lane..].iter_mut().step_by(LANES);
            for ((to, joint), product) in to.zip(joint).zip(product) {
                *to = point.weight * joint + (1.0 - point.weight) * product;
            }
        }
    }
}

fn scatter(
    points: &[Point],
    product: impl Fn(&Point) -> u32,
    gradient: PanelsRef<'_>,
    mut into: PanelsMut<'_>,
) {
    let shape = (gradient.rows(), gradient.cols());
    assert!(shape == (points.len(), into.cols()), "scatter: shape");
    for (k, point) in points.iter().enumerate() {
        let parts = [(point.joint, point.weight), (product(point), 1.0 - point.weight)];
        for (to, weight) in parts {
            assert!((to as usize) < into.rows(), "scatter: row");
            let lane = to as usize % LANES;
            let panel = &mut into.panel_mut(to as usize / LANES)[lane..];
            for (sum, value) in panel.iter_mut().step_by(LANES).zip(row(gradient, k as u32)) {
                *sum += weight * value;
            }
        }
    }
}

/// The entries of row i.
fn row(source: PanelsRef<'_>, i: u32) -> impl Iterator<Item = f32> {
    let i = i as usize;
    assert!(i < source.rows(), "interpolation: row {i} of {}", source.rows());
    source.panel(i / LANES)[i % LANES..].iter().step_by(LANES).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use kantorovich_kernels::{ErrorKind, Panels};
    use proptest::prelude::*;

    fn random(rows: usize, cols: usize, random: &mut Random) -> Panels {
        let values: Vec<f32> = (0..rows * cols).map(|_| random.normal()).collect();
        Panels::from_row_major(rows, cols, &values)
    }

    #[test]
    fn l6_c_one_weight_an_example_shared_by_coordinates_and_sides() {
        let mut generator = Random::new(11);
        let mut interpolation = Interpolation::new(4, 4).unwrap();
        interpolation.draw(&mut generator);
        let (x, y) = (random(4, 6, &mut generator), random(4, 6, &mut generator));
        let (mut x_mixed, mut y_mixed) = (Panels::zeros(4, 6), Panels::zeros(4, 6));
        interpolation.mix_x(x.view(), x_mixed.view_mut());
        interpolation.mix_y(y.view(), y_mixed.view_mut());
        let points = interpolation.points();
        for (k, point) in points.iter().enumerate() {
            let (i, a, b) = (point.joint as usize, point.x as usize, point.y as usize);
            assert!(a != b && (0.0..1.0).contains(&point.weight));
            for c in 0..6 {
                let mixture = |one: f32, two: f32| point.weight * one + (1.0 - point.weight) * two;
                assert_eq!(x_mixed.get(k, c), mixture(x.get(i, c), x.get(a, c)));
                assert_eq!(y_mixed.get(k, c), mixture(y.get(i, c), y.get(b, c)));
            }
            assert!(points[..k].iter().all(|other| other.weight != point.weight));
            assert!(points[..k].iter().all(|other| other.joint != point.joint));
        }
        let mut again = Interpolation::new(4, 4).unwrap();
        again.draw(&mut Random::new(11));
        assert_eq!(again.points(), points);
    }

    #[test]
    fn refusals_name_what_was_found() {
        assert_eq!(Interpolation::new(1, 4).unwrap_err().kind, ErrorKind::Data);
        assert_eq!(Interpolation::new(4, 0).unwrap_err().kind, ErrorKind::Options);
    }

    proptest! {
        #[test]
        fn scattering_is_the_adjoint_of_mixing(
            n in 2usize..20, points in 1usize..30, cols in 1usize..9, seed in 0u64..1000,
        ) {
            let mut generator = Random::new(seed);
            let mut interpolation = Interpolation::new(n, points).unwrap();
            interpolation.draw(&mut generator);
            let (source, gradient) = (random(n, cols, &mut generator), random(points, cols, &mut generator));
            let (mut mixed, mut back) = (Panels::zeros(points, cols), Panels::zeros(n, cols));
            interpolation.mix_x(source.view(), mixed.view_mut());
            interpolation.scatter_x(gradient.view(), back.view_mut());
            let product = |a: &Panels, b: &Panels| -> f64 {
                a.as_slice().iter().zip(b.as_slice()).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
            };
            let (one, two) = (product(&mixed, &gradient), product(&source, &back));
            prop_assert!((one - two).abs() < 1e-4 * (1.0 + one.abs()), "{one} {two}");
        }
    }
}
