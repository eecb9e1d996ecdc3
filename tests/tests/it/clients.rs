//! What real clients and workers rely on, beyond what the contract says: twenty-one points, found by reading them and by running them,
//! each with a test of its own named after it. What else tests a point is named beside it.
//!
//! | point | test | and |
//! |--:|---|---|
//! | all | `npm` | the npm client itself, unmodified |
//! | 1 addresses | `doors::point_01_…` | |
//! | 2 headers | `doors::point_02_…` | `stories::filters` (masks), `stories::people` (proxies) |
//! | 3 keys | `doors::point_03_…` | `stories::sharedkeys` |
//! | 4 calls from browsers | `doors::point_04_…` | |
//! | 5 status codes | `doors::point_05_…` | `conformance::walk` |
//! | 6 errors | `doors::point_06_…` | `stories::refusals`, `conformance::walk` |
//! | 7 words that workers test | `doors::point_07_…` | `stories::fleet`, `stories::alchemy` |
//! | 8 no message when all is well | `results::point_08_…` | |
//! | 9 progress | `results::point_09_…` | |
//! | 10 pictures | `results::point_10_…` (two) | `stories::image` |
//! | 11 texts | `results::point_11_…` | `stories::text` |
//! | 12 popping pictures | `work::point_12_…` (two) | |
//! | 13 popping texts | `work::point_13_…` | `stories::text` |
//! | 14 submitting | `work::point_14_…` | |
//! | 15 alchemy | `work::point_15_…` | `stories::alchemy` |
//! | 16 unknown members | `work::point_16_…` | `stories::refusals` |
//! | 17 models | `looks::point_17_…` | |
//! | 18 workers | `looks::point_18_…` | |
//! | 19 the description of the interface | `looks::point_19_…` | `stories::interface` |
//! | 20 limits of rate | `looks::point_20_…` | the limits' own table |
//! | 21 the node, and the kind of content | `looks::point_21_…` | |

mod doors;
mod looks;
mod npm;
mod results;
mod work;
