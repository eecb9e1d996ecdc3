//! What the known bridges can do, version by version, as tables. A bridge that is in no table can do what it declares in its pops. What a
//! worker wants to do is not here but in its offer.

/// Samplers with a bit of their own, by wire name.
pub(crate) const SAMPLERS: [&str; 18] = [
    "k_lms",
    "k_heun",
    "k_euler",
    "k_euler_a",
    "k_dpm_2",
    "k_dpm_2_a",
    "k_dpm_fast",
    "k_dpm_adaptive",
    "k_dpmpp_2s_a",
    "k_dpmpp_2m",
    "k_dpmpp_sde",
    "dpmsolver",
    "DDIM",
    "lcm",
    "plms",
    "uni_pc",
    "uni_pc_bh2",
    "ddim",
];

/// The post-processors the wire knows, by wire name, in the wire's order. Each has a bit of its own in what a worker offers.
pub const POST_PROCESSORS: [&str; 16] = [
    "GFPGAN",
    "RealESRGAN_x4plus",
    "RealESRGAN_x2plus",
    "RealESRGAN_x4plus_anime_6B",
    "NMKD_Siax",
    "4x_AnimeSharp",
    "CodeFormers",
    "strip_background",
    "4xNomos8kSC",
    "4xLSDIRplus",
    "4xNomosWebPhoto_RealPLKSR",
    "4xNomos2_realplksr_dysample",
    "4xNomos2_hq_dat2",
    "2xModernSpanimationV1",
    "GFPGANv1.3",
    "RestoreFormer",
];

/// A program that workers run, as far as it differs from what its pops declare.
struct Bridge {
    name: &'static str,
    /// What each version added.
    adds: &'static [(u32, &'static [&'static str])],
    /// Samplers usable with and without Karras' schedule, by the version that added them.
    samplers: &'static [(u32, &'static [&'static str])],
    /// Samplers usable only without.
    plain_samplers: &'static [(u32, &'static [&'static str])],
}

const BRIDGES: &[Bridge] = &[
    Bridge {
        name: "AI Horde Worker reGen",
        adds: &[
            (
                1,
                &[
                    "img2img",
                    "inpainting",
                    "karras",
                    "post-processing",
                    "GFPGAN",
                    "RealESRGAN_x4plus",
                    "r2",
                    "CodeFormers",
                    "clip_skip",
                    "r2_source",
                    "controlnet",
                    "strip_background",
                    "return_control_map",
                    "RealESRGAN_x4plus_anime_6B",
                    "NMKD_Siax",
                    "4x_AnimeSharp",
                    "image_is_control",
                    "RealESRGAN_x2plus",
                    "hires_fix",
                    "tiling",
                ],
            ),
            (2, &["textual_inversion", "lora"]),
            (3, &["lora_versions"]),
            (5, &["extra_source_images"]),
            (6, &["stable_cascade_2pass"]),
            (7, &["qr_code", "extra_texts", "workflow"]),
            (8, &["layer_diffuse"]),
            (9, &["flux"]),
            (
                13,
                &[
                    "4xNomos8kSC",
                    "4xLSDIRplus",
                    "4xNomosWebPhoto_RealPLKSR",
                    "4xNomos2_realplksr_dysample",
                    "4xNomos2_hq_dat2",
                    "2xModernSpanimationV1",
                    "GFPGANv1.3",
                    "RestoreFormer",
                ],
            ),
        ],
        samplers: &[
            (
                2,
                &[
                    "k_lms",
                    "k_heun",
                    "k_euler",
                    "k_euler_a",
                    "k_dpm_2",
                    "k_dpm_2_a",
                    "k_dpm_fast",
                    "k_dpm_adaptive",
                    "k_dpmpp_2s_a",
                    "k_dpmpp_2m",
                    "k_dpmpp_sde",
                    "dpmsolver",
                    "DDIM",
                ],
            ),
            (3, &["lcm"]),
        ],
        plain_samplers: &[],
    },
    Bridge {
        name: "AI Horde Worker",
        adds: &[
            (3, &["img2img"]),
            (4, &["inpainting"]),
            (6, &["karras"]),
            (7, &["post-processing", "GFPGAN", "RealESRGAN_x4plus"]),
            (8, &["r2"]),
            (9, &["CodeFormers"]),
            (13, &["hires_fix", "clip_skip"]),
            (14, &["r2_source"]),
            (15, &["controlnet"]),
            (18, &["strip_background", "return_control_map", "RealESRGAN_x4plus_anime_6B"]),
            (19, &["NMKD_Siax", "4x_AnimeSharp"]),
            (21, &["RealESRGAN_x2plus"]),
            (22, &["lora"]),
            (23, &["image_is_control"]),
            (24, &["textual_inversion"]),
        ],
        samplers: &[
            (
                11,
                &[
                    "k_lms",
                    "k_heun",
                    "k_euler",
                    "k_euler_a",
                    "k_dpm_2",
                    "k_dpm_2_a",
                    "k_dpm_fast",
                    "k_dpm_adaptive",
                    "k_dpmpp_2s_a",
                    "k_dpmpp_2m",
                    "dpmsolver",
                ],
            ),
            (12, &["k_dpmpp_sde"]),
        ],
        plain_samplers: &[(17, &["DDIM"])],
    },
    Bridge {
        name: "SD-WebUI Stable Horde Worker Bridge",
        adds: &[
            (1, &["inpainting", "karras", "r2", "CodeFormers"]),
            (2, &["tiling"]),
            (3, &["r2_source"]),
            (4, &["clip_skip"]),
        ],
        samplers: &[(
            1,
            &[
                "k_lms",
                "k_heun",
                "k_euler",
                "k_euler_a",
                "k_dpm_2",
                "k_dpm_2_a",
                "k_dpm_fast",
                "k_dpm_adaptive",
                "k_dpmpp_2s_a",
                "k_dpmpp_2m",
                "k_dpmpp_sde",
            ],
        )],
        plain_samplers: &[(1, &["DDIM", "plms"])],
    },
    Bridge {
        name: "HordeAutoWebBridge",
        adds: &[(1, &["painting", "img2img", "karras"]), (2, &["tiling"])],
        samplers: &[(1, &["k_lms", "k_dpm_2", "k_dpm_2_a", "k_dpmpp_2s_a", "k_dpmpp_2m", "dpmsolver"])],
        plain_samplers: &[(1, &["k_heun", "k_euler", "k_euler_a", "k_dpm_fast", "k_dpm_adaptive"])],
    },
];

/// Bridges that are paid in full, with the version from which they are.
const PAID_IN_FULL: &[(&str, u32)] =
    &[("AI Horde Worker reGen", 13), ("AI Horde Worker", 24), ("Throng Worker", 0), ("Throng Web Worker", 0)];

/// Text backends that are known to work as they say.
const VALIDATED_BACKENDS: &[&str] = &[
    "AI Horde Worker",
    "AI Horde Worker~aphrodite~oai",
    "AI Horde Worker~aphrodite~kai",
    "KoboldCppEmbedWorker",
    "TabbyAPI",
    "Throng Worker",
    "Throng Web Worker",
];

/// A bridge agent taken apart: `name:version:url`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BridgeAgent<'a> {
    /// The program.
    pub name: &'a str,
    /// Its major version; 0 if it cannot be read.
    pub version: u32,
}

impl<'a> BridgeAgent<'a> {
    /// Takes an agent apart.
    pub fn parse(agent: &'a str) -> Self {
        let mut parts = agent.split(':');
        let name = parts.next().unwrap_or_default();
        let version = parts.next().and_then(|text| text.split('.').next()?.trim().parse().ok());
        Self { name, version: version.unwrap_or(0) }
    }

    fn known(&self) -> Option<&'static Bridge> {
        BRIDGES.iter().find(|bridge| bridge.name == self.name)
    }

    /// Tells whether the bridge can do something. One in no table can do whatever it declares.
    pub fn can(&self, capability: &str) -> bool {
        self.known().is_none_or(|bridge| self.reaches(bridge.adds, capability))
    }

    /// Tells whether the bridge has a sampler, with or without Karras' schedule.
    pub fn samples(&self, sampler: &str, karras: bool) -> bool {
        self.known().is_none_or(|bridge| {
            self.reaches(bridge.samplers, sampler) || !karras && self.reaches(bridge.plain_samplers, sampler)
        })
    }

    /// Tells whether a text backend is known to work as it says.
    pub fn is_validated_backend(&self) -> bool {
        VALIDATED_BACKENDS.contains(&self.name)
    }

    /// Tells which share of an image reward the bridge earns its owner, in hundredths: all for the latest of the maintained ones, so that
    /// owners keep them current.
    pub fn share_hundredths(&self) -> i64 {
        match PAID_IN_FULL.iter().find(|(name, _)| *name == self.name) {
            Some((_, latest)) if self.version >= *latest => 100,
            Some(_) => 90,
            None => 75,
        }
    }

    fn reaches(&self, table: &[(u32, &[&str])], what: &str) -> bool {
        table.iter().any(|(version, adds)| *version <= self.version && adds.contains(&what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_taken_apart() {
        for (agent, name, version) in [
            ("AI Horde Worker reGen:10.1.2:https://x", "AI Horde Worker reGen", 10),
            ("unknown:0:unknown", "unknown", 0),
            ("odd", "odd", 0),
            ("odd:v3:u", "odd", 0),
        ] {
            assert_eq!(BridgeAgent::parse(agent), BridgeAgent { name, version });
        }
    }

    #[test]
    fn known_bridges_can_what_their_version_can() {
        let old = BridgeAgent::parse("AI Horde Worker reGen:2:u");
        assert!(old.can("lora") && !old.can("flux") && old.samples("k_euler", true));
        assert!(!old.samples("lcm", true));
        let first = BridgeAgent::parse("AI Horde Worker reGen:1:u");
        assert!(!first.samples("k_euler", false), "its table begins at version 2");
        let plain = BridgeAgent::parse("AI Horde Worker:17:u");
        assert!(plain.samples("DDIM", false) && !plain.samples("DDIM", true));
    }

    #[test]
    fn unknown_bridges_can_what_they_declare() {
        let stranger = BridgeAgent::parse("stranger:1:u");
        assert!(stranger.can("flux") && stranger.samples("anything", true));
        assert!(!stranger.is_validated_backend());
    }

    #[test]
    fn only_current_maintained_bridges_are_paid_in_full() {
        for (agent, share) in [
            ("AI Horde Worker reGen:13:u", 100),
            ("AI Horde Worker reGen:12:u", 90),
            ("stranger:99:u", 75),
            ("Throng Worker:0.1.0:u", 100),
            ("Throng Web Worker:0.1.0:u", 100),
        ] {
            assert_eq!(BridgeAgent::parse(agent).share_hundredths(), share, "{agent}");
        }
    }
}
