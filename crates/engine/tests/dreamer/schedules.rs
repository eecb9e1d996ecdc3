//! Noise, noise levels and samplers against the reference, with a made-up network whose answers are known.

use burn::tensor::{Tensor, TensorData};
use throng_engine::Device;
use throng_engine::dreamer::Sampler;
use throng_engine::dreamer::noise::Noise;
use throng_engine::dreamer::sampler::Run;
use throng_engine::dreamer::schedule::Schedule;

use crate::fixtures::{PIPELINES, assert_equal, golden, told};

/// Levels are numbers from 0.03 to 160: this part of each is far below what a picture could show.
const LEVEL_TOLERANCE: f64 = 2e-5;

fn schedule(pipeline: &str) -> Schedule {
    Schedule::read(&golden(pipeline).join("scheduler/scheduler_config.json")).unwrap()
}

fn cases() -> impl Iterator<Item = (&'static str, Sampler, bool, String)> {
    PIPELINES.into_iter().flat_map(|pipeline| {
        Sampler::ALL.into_iter().flat_map(move |sampler| {
            [false, true].map(|karras| {
                let key = format!("{}.{}", sampler.name(), if karras { "karras" } else { "plain" });
                (pipeline, sampler, karras, key)
            })
        })
    })
}

#[test]
fn noise_is_what_the_reference_makes_of_the_same_seed() {
    let wanted: Vec<f32> = serde_json::from_value(told()["noise.7"].clone()).unwrap();
    let found = Noise::new(7).take(wanted.len());
    for (found, wanted) in found.iter().zip(&wanted) {
        assert!((found - wanted).abs() < 1e-6, "{found} {wanted}");
    }
}

#[test]
fn every_sampler_visits_the_levels_of_its_reference() {
    for (pipeline, sampler, karras, key) in cases() {
        for steps in [3, 30] {
            let wanted: Vec<[f64; 3]> =
                serde_json::from_value(told()[format!("{pipeline}.levels")][format!("{key}.{steps}")].clone()).unwrap();
            let plan = schedule(pipeline).plan(sampler, karras, steps);
            assert_eq!(plan.steps.len(), wanted.len(), "{pipeline} {key}");
            for (step, [time, sigma, next]) in plan.steps.iter().zip(wanted) {
                let near = |found: f64, wanted: f64, unit: f64| {
                    (found - wanted).abs() <= LEVEL_TOLERANCE * wanted.abs().max(unit)
                };
                assert!(near(step.time, time, 1.0), "{pipeline} {key} {steps}: time {} for {time}", step.time);
                assert!(near(step.sigma, sigma, 0.0), "{pipeline} {key} {steps}: sigma {} for {sigma}", step.sigma);
                assert!(near(step.next, next, 0.0), "{pipeline} {key} {steps}: next {} for {next}", step.next);
            }
        }
    }
}

#[test]
fn every_sampler_walks_the_path_of_its_reference() {
    let device = Device::cpu();
    for (pipeline, sampler, karras, key) in cases() {
        let schedule = schedule(pipeline);
        let plan = schedule.plan(sampler, karras, 7);
        let mut noise = Noise::new(5);
        let mut draw = || {
            let shape = [1, 4, 8, 8];
            Tensor::<4>::from_data(TensorData::new(noise.take(shape.iter().product()), shape), device.handle())
        };
        let mut x = draw() * plan.start;
        let mut run = Run::new(sampler, schedule.prediction(), &plan, 0);
        let mut inputs = Vec::new();
        while let Some(step) = run.step() {
            let input = run.input(x.clone());
            inputs.push(input.clone());
            let answer = (input * 1.3 + step.time / 1000.0).sin() * 0.9;
            let fresh = run.wants_noise().then(&mut draw);
            x = run.advance(x, answer, fresh);
        }
        let inputs: Tensor<5> = Tensor::stack(inputs, 0);
        assert_equal(inputs, &format!("{pipeline}.walk.{key}.inputs"), &device);
        assert_equal(x, &format!("{pipeline}.walk.{key}.result"), &device);
    }
}
