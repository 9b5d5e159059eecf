//! Where every trained number lies in one flat buffer.
//!
//! ```text
//! encoder of x | encoder of y (where it has its own) | critic's weights | ln τ (where learnt)
//! | ln λ (of the Lagrangian)
//! ```
//!
//! Each tensor begins at a multiple of 8 and is padded to one; padding is zero and stays so.

use std::ops::Range;

use kantorovich_encoders::{Layout, Tensor, TensorKind};
use kantorovich_kernels::panel_len;

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
    critic_weight: Option<usize>,
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
            critic_weight: None,
            log_temperature: None,
            log_multiplier: None,
            len: 0,
        };
        this.encoders[0] = this.push_encoder("x", &Layout::new(&spec.encoder(0)));
        this.encoders[1] = match spec.y_widths {
            Some(_) => this.push_encoder("y", &Layout::new(&spec.encoder(1))),
            None => this.encoders[0].clone(),
        };
        if spec.critic == "bilinear" {
            let (rows, cols) = (spec.encoder(0).output_width(), spec.encoder(1).output_width());
            let weight = Tensor::plain("critic.weight", rows, cols, this.len, TensorKind::Weight);
            this.critic_weight = Some(this.push(weight));
        }
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

    /// The weight matrices of a side's encoder.
    pub(crate) fn encoder_weights(&self, side: Side) -> impl Iterator<Item = &Tensor> {
        let part = self.encoder(side);
        self.weights().filter(move |tensor| part.contains(&tensor.offset))
    }

    /// Every weight matrix, the critic's included: what decays and what projections apply to.
    pub(crate) fn weights(&self) -> impl Iterator<Item = &Tensor> {
        self.tensors.iter().filter(|tensor| tensor.kind == TensorKind::Weight)
    }

    /// The bilinear critic's weights.
    pub(crate) fn critic_weight(&self) -> Option<&Tensor> {
        self.critic_weight.map(|at| &self.tensors[at])
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
