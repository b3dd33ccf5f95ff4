//! English and Welsh: what decides a page's language, and what is kept of a reader's choice.

use actix_web::http::Method;
use serde_json::json;
use store::{Guest, Language};

use crate::browser::{Browser, Site};
use crate::world::World;

#[actix_web::test]
async fn a_page_is_in_the_language_that_was_chosen_or_that_the_browser_asks_for() {
    let world = World::new();
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    let asked = async |path: &str, accepted: &str| {
        let request = browser.request(Method::GET, path);
        let request = request.insert_header(("Accept-Language", accepted));
        browser.ask(request).await.text().replace("&#x3D;", "=")
    };
    for path in [
        "/",
        "/genuine",
        "/privacy",
        "/cookies",
        "/accessibility",
        "/m/x",
        "/nothing",
    ] {
        let english = asked(path, "en-GB").await;
        assert!(english.contains("<html lang=\"en\" dir=\"ltr\">"), "{path}");
        assert!(english.contains("Need help?"), "{path}");
        let welsh = asked(path, "cy, en;q=0.5").await;
        assert!(welsh.contains("<html lang=\"cy\" dir=\"ltr\">"), "{path}");
        assert!(welsh.contains("Angen help?"), "{path}");
        let chosen = asked(&format!("{path}?lang=cy"), "en-GB").await;
        assert!(chosen.contains("<html lang=\"cy\" dir=\"ltr\">"), "{path}");
        // The choice goes on, and nothing else of the query does.
        assert!(chosen.contains("href=\"/privacy?lang=cy\""), "{path}");
    }
    let plain = asked("/privacy?lang=cy&zz=%22%3E", "en").await;
    assert!(
        plain.contains("href=\"/privacy?lang=en\""),
        "the switch back"
    );
    assert!(!plain.contains("zz"), "nothing else of a query comes back");
}

#[actix_web::test]
async fn what_the_page_of_a_message_is_switched_by_is_no_link() {
    let world = World::new();
    let held = world.message().await;
    let site = Site::new(&world.viewer()).await;
    let page = Browser::new(&site)
        .get(&format!("/m/{}", held.handle))
        .await;
    let page = page.text();
    assert!(page.contains("<button type=\"button\" lang=\"cy\" data-language=\"cy\">Cymraeg"));
    assert!(!page.contains("?lang="), "a link would lose the fragment");
    assert!(
        page.contains("Mae angen JavaScript ar y dudalen hon"),
        "both without script"
    );
}

#[actix_web::test]
async fn a_choice_comes_with_a_code_or_from_a_session_and_from_nowhere_else() {
    let world = World::new();
    let held = world.message().await;
    let recipient = world
        .store
        .recipient_by_handle(&held.handle)
        .await
        .unwrap()
        .unwrap();
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    let kept = async || world.store.language_of(recipient.id).await.unwrap();
    let path = Browser::path(&held, "language");

    let answer = browser.post(&path, &json!({ "language": "cy" })).await;
    assert_eq!(answer.refusal(), "401 session-ended");
    assert_eq!(browser.summary(&held).await.status, 200);
    assert_eq!(kept().await, None);
    let code = Browser::path(&held, "code");
    let wrong = browser
        .post(&code, &json!({ "proof": "A".repeat(43), "language": "cy" }))
        .await;
    assert_eq!(wrong.refusal(), "404 not-found");
    assert_eq!(kept().await, None);

    let asked = browser
        .post(&code, &json!({ "proof": held.proof(), "language": "cy" }))
        .await;
    assert_eq!(asked.status, 202);
    assert_eq!(kept().await, Some(Language::Welsh));
    assert_eq!(browser.summary(&held).await.json()["language"], "cy");
    world.tasks().await;

    world.pass_minutes(1);
    browser.sign_in(&world, &held).await;
    assert_eq!(
        kept().await,
        Some(Language::Welsh),
        "a code without a choice changes none"
    );
    let answer = browser.post(&path, &json!({ "language": "en" })).await;
    assert_eq!(answer.status, 204);
    assert_eq!(kept().await, Some(Language::English));
    let unknown = browser.post(&path, &json!({ "language": "fr" })).await;
    assert_eq!(unknown.refusal(), "400 malformed");
    browser.forget_csrf();
    let forged = browser.post(&path, &json!({ "language": "cy" })).await;
    assert_eq!(forged.refusal(), "403 csrf");
    assert_eq!(kept().await, Some(Language::English));
}

#[actix_web::test]
async fn an_organisation_shows_its_colours_logo_and_words() {
    let mut world = World::new();
    let organisation = &mut world.settings.organisation;
    let colour = |text: &str| text.parse().unwrap();
    let colours = viewer::Colours::new(colour("#3d2260"), colour("#5b1a6b"));
    organisation.colours = Some(colours.unwrap());
    organisation.logo = Some(viewer::Logo::new(b"<svg xmlns=\"x\"></svg>".to_vec()).unwrap());
    organisation.welsh.name = "Ymddiriedolaeth Enghraifft".to_owned();
    organisation.english_texts.help = "Monday to Friday.".to_owned();
    organisation.welsh_texts.help = "Dydd Llun i ddydd Gwener.".to_owned();
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    let page = browser.get("/?lang=cy").await;
    let page = page.text();
    for part in [
        "<title>Negeseuon diogel – Ymddiriedolaeth Enghraifft</title>",
        "Dydd Llun i ddydd Gwener.",
        "data-help-en=\"Monday to Friday.\"",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let path_of = |front: &str| {
        let start = page.find(front).unwrap();
        page[start..].split('"').next().unwrap().to_owned()
    };
    let style = browser.get(&path_of("/assets/brand-")).await;
    assert!(style.text().contains("--deep:#3d2260;--accent:#5b1a6b"));
    assert_eq!(
        style.header("content-type"),
        Some("text/css; charset=utf-8")
    );
    let logo = browser.get(&path_of("/assets/logo-")).await;
    assert_eq!(logo.header("content-type"), Some("image/svg+xml"));
    assert!(logo.header("cache-control").unwrap().contains("immutable"));
}

/// Every page that the server renders, in a language, without its tags; the tags of links stay.
async fn rendered(world: &World, language: &str) -> Vec<String> {
    let site = Site::new(&world.viewer()).await;
    let browser = Browser::new(&site);
    let mut pages = Vec::new();
    for path in [
        "/",
        "/genuine",
        "/privacy",
        "/cookies",
        "/accessibility",
        "/m/x",
        "/s/x",
        "/nothing",
    ] {
        let page = browser.get(&format!("{path}?lang={language}")).await;
        let text = page.text();
        let (_, body) = text.split_once("</head>").unwrap();
        pages.push(body.to_owned());
    }
    pages
}

#[actix_web::test]
async fn the_help_line_can_be_called_wherever_it_stands() {
    let mut world = World::new();
    let names = &mut world.settings.organisation;
    names.welsh.phone = "+44 (0)1632 960001".to_owned();
    for (language, phone, number) in [
        ("en", "01632\u{a0}960000", "01632960000"),
        ("cy", "+44\u{a0}(0)1632\u{a0}960001", "+441632960001"),
    ] {
        for page in rendered(&world, language).await {
            let link = format!("<a class=\"together\" href=\"tel:{number}\">{phone}</a>");
            let links = page.matches(&link).count();
            assert!(links > 0, "{page}");
            assert_eq!(page.matches(phone).count(), links, "{page}");
        }
    }
    // What is not one number is nothing to call.
    let names = &mut world.settings.organisation;
    names.names.phone = "the switchboard".to_owned();
    for page in rendered(&world, "en").await {
        assert!(page.contains("the\u{a0}switchboard"), "{page}");
        assert!(!page.contains("tel:"), "{page}");
    }
}

#[actix_web::test]
async fn no_line_ends_inside_of_e_bost() {
    let world = World::new();
    let mut count = 0;
    for page in rendered(&world, "cy").await {
        let whole = page.matches("<span class=\"pair\">e-bost").count();
        assert_eq!(page.matches("e-bost").count(), whole, "{page}");
        count += whole;
    }
    assert!(count > 5);
}
