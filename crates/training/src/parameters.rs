//! Where every trained number lies in one flat buffer.
//!
//! ```text
//! encoder of x | encoder of y (where it has its own) | critic's weights and biases | ln τ (where learnt)
//! | ln λ (of the Lagrangian)
//! ```
//!
//! Each tensor begins at a multiple of 8 and is padded to one; padding is zero and stays so.

use std::ops::Range;

use kantorovich_encoders::{Layout, Tensor, TensorKind};
use kantorovich_kernels::panel_len;
use kantorovich_objectives::critics::{self, CriticTensor};

use crate::{Constraint, TrainerSpec};

/// One of the two things that a pair consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The queries.
    X,
    /// The candidates.
    Y,
}

impl Side {
    /// Both, in the order of buffers that are kept for each.
    pub const BOTH: [Self; 2] = [Self::X, Self::Y];

    /// Its place in such buffers.
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// The tensors of a trainer with their names, in the buffer's order; offsets count from its start.
#[derive(Clone, Debug)]
pub(crate) struct Parameters {
    tensors: Vec<Tensor>,
    /// The part of each side's encoder; the same where it is shared.
    encoders: [Range<usize>; 2],
    /// The part of the critic's weights and biases.
    critic: Range<usize>,
    log_temperature: Option<usize>,
    log_multiplier: Option<usize>,
    len: usize,
}

impl Parameters {
    /// Lays out what `spec` trains.
    pub(crate) fn new(spec: &TrainerSpec) -> Self {
        let mut this = Self {
            tensors: Vec::new(),
            encoders: [0..0, 0..0],
            critic: 0..0,
            log_temperature: None,
            log_multiplier: None,
            len: 0,
        };
        this.encoders[0] = this.push_encoder("x", &Layout::new(&spec.encoder(0)));
        this.encoders[1] = match spec.y_widths {
            Some(_) => this.push_encoder("y", &Layout::new(&spec.encoder(1))),
            None => this.encoders[0].clone(),
        };
        let [x, y] = [0, 1].map(|side| spec.encoder(side).output_width());
        let start = this.len;
        // A critic that has none of the kind was refused when the loss was built.
        for CriticTensor { name, rows, cols, is_bias } in
            critics::tensors(spec.critic(), x, y).unwrap_or_default()
        {
            let kind = if is_bias { TensorKind::Bias } else { TensorKind::Weight };
            this.push(Tensor::plain(&name, rows, cols, this.len, kind));
        }
        this.critic = start..this.len;
        if spec.learn_temperature {
            let log = Tensor::plain("critic.log_temperature", 1, 1, this.len, TensorKind::Bias);
            this.log_temperature = Some(this.push(log));
        }
        if matches!(spec.constraint, Constraint::Lagrangian(_)) {
            let log = Tensor::plain("lipschitz.log_multiplier", 1, 1, this.len, TensorKind::Bias);
            this.log_multiplier = Some(this.push(log));
        }
        this
    }

    fn push(&mut self, tensor: Tensor) -> usize {
        self.len += panel_len(tensor.rows, tensor.cols);
        self.tensors.push(tensor);
        self.tensors.len() - 1
    }

    /// `layers.0.weight` becomes `encoder.x.0.weight`.
    fn push_encoder(&mut self, side: &str, layout: &Layout) -> Range<usize> {
        let start = self.len;
        for tensor in layout.tensors() {
            let own = tensor.name.strip_prefix("layers").unwrap_or(&tensor.name);
            let name = format!("encoder.{side}{own}");
            self.push(Tensor { name, offset: self.len, ..tensor.clone() });
        }
        start..self.len
    }

    /// How many numbers the buffer has, padding included.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Every tensor, in order.
    pub(crate) fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The part of a side's encoder.
    pub(crate) fn encoder(&self, side: Side) -> Range<usize> {
        self.encoders[side.index()].clone()
    }

    /// Whether a tensor is one of the encoders'.
    pub(crate) fn is_of_encoder(&self, tensor: &Tensor) -> bool {
        self.encoders.iter().any(|part| part.contains(&tensor.offset))
    }

    /// The weight matrices of a side's encoder.
    pub(crate) fn encoder_weights(&self, side: Side) -> impl Iterator<Item = &Tensor> {
        let part = self.encoder(side);
        self.weights().filter(move |tensor| part.contains(&tensor.offset))
    }

    /// The critic's weight matrices.
    pub(crate) fn critic_weights(&self) -> impl Iterator<Item = &Tensor> {
        let part = self.critic();
        self.weights().filter(move |tensor| part.contains(&tensor.offset))
    }

    /// Every weight matrix, the critic's included: what decays and what projections apply to.
    pub(crate) fn weights(&self) -> impl Iterator<Item = &Tensor> {
        self.tensors.iter().filter(|tensor| tensor.kind == TensorKind::Weight)
    }

    /// The part of the critic's weights and biases.
    pub(crate) fn critic(&self) -> Range<usize> {
        self.critic.clone()
    }

    /// The learnt temperature's logarithm.
    pub(crate) fn log_temperature(&self) -> Option<&Tensor> {
        self.log_temperature.map(|at| &self.tensors[at])
    }

    /// The logarithm of the Lagrangian's multiplier.
    pub(crate) fn log_multiplier(&self) -> Option<&Tensor> {
        self.log_multiplier.map(|at| &self.tensors[at])
    }
}
