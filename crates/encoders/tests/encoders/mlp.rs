//! Embeddings and gradients of perceptrons against their float64 twin.

use crate::twin::{Twin, convolutional, dot, exported, normals, parameters, row, spec};
use kantorovich_encoders::{Activation, Encoder, EncoderSpec, Tape};
use kantorovich_kernels::{Panels, PanelsRef, Random};
use proptest::prelude::*;

const ACTIVATIONS: [Activation; 4] =
    [Activation::Relu, Activation::LeakyRelu, Activation::MaxMin, Activation::GroupSort];

/// A number that `activation` takes as channels.
fn whole_groups(activation: usize, count: usize) -> usize {
    count.next_multiple_of(ACTIVATIONS[activation].group())
}

/// Convolutions over odd sizes, then one or two dense layers.
fn any_convolutional() -> impl Strategy<Value = EncoderSpec> {
    let layer = || (1usize..6, 1usize..5, 1usize..4, 0usize..3);
    let image = (1usize..6, 1usize..9, 1usize..9, any::<bool>());
    (image, prop::collection::vec(layer(), 1..3), any::<bool>(), 0usize..4, any::<bool>())
        .prop_map(|(image, layers, hidden, activation, bias)| {
            let layers: Vec<[usize; 4]> =
                layers.iter().map(|l| [whole_groups(activation, l.0), l.1, l.2, l.3]).collect();
            let dense: &[usize] = if hidden { &[4, 3] } else { &[3] };
            let (channels, height, width, by_pixels) = image;
            let image = [channels, height, width];
            (image, by_pixels, layers, dense, activation, bias)
        })
        .prop_filter_map("it fits", |(image, by_pixels, layers, dense, activation, bias)| {
            let mut fits = [image[1], image[2]];
            for [_, kernel, stride, padding] in &layers {
                for size in &mut fits {
                    let reach = (*size + 2 * padding).checked_sub(*kernel)?;
                    *size = reach / stride + 1;
                }
            }
            let spec =
                convolutional(image, by_pixels, &layers, dense, ACTIVATIONS[activation], bias);
            spec.validate().ok().map(|()| spec)
        })
}

/// Widths input first, hidden ones in groups that every activation takes.
fn any_spec() -> impl Strategy<Value = EncoderSpec> {
    let hidden = prop::collection::vec((1usize..4).prop_map(|quarter| 4 * quarter), 0..3);
    (1usize..14, hidden, 1usize..10, 0usize..4, any::<bool>()).prop_map(
        |(input, hidden, output, activation, bias)| {
            let widths = [vec![input], hidden, vec![output]].concat();
            spec(&widths, ACTIVATIONS[activation], bias)
        },
    )
}

fn embed(encoder: &Encoder, params: &[f32], x: PanelsRef<'_>, capacity: usize) -> Vec<f32> {
    let mut tape = Tape::new(encoder.spec(), capacity);
    let mut out = Panels::zeros(x.rows(), encoder.spec().output_width());
    encoder.embed(params, x, &mut tape, out.view_mut());
    out.to_row_major()
}

proptest! {
    #![proptest_config(crate::fixed_cases(40))]

    #[test]
    fn embeddings_are_the_twins(spec in any_spec(), rows in 1usize..20, seed in 0u64..1000) {
        check_embeddings(spec, rows, seed);
    }

    #[test]
    fn embeddings_through_convolutions_are_the_twins(
        spec in any_convolutional(), rows in 1usize..20, seed in 0u64..1000,
    ) {
        check_embeddings(spec, rows, seed);
    }

    #[test]
    fn gradients_match_central_differences(spec in any_spec(), rows in 1usize..12, seed in 0u64..1000) {
        check_gradients(spec, rows, seed);
    }

    #[test]
    fn gradients_through_convolutions_match_central_differences(
        spec in any_convolutional(), rows in 1usize..5, seed in 0u64..1000,
    ) {
        check_gradients(spec, rows, seed);
    }

    #[test]
    fn e2_an_embedding_through_convolutions_does_not_depend_on_the_rows_beside_it(
        spec in any_convolutional(), rows in 1usize..20, seed in 0u64..1000,
    ) {
        let mut random = Random::new(seed);
        let params = parameters(&spec, &mut random);
        let input = spec.input_width();
        let values = normals(rows * input, &mut random);
        let encoder = Encoder::new(spec).unwrap();
        let panels = |values: &[f32]| Panels::from_row_major(values.len() / input, input, values);
        let whole = embed(&encoder, &params, panels(&values).view(), rows);
        let alone: Vec<f32> = values
            .chunks(input)
            .flat_map(|row| embed(&encoder, &params, panels(row).view(), 1))
            .collect();
        prop_assert_eq!(whole, alone);
    }
}

fn check_embeddings(spec: EncoderSpec, rows: usize, seed: u64) {
    let mut random = Random::new(seed);
    let params = parameters(&spec, &mut random);
    let twin = Twin::new(&spec, &params);
    let (input, output) = (spec.input_width(), spec.output_width());
    let values = normals(rows * input, &mut random);
    let x = Panels::from_row_major(rows, input, &values);
    let encoder = Encoder::new(spec).unwrap();
    let found = embed(&encoder, &params, x.view(), rows);
    for i in 0..rows {
        let expected = twin.embed(&row(&values, input, i));
        for (found, expected) in found[i * output..].iter().zip(expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-4 * (1.0 + expected.abs()));
        }
    }
}

fn check_gradients(spec: EncoderSpec, rows: usize, seed: u64) {
    let mut random = Random::new(seed);
    let params = parameters(&spec, &mut random);
    let (input, output) = (spec.input_width(), spec.output_width());
    let values = normals(rows * input, &mut random);
    let upstream = normals(rows * output, &mut random);
    let mut encoder = Encoder::new(spec.clone()).unwrap();
    let mut tape = Tape::new(&spec, rows);
    let x = Panels::from_row_major(rows, input, &values);
    let d_out = Panels::from_row_major(rows, output, &upstream);
    // The gradient is added to what is there.
    let mut gradient = vec![0.5; params.len()];
    encoder.forward(&params, x.view(), &mut tape);
    encoder.backward(&params, x.view(), &mut tape, d_out.view(), &mut gradient);

    let value = |twin: &Twin| -> f64 {
        (0..rows)
            .map(|i| dot(&twin.embed(&row(&values, input, i)), &row(&upstream, output, i)))
            .sum()
    };
    let step = 1e-7;
    let gradient = exported(encoder.layout(), &gradient);
    Twin::new(&spec, &params).for_each_nudge(step, |tensor, place, up, down| {
        let expected = (value(up) - value(down)) / (2.0 * step);
        let found = gradient[tensor][place] - 0.5;
        let scale = 1.0 + expected.abs();
        assert!(
            (found - expected).abs() < 2e-4 * scale,
            "{found} for {expected} at {tensor}, {place}, {spec:?}"
        );
    });
}

#[test]
fn e2_an_embedding_does_not_depend_on_the_rows_beside_it() {
    for activation in ACTIVATIONS {
        let hidden = 5usize.next_multiple_of(activation.group());
        let spec = spec(&[7, hidden, 3], activation, true);
        let params = parameters(&spec, &mut Random::new(1));
        let encoder = Encoder::new(spec).unwrap();
        let entry = |at: usize| ((3 * (at / 7) + 5 * (at % 7)) % 7) as f32 - 3.0;
        let values: Vec<f32> = (0..13 * 7).map(entry).collect();
        let rows = |from: usize, to: usize| {
            Panels::from_row_major(to - from, 7, &values[from * 7..to * 7])
        };

        let whole = embed(&encoder, &params, rows(0, 13).view(), 13);
        let pieces = |cuts: &[usize]| -> Vec<f32> {
            let piece = |cut: &[usize]| embed(&encoder, &params, rows(cut[0], cut[1]).view(), 16);
            cuts.windows(2).flat_map(piece).collect()
        };
        assert_eq!(pieces(&(0..14).collect::<Vec<_>>()), whole);
        assert_eq!(pieces(&[0, 4, 13]), whole);
        assert_eq!(pieces(&[0, 8, 13]), whole);
        assert_eq!(embed(&encoder, &params, rows(0, 13).view(), 8), whole, "in pieces of a tape");

        let reversed: Vec<f32> = values.chunks(7).rev().flatten().copied().collect();
        let reversed = Panels::from_row_major(13, 7, &reversed);
        let back: Vec<f32> = whole.chunks(3).rev().flatten().copied().collect();
        assert_eq!(embed(&encoder, &params, reversed.view(), 13), back);
    }
}

#[test]
fn p4_a_dense_layer_reads_weights_as_pytorch_orders_them() {
    let spec = spec(&[3, 2], Activation::Relu, true);
    let encoder = Encoder::new(spec).unwrap();
    let layout = encoder.layout();
    let mut params = vec![0.0; layout.len()];
    layout.weight(0).import(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &mut params).unwrap();
    layout.bias(0).unwrap().import(&[0.5, -0.5], &mut params).unwrap();
    let x = Panels::from_row_major(1, 3, &[1.0, 0.0, -1.0]);
    assert_eq!(embed(&encoder, &params, x.view(), 1), [-1.5, -2.5]);
}

#[test]
fn a_gradient_of_200_rows_is_the_sum_of_its_blocks_of_64_bit_for_bit() {
    let spec = spec(&[9, 6, 5], Activation::MaxMin, true);
    let mut random = Random::new(4);
    let params = parameters(&spec, &mut random);
    let x = Panels::from_row_major(200, 9, &normals(200 * 9, &mut random));
    let d_out = Panels::from_row_major(200, 5, &normals(200 * 5, &mut random));
    let mut encoder = Encoder::new(spec.clone()).unwrap();
    let mut tape = Tape::new(&spec, 200);
    let mut run = |cuts: &[usize]| {
        let mut gradient = vec![0.0; params.len()];
        for cut in cuts.windows(2) {
            let (x, d_out) = (
                x.view().row_block(cut[0], cut[1] - cut[0]),
                d_out.view().row_block(cut[0], cut[1] - cut[0]),
            );
            encoder.forward(&params, x, &mut tape);
            encoder.backward(&params, x, &mut tape, d_out, &mut gradient);
        }
        gradient
    };
    assert_eq!(run(&[0, 200]), run(&[0, 64, 128, 192, 200]));
}
