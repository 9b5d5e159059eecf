//! Trainers that share each step: which part is whose, and what they exchange.
//!
//! All hold the same parameters and see the same batch. Rows of the batch and of the penalty's points go
//! by blocks of 64, the score matrix by groups of blocks, the encoders' weights by rows in eights, and
//! constraints by whole weights. All else, which is small, each computes for itself. Nothing is summed in
//! another order than by one alone, so all end with the bits that it would.

use std::ops::Range;

use kantorovich_encoders::{Tensor, square_sum};
use kantorovich_kernels::{LANES, Region, Share};
use kantorovich_objectives::loss::Pass;

use crate::parameters::Parameters;
use crate::penalty::{GradientPenalty, InputPart};
use crate::{Phase, Trainer};

/// A part of the parameters with the sum of its gradient's squares.
struct Piece {
    range: Range<usize>,
    /// Whose it is; everyone's where absent.
    owner: Option<usize>,
}

/// How one of several trainers shares steps with the others.
pub(crate) struct Sharing {
    pub(crate) share: Share,
    /// The encoders' tensors by panels, and the others whole.
    pieces: Vec<Piece>,
    /// Of each piece.
    squares: Vec<f64>,
    /// The encoders' weights, and by whom they are constrained.
    constrainers: Vec<(Tensor, usize)>,
}

impl Sharing {
    pub(crate) fn new(parameters: &Parameters, share: Share) -> Self {
        let mut pieces = Vec::new();
        for tensor in parameters.tensors() {
            let Range { start, end } = tensor.range();
            if !parameters.is_of_encoder(tensor) {
                pieces.push(Piece { range: start..end, owner: None });
                continue;
            }
            let panels = tensor.rows.div_ceil(LANES);
            let size = (end - start) / panels;
            for one in share.all() {
                for panel in one.of(panels) {
                    let start = start + panel * size;
                    pieces.push(Piece { range: start..start + size, owner: Some(one.index) });
                }
            }
        }
        let squares = vec![0.0; pieces.len()];
        Self { share, pieces, squares, constrainers: constrainers(parameters, share) }
    }

    fn owns(&self, owner: Option<usize>) -> bool {
        owner.is_none_or(|owner| owner == self.share.index)
    }

    /// The parts of the parameters that the optimiser moves here.
    fn owned(&self) -> Vec<Range<usize>> {
        let own = self.pieces.iter().filter(|piece| self.owns(piece.owner));
        own.map(|piece| piece.range.clone()).collect()
    }

    /// By whom a weight is constrained; by everyone if by nobody in particular.
    fn constrainer(&self, tensor: &Tensor) -> Option<usize> {
        let found = self.constrainers.iter().find(|(known, _)| known.offset == tensor.offset);
        found.map(|(_, owner)| *owner)
    }

    /// Whether a weight is constrained here.
    pub(crate) fn constrains(&self, tensor: &Tensor) -> bool {
        self.owns(self.constrainer(tensor))
    }

    /// The sums of squares of the pieces that are computed here.
    pub(crate) fn add_up_squares(&mut self, gradient: &[f32]) {
        let mut squares = std::mem::take(&mut self.squares);
        for (sum, piece) in squares.iter_mut().zip(&self.pieces) {
            if self.owns(piece.owner) {
                *sum = square_sum(&gradient[piece.range.clone()]);
            }
        }
        self.squares = squares;
    }

    /// The sum of all squares.
    pub(crate) fn square_sum(&self) -> f64 {
        self.squares.iter().sum()
    }

    /// Neighbouring pieces of one owner: who, their places in the list, and in the parameters.
    fn runs(&self) -> impl Iterator<Item = (usize, Range<usize>, Range<usize>)> + '_ {
        let mut end = 0;
        self.pieces.chunk_by(|one, next| one.owner == next.owner).filter_map(move |run| {
            let places = end..end + run.len();
            end = places.end;
            let (first, last) = (run.first()?, run.last()?);
            Some((first.owner?, places, first.range.start..last.range.end))
        })
    }

    /// Adds to `list` the parts of a buffer laid out as the parameters.
    fn regions(&self, buffer: &[f32], list: &mut Vec<Region>) {
        list.extend(self.runs().map(|(owner, _, range)| Region::of(owner, &buffer[range])));
    }
}

/// Each weight of the encoders with who constrains it: the dearest first, to whoever has least to do.
fn constrainers(parameters: &Parameters, share: Share) -> Vec<(Tensor, usize)> {
    // Products of a weight with its transpose cost most; in 64 bits, since in wasm's 32 they would wrap.
    let cost = |tensor: &Tensor| -> u64 {
        let [rows, cols] = [tensor.rows, tensor.cols].map(|size| size as u64);
        rows * cols * rows.min(cols)
    };
    let of_encoders = |tensor: &&Tensor| parameters.is_of_encoder(tensor);
    let mut left: Vec<&Tensor> = parameters.weights().filter(of_encoders).collect();
    let mut loads = vec![0u64; share.count];
    let mut placed = Vec::new();
    while let Some(at) = (0..left.len()).max_by_key(|at| cost(left[*at])) {
        let tensor = left.swap_remove(at);
        let least = (0..loads.len()).min_by_key(|one| loads[*one]).unwrap_or(0);
        loads[least] += cost(tensor);
        placed.push((tensor.clone(), least));
    }
    placed
}

impl Trainer {
    /// From now on computes its share of each step only, to be called once before the first; what it
    /// takes from the others is [`Trainer::regions`].
    pub fn share(&mut self, share: Share) {
        self.share = Sharing::new(&self.parameters, share);
        self.optimiser.restrict(&self.share.owned());
        self.loss.share(share);
        self.tapes.iter_mut().for_each(|tape| {
            tape.share(share);
        });
        if let Some((_, penalty)) = self.penalty.as_mut().and_then(GradientPenalty::over_inputs) {
            penalty.share(share);
        }
    }

    /// How it shares steps.
    pub fn shared(&self) -> Share {
        self.share.share
    }

    /// Writes to `list` what each of those that share a step has written in a phase and the others take over.
    pub fn regions(&mut self, phase: Phase, list: &mut Vec<Region>) {
        list.clear();
        if self.share.share.is_whole() {
            return;
        }
        let batch = self.spec.batch;
        let penalty = self.penalty.as_mut().and_then(GradientPenalty::over_inputs);
        let penalty = penalty.map(|(_, penalty)| &*penalty);
        let mut of_penalty = |part: InputPart| {
            if let Some(penalty) = penalty {
                penalty.regions(part, list);
            }
        };
        match phase {
            Phase::Embed => {
                of_penalty(InputPart::Begin);
                let with_first = penalty.is_some();
                self.tapes.iter().for_each(|tape| tape.forward_regions(batch, with_first, list));
            }
            Phase::Observe => {
                of_penalty(InputPart::Embed);
                self.loss.regions(Pass::Observe, list);
            }
            Phase::Differentiate => {
                of_penalty(InputPart::Differentiate);
                self.loss.regions(Pass::Differentiate, list);
            }
            Phase::Backward => {
                of_penalty(InputPart::Tangents);
                self.tapes.iter().for_each(|tape| tape.delta_regions(batch, list));
            }
            Phase::PointsBackward => of_penalty(InputPart::Backward),
            Phase::Gradient => {
                let squares = &self.share.squares;
                list.extend(
                    self.share.runs().map(|(owner, at, _)| Region::of(owner, &squares[at])),
                );
            }
            Phase::Descend => self.share.regions(&self.params, list),
            Phase::Constrain if !self.policy.acts_after(self.optimiser.steps()) => {}
            Phase::Constrain => {
                let weights = self.share.constrainers.iter();
                list.extend(
                    weights.map(|(tensor, owner)| Region::of(*owner, &self.params[tensor.range()])),
                );
                list.extend(self.policy.warm_starts().iter().filter_map(|(tensor, norm)| {
                    Some(Region::of(self.share.constrainer(tensor)?, norm.start()))
                }));
            }
        }
    }

    /// Writes to `list` what is to be taken over before the state is whole: moments are kept in parts.
    pub fn state_regions(&self, list: &mut Vec<Region>) {
        list.clear();
        if self.share.share.is_whole() {
            return;
        }
        let (first, second) = self.optimiser.moments();
        self.share.regions(first, list);
        if !second.is_empty() {
            self.share.regions(second, list);
        }
    }
}
