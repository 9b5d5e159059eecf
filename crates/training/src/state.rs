//! The state of a trainer as named tensors: row-major, in PyTorch's shapes.
//!
//! ```text
//! encoder.x.0.weight [outputs, inputs]    encoder.x.0.bias [outputs]    ...    encoder.y. ...
//!   of a convolution [channels, its input's, kernel, kernel]    and [channels]
//! critic.weight [d_x, d_y]                critic.log_temperature [1]
//! optimiser.first.<name>, optimiser.second.<name>, lipschitz.<name> [inputs] (convolutions: 8 inputs)
//! ```
//!
//! A checkpoint is the whole list with the [`Counters`]: raw weights, so that a restored trainer
//! goes on bit for bit. A model is the parameters alone with the constraint applied.

use kantorovich_encoders::Tensor;
use kantorovich_kernels::{Decimal, Error, Random};

use crate::Trainer;

/// Which tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tensors {
    /// All that training goes on from.
    State,
    /// The parameters of the constrained copy.
    Export,
}

/// What goes on from step to step beside tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counters {
    /// The steps taken.
    pub step: u64,
    /// The generator's state.
    pub random: [u32; 4],
}

/// The name and shape of one tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateTensor {
    /// As listed in the module's documentation.
    pub name: String,
    /// One, two or four dimensions.
    pub shape: Vec<usize>,
    place: Place,
}

/// Where a tensor's numbers are: the how-manieth of which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Parameter(usize),
    FirstMoment(usize),
    SecondMoment(usize),
    WarmStart(usize),
}

impl StateTensor {
    /// How many numbers it has.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has none; never so in a trainer.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn new(prefix: &str, tensor: &Tensor, place: Place) -> Self {
        Self { name: format!("{prefix}{}", tensor.name), shape: tensor.shape(), place }
    }
}

impl Trainer {
    /// The names and shapes of the tensors, parameters first.
    pub fn tensors(&self, which: Tensors) -> Vec<StateTensor> {
        let list = |prefix: &'static str, place: fn(usize) -> Place| {
            let tensors = self.parameters.tensors().iter().enumerate();
            tensors.map(move |(at, tensor)| StateTensor::new(prefix, tensor, place(at)))
        };
        let mut all: Vec<_> = list("", Place::Parameter).collect();
        if which == Tensors::State {
            all.extend(list("optimiser.first.", Place::FirstMoment));
            if !self.optimiser.moments().1.is_empty() {
                all.extend(list("optimiser.second.", Place::SecondMoment));
            }
            all.extend(self.policy.warm_starts().iter().enumerate().map(|(at, (tensor, norm))| {
                let name = format!("lipschitz.{}", tensor.name);
                let shape = vec![norm.start().len()];
                StateTensor { name, shape, place: Place::WarmStart(at) }
            }));
        }
        all
    }

    /// Writes a tensor's numbers, row-major, to `out`.
    ///
    /// # Errors
    ///
    /// `Shape` where `out` has another length.
    pub fn read(
        &mut self,
        which: Tensors,
        tensor: &StateTensor,
        out: &mut [f32],
    ) -> Result<(), Error> {
        if out.len() != tensor.len() {
            return Err(length_error(tensor, out.len()));
        }
        let (list, at) = match tensor.place {
            Place::Parameter(at) if which == Tensors::State => (&self.params[..], at),
            Place::Parameter(at) => {
                let tensor = self.parameters.tensors()[at].clone();
                return tensor.export(self.constrained_parameters(), out);
            }
            Place::FirstMoment(at) => (self.optimiser.moments().0, at),
            Place::SecondMoment(at) => (self.optimiser.moments().1, at),
            Place::WarmStart(at) => {
                out.copy_from_slice(self.policy.warm_starts()[at].1.start());
                return Ok(());
            }
        };
        self.parameters.tensors()[at].export(list, out)
    }

    /// The counters to keep beside [`Tensors::State`].
    pub fn counters(&self) -> Counters {
        Counters { step: self.steps(), random: self.random.state() }
    }

    /// Takes up a state: `values` are the numbers of [`Tensors::State`], one tensor after another
    /// in the order of [`Trainer::tensors`].
    ///
    /// # Errors
    ///
    /// `Shape` where their number is another, `Data` where one isn't finite, naming its tensor;
    /// nothing is then changed.
    pub fn restore(&mut self, values: &[f32], counters: Counters) -> Result<(), Error> {
        self.take(Tensors::State, values)?;
        self.random = Random::from_state(counters.random);
        let (first, second) = self.optimiser.moments();
        let (first, second) = (first.to_vec(), second.to_vec());
        self.optimiser.restore(counters.step, &first, &second)
    }

    /// Takes up the parameters of a model: `values` are the numbers of [`Tensors::Export`].
    ///
    /// # Errors
    ///
    /// As [`Trainer::restore`].
    pub fn import(&mut self, values: &[f32]) -> Result<(), Error> {
        self.take(Tensors::Export, values)
    }

    fn take(&mut self, which: Tensors, values: &[f32]) -> Result<(), Error> {
        let tensors = self.tensors(which);
        check(&tensors, values)?;
        let (first, second) = self.optimiser.moments();
        let (mut first, mut second) = (first.to_vec(), second.to_vec());
        let mut rest = values;
        for tensor in &tensors {
            let (own, others) = rest.split_at(tensor.len());
            rest = others;
            let (list, at) = match tensor.place {
                Place::Parameter(at) => (&mut self.params, at),
                Place::FirstMoment(at) => (&mut first, at),
                Place::SecondMoment(at) => (&mut second, at),
                Place::WarmStart(at) => {
                    self.policy.warm_starts_mut()[at].1.set_start(own);
                    continue;
                }
            };
            self.parameters.tensors()[at].import(own, list)?;
        }
        self.critic.load(&self.params);
        self.forget_copy();
        self.optimiser.restore(self.optimiser.steps(), &first, &second)
    }
}

fn check(tensors: &[StateTensor], values: &[f32]) -> Result<(), Error> {
    let expected: usize = tensors.iter().map(StateTensor::len).sum();
    if values.len() != expected {
        return Err(Error::shape(format!(
            "the trainer's {} tensors have {expected} numbers together, found {}",
            tensors.len(),
            values.len()
        )));
    }
    let mut rest = values;
    for tensor in tensors {
        let (own, others) = rest.split_at(tensor.len());
        rest = others;
        if let Some(value) = own.iter().find(|value| !value.is_finite()) {
            return Err(Error::data(format!(
                "{} holds {}, which is not finite",
                tensor.name,
                Decimal((*value).into())
            )));
        }
    }
    Ok(())
}

fn length_error(tensor: &StateTensor, found: usize) -> Error {
    Error::shape(format!("{} has {} numbers, found room for {found}", tensor.name, tensor.len()))
}
