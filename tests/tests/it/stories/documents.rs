//! What the house says about itself.

use serde_json::json;
use throng_tests::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn documents_come_in_two_forms_and_can_be_replaced() {
    let house = House::new().await;
    let ada = house.stranger();
    for name in ["terms", "privacy", "sponsors"] {
        let html = ada.gets(&format!("/api/v2/documents/{name}")).await;
        assert!(html["html"].as_str().is_some_and(|text| text.starts_with("<h1>")), "{html}");
        assert!(html.get("markdown").is_none());
        let markdown = ada.gets(&format!("/api/v2/documents/{name}?format=markdown")).await;
        assert!(markdown["markdown"].as_str().is_some_and(|text| text.starts_with("# ")), "{markdown}");
    }
    let answer = house.call(hyper::Method::GET, "/api/v2/documents/terms?format=pdf", "", None).await;
    assert_eq!((answer.status.as_u16(), answer.rc()), (400, "BadRequest"));
    let folder = house.app().config.data_dir().join("documents");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("sponsors.md"), "# Us\n\n- **Ada** <b>").expect("a file");
    let replaced = ada.gets("/api/v2/documents/sponsors").await;
    assert_eq!(replaced["html"], "<h1>Us</h1>\n<ul>\n<li><strong>Ada</strong> &lt;b&gt;</li>\n</ul>\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn news_are_listed_newest_first_with_the_operators_own() {
    let house = House::new().await;
    let news = throng_api::documents::News {
        date_published: "2031-01-02".to_owned(),
        newspiece: "All is well.".to_owned(),
        importance: "Information".to_owned(),
        tags: vec!["house".to_owned()],
        title: "Well".to_owned(),
        more_info_urls: Vec::new(),
    };
    let on = news.date_published.parse().expect("a date");
    throng_server::store::news::add(&house.app().pool, house.app().ids.uuid(), on, &news).await.expect("a table");
    let listed = house.stranger().gets("/api/v2/status/news").await;
    assert_eq!((&listed[0]["title"], &listed[0]["tags"]), (&json!("Well"), &json!(["house"])));
    let dates: Vec<_> =
        listed.as_array().expect("a list").iter().map(|one| one["date_published"].to_string()).collect();
    assert!(dates.len() > 1 && dates.is_sorted_by(|one, other| one >= other), "{dates:?}");
}
