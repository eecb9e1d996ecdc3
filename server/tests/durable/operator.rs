//! What an operator does from the command line.

use throng_domain::{Kudos, UserId};
use throng_server::operator::{Operator, OperatorError};

use crate::fixture::Fixture;

#[tokio::test]
async fn an_operator_creates_and_rewards_users_only_while_no_server_runs() {
    let fixture = Fixture::new().await;
    let (clock, ids, secret) = (fixture.app.clock.clone(), fixture.app.ids.clone(), fixture.app.secret.clone());
    let operator = Operator { options: fixture.options.clone(), clock, ids, secret };
    assert!(matches!(operator.create_user("ada").await, Err(OperatorError::Leading)));
    let Fixture { house, options, data, .. } = fixture;
    house.stop().await;
    let (ada, key) = operator.create_user("ada").await.unwrap();
    assert_eq!(ada, UserId(1));
    operator.grant(ada, Kudos::whole(12)).await.unwrap();
    assert!(matches!(operator.grant(UserId(77), Kudos::whole(12)).await, Err(OperatorError::NoGrant(_))));
    assert_eq!(operator.show(ada).await.unwrap().balance, Kudos::whole(12));
    operator.set_role(ada, "moderator", true).await.unwrap();
    let roles = operator.show(ada).await.unwrap().record.roles;
    assert!(roles.moderator && roles.trusted);
    assert!(matches!(operator.set_role(ada, "king", true).await, Err(OperatorError::NoRole(_))));
    let (bob, _) = operator.create_user("bob").await.unwrap();
    let other = operator.new_key(ada).await.unwrap();
    assert!(matches!(operator.new_key(UserId(77)).await, Err(OperatorError::NoUser(UserId(77)))));
    let found = operator.list("B").await.unwrap();
    assert_eq!(found.iter().map(|user| user.record.id).collect::<Vec<_>>(), [bob]);
    assert_eq!(operator.list("").await.unwrap().len(), 3);
    let again = Fixture::on(options, data, 2).await;
    let owner = |key: &str| {
        let hash = throng_domain::desk::restore::KeyHash(again.app.secret.key_hash(key));
        again.app.keys.find(&hash)
    };
    assert_eq!((owner(&key), owner(&other)), (None, Some(ada)), "the lost key opens nothing any more");
    again.audit().await;
    again.house.stop().await;
}
