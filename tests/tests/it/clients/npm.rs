//! The AI Horde's npm client, unmodified, against this server: `tests/npm/drive.mjs` says what it does.

use std::path::PathBuf;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use throng_domain::standing::Roles;
use throng_domain::{Kudos, UserId};
use throng_tests::house::House;
use throng_tests::process::node;

use super::doors::webp;

#[tokio::test(flavor = "multi_thread")]
async fn the_npm_client_drives_everything_it_knows() {
    if std::env::var_os("THRONG_TEST_QUICK").is_some() {
        return;
    }
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("npm");
    let house = House::new().await;
    let (ada, _bob) = (house.user("ada").await, house.user("bob").await);
    let roles = Roles { trusted: true, ..Roles::default() };
    assert!(house.app().desk.set_roles(UserId(1), roles).await.expect("the desk works"));
    assert!(house.app().desk.grant(UserId(1), Kudos::whole(10_000)).await.expect("the desk works"));
    let (base, key) = (house.listens().await, ada.key().to_owned());
    let driven = tokio::task::spawn_blocking(move || {
        if !folder.join("node_modules/@zeldafan0225/ai_horde").is_dir() {
            let fetched =
                Command::new("npm").args(["ci", "--silent", "--no-audit", "--no-fund"]).current_dir(&folder).status();
            assert!(fetched.expect("npm").success(), "npm ci in tests/npm failed");
        }
        let driver = ["drive.mjs", &base, &key, &STANDARD.encode(webp())];
        Command::new(node()).args(driver).current_dir(&folder).output().expect("node")
    });
    let driven = driven.await.expect("the driver ends");
    assert!(driven.status.success(), "{}", String::from_utf8_lossy(&driven.stderr));
}
