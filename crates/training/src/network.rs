//! Both encoders over one flat buffer of parameters.
//!
//! Each method is the encoder's own of that name on its side's part of the buffers. A shared
//! encoder serves both sides and gathers both sides' gradients in one part.

use std::ops::Range;

use kantorovich_encoders::{Encoder, InputGradient, Tape, initialise};
use kantorovich_kernels::{Error, PanelsMut, PanelsRef, Random, Share};

use crate::TrainerSpec;
use crate::parameters::{Parameters, Side};

/// The encoders of x and y, or one for both.
#[derive(Debug)]
pub(crate) struct Network {
    encoders: Vec<Encoder>,
    parts: [Range<usize>; 2],
}

impl Network {
    pub(crate) fn new(spec: &TrainerSpec, parameters: &Parameters) -> Result<Self, Error> {
        let count = if spec.y_widths.is_some() { 2 } else { 1 };
        let encoders: Result<_, _> =
            (0..count).map(|side| Encoder::new(spec.encoder(side))).collect();
        Ok(Self { encoders: encoders?, parts: Side::BOTH.map(|side| parameters.encoder(side)) })
    }

    pub(crate) fn initialise(&self, params: &mut [f32], random: &mut Random) {
        for (encoder, part) in self.encoders.iter().zip(&self.parts) {
            initialise(encoder.spec(), &mut params[part.clone()], random);
        }
    }

    pub(crate) fn encoder(&self, side: Side) -> &Encoder {
        &self.encoders[side.index().min(self.encoders.len() - 1)]
    }

    fn encoder_mut(&mut self, side: Side) -> &mut Encoder {
        let last = self.encoders.len() - 1;
        &mut self.encoders[side.index().min(last)]
    }

    fn part(&self, side: Side) -> Range<usize> {
        self.parts[side.index()].clone()
    }

    pub(crate) fn forward(&self, side: Side, params: &[f32], x: PanelsRef<'_>, tape: &mut Tape) {
        self.encoder(side).forward(&params[self.part(side)], x, tape);
    }

    pub(crate) fn forward_rest(&self, side: Side, params: &[f32], tape: &mut Tape) {
        self.encoder(side).forward_rest(&params[self.part(side)], tape);
    }

    pub(crate) fn deltas(&self, side: Side, params: &[f32], tape: &mut Tape, d_out: PanelsRef<'_>) {
        self.encoder(side).deltas(&params[self.part(side)], tape, d_out);
    }

    pub(crate) fn later_gradients(
        &mut self,
        side: Side,
        tape: &Tape,
        gradient: &mut [f32],
        share: Share,
    ) {
        let part = self.part(side);
        self.encoder_mut(side).later_gradients(tape, &mut gradient[part], share);
    }

    pub(crate) fn first_layer_gradient(
        &mut self,
        side: Side,
        x: PanelsRef<'_>,
        tape: &Tape,
        gradient: &mut [f32],
        share: Share,
    ) {
        let part = self.part(side);
        self.encoder_mut(side).first_layer_gradient(x, tape, &mut gradient[part], share);
    }

    pub(crate) fn first_gram(&self, side: Side, params: &[f32], pass: &mut InputGradient) {
        self.encoder(side).first_gram(&params[self.part(side)], pass);
    }

    pub(crate) fn input_gradient(
        &self,
        side: Side,
        params: &[f32],
        tape: &Tape,
        v: PanelsRef<'_>,
        pass: &mut InputGradient,
    ) {
        self.encoder(side).input_gradient(&params[self.part(side)], tape, v, pass);
    }

    pub(crate) fn penalty_tangents(
        &self,
        side: Side,
        params: &[f32],
        tape: &Tape,
        pass: &mut InputGradient,
        slopes: &[f32],
    ) {
        self.encoder(side).penalty_tangents(&params[self.part(side)], tape, pass, slopes);
    }

    pub(crate) fn penalty_gradient(
        &self,
        side: Side,
        params: &[f32],
        pass: &mut InputGradient,
        slopes: &[f32],
        gradient: &mut [f32],
        share: Share,
    ) {
        let part = self.part(side);
        let (params, gradient) = (&params[part.clone()], &mut gradient[part]);
        self.encoder(side).penalty_gradient(params, pass, slopes, gradient, share);
    }

    pub(crate) fn embed(
        &self,
        side: Side,
        params: &[f32],
        x: PanelsRef<'_>,
        tape: &mut Tape,
        out: PanelsMut<'_>,
    ) {
        self.encoder(side).embed(&params[self.part(side)], x, tape, out);
    }
}
