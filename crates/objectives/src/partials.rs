//! Sums over rows of the score matrix, a group of blocks at a time.
//!
//! Critics and objectives add up what blocks of queries give. The driver lets them do so for one group
//! of blocks, sets the sums aside, and adds up the groups in order, so that the bits of a result do not
//! depend on who summed which group.

use core::ops::AddAssign;

use kantorovich_kernels::Region;

/// Numbers that are sums over rows, zero before the first.
pub enum Sums<'a> {
    /// In single precision.
    Single(&'a mut [f32]),
    /// In double precision.
    Double(&'a mut [f64]),
}

/// Who is shown sums, one list after another, always in the same order.
pub type Visit<'a> = &'a mut dyn FnMut(Sums<'_>);

/// A copy of some sums.
#[derive(Clone, Default)]
pub struct Partials {
    single: Vec<f32>,
    double: Vec<f64>,
}

impl Partials {
    /// Room for what `each` shows.
    pub fn room_for(each: impl FnOnce(Visit<'_>)) -> Self {
        let (mut single, mut double) = (0, 0);
        each(&mut |sums| match sums {
            Sums::Single(sums) => single += sums.len(),
            Sums::Double(sums) => double += sums.len(),
        });
        Self { single: vec![0.0; single], double: vec![0.0; double] }
    }

    /// The bytes it takes.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.single[..]) + size_of_val(&self.double[..])
    }

    /// Forgets what it holds.
    pub fn clear(&mut self) {
        self.single.fill(0.0);
        self.double.fill(0.0);
    }

    /// Takes over what `each` shows.
    pub fn store(&mut self, each: impl FnOnce(Visit<'_>)) {
        self.pair(
            each,
            |mine, theirs| mine.copy_from_slice(theirs),
            |mine, theirs| mine.copy_from_slice(theirs),
        );
    }

    /// Adds what `each` shows.
    pub fn add(&mut self, each: impl FnOnce(Visit<'_>)) {
        self.pair(each, |mine, theirs| add(mine, theirs), |mine, theirs| add(mine, theirs));
    }

    /// Adds another copy.
    pub fn add_copy(&mut self, other: &Self) {
        add(&mut self.single, &other.single);
        add(&mut self.double, &other.double);
    }

    /// Writes what it holds to what `each` shows.
    pub fn load(&mut self, each: impl FnOnce(Visit<'_>)) {
        self.pair(
            each,
            |mine, theirs| theirs.copy_from_slice(mine),
            |mine, theirs| theirs.copy_from_slice(mine),
        );
    }

    /// Adds to `list` its memory, that `owner` writes.
    pub fn regions(&self, owner: usize, list: &mut Vec<Region>) {
        list.extend([Region::of(owner, &self.single), Region::of(owner, &self.double)]);
    }

    fn pair(
        &mut self,
        each: impl FnOnce(Visit<'_>),
        single: impl Fn(&mut [f32], &mut [f32]),
        double: impl Fn(&mut [f64], &mut [f64]),
    ) {
        let (mut singles, mut doubles) = (&mut self.single[..], &mut self.double[..]);
        each(&mut |sums| match sums {
            Sums::Single(theirs) => single(front(&mut singles, theirs.len()), theirs),
            Sums::Double(theirs) => double(front(&mut doubles, theirs.len()), theirs),
        });
    }
}

/// Zeroes what `each` shows.
pub fn clear(each: impl FnOnce(Visit<'_>)) {
    each(&mut |sums| match sums {
        Sums::Single(sums) => sums.fill(0.0),
        Sums::Double(sums) => sums.fill(0.0),
    });
}

fn add<T: Copy + AddAssign>(sums: &mut [T], others: &[T]) {
    sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += *other);
}

/// Takes the first `count` items off a slice.
fn front<'a, T>(rest: &mut &'a mut [T], count: usize) -> &'a mut [T] {
    let (front, back) = core::mem::take(rest).split_at_mut(count);
    *rest = back;
    front
}
