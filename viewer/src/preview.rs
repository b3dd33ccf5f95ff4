//! Every page as a file, for operators who tune their colours and words: no store, no keys, no
//! server. What the script draws is drawn by the script itself, from a made-up message.

use actix_web::http::StatusCode;
use store::Language;

use crate::bundle::Bundle;
use crate::pages::Dress;
use crate::pages::landing::Shell;
use crate::pages::refusal::words_of;
use crate::settings::Organisation;
use crate::templates::{PageData, Templates};
use crate::viewer::StartError;

/// One file of a preview.
pub struct PreviewFile {
    /// Where it goes, from the preview's folder on.
    pub path: String,
    /// What stands in it.
    pub octets: Vec<u8>,
}

/// Pages that the server renders.
const PAGES: [(&str, &str); 5] = [
    ("home", "/"),
    ("genuine", "/genuine"),
    ("privacy", "/privacy"),
    ("accessibility", "/accessibility"),
    ("cookies", "/cookies"),
];

/// What the script draws; `web/src/preview.ts` knows the same names.
const STATES: [&str; 37] = [
    "checking",
    "landing",
    "exposed",
    "not-for-me",
    "key",
    "code",
    "code-wrong",
    "opening",
    "message",
    "message-ending",
    "message-later",
    "reply",
    "reply-failed",
    "reply-refused",
    "sent",
    "ended",
    "ended-draft",
    "closed",
    "too-old",
    "damaged",
    "not-found",
    "bad-handle",
    "expired",
    "withdrawn",
    "disowned",
    "too-many-codes",
    "too-many-tries",
    "too-many-replies",
    "wait",
    "slow-down",
    "no-cookies",
    "by-program",
    "offline",
    "server",
    "unsupported",
    "bad-link",
    "refused",
];

/// The same of the sender's page.
const SENDER_STATES: [&str; 12] = [
    "sender-checking",
    "sender-landing",
    "sender-landing-over",
    "sender-timeline",
    "sender-many",
    "sender-waiting",
    "sender-confirm",
    "sender-over",
    "sender-withdrawn",
    "sender-ended",
    "sender-closed",
    "sender-not-found",
];

const REFERENCE: &str = "K7Q-4MDX";
const HANDLE: &str = "0123456789abcdefghjkmnpqr0";

/// Every page and every state of a page in these languages, with what they load.
pub fn preview(
    organisation: &Organisation,
    languages: &[Language],
) -> Result<Vec<PreviewFile>, StartError> {
    let templates = Templates::embedded()?;
    let mut bundle = Bundle::embedded()?;
    bundle.dress(organisation);
    let dress = Dress {
        templates: &templates,
        bundle: &bundle,
        organisation,
    };
    let mut files = vec![PreviewFile {
        path: "assets/preview.js".to_owned(),
        octets: Bundle::preview_script()?,
    }];
    files.extend(bundle.files().map(|(path, asset)| PreviewFile {
        path,
        octets: asset.octets.to_vec(),
    }));
    for language in languages {
        for (name, html) in pages(&dress, *language)? {
            files.push(PreviewFile {
                path: format!("{language}/{name}.html"),
                octets: local(&html).into_bytes(),
            });
        }
    }
    Ok(files)
}

fn pages(dress: &Dress<'_>, language: Language) -> Result<Vec<(String, String)>, StartError> {
    let mut pages = Vec::new();
    for (name, here) in PAGES {
        let own = PageData {
            here,
            ..PageData::default()
        };
        let html = render(dress, language, name, &format!("{name}-title"), own)?;
        pages.push((name.to_owned(), html));
    }
    let html = render(
        dress,
        language,
        "not-found",
        "not-found-title",
        PageData::default(),
    )?;
    pages.push(("page-not-found".to_owned(), html));
    for status in [
        StatusCode::BAD_REQUEST,
        StatusCode::FORBIDDEN,
        StatusCode::METHOD_NOT_ALLOWED,
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::INTERNAL_SERVER_ERROR,
        StatusCode::SERVICE_UNAVAILABLE,
    ] {
        let (title, message) = words_of(status);
        let message = dress.templates.say(language, message);
        let own = PageData {
            message: &message,
            ..PageData::default()
        };
        let html = render(dress, language, "problem", title, own)?;
        pages.push((format!("problem-{}", status.as_u16()), html));
    }
    let scripted: [(Shell, &str, &[&str]); 2] = [
        (Shell::Message, "m-", &STATES),
        (Shell::Sender, "s-", &SENDER_STATES),
    ];
    for (shell, prefix, states) in scripted {
        let (_, template, title) = shell.names();
        let style_href = dress.bundle.path_of(shell.style());
        let own = PageData {
            style_href: &style_href,
            main_src: "preview.js",
            worker_src: "none",
            handle: HANDLE,
            reference: REFERENCE,
            ..PageData::default()
        };
        let html = render(dress, language, template, title, own)?;
        let script = "<script type=\"module\" src=\"preview.js\"></script>";
        let bare = match shell {
            Shell::Message => "without-script",
            Shell::Sender => "s-without-script",
        };
        pages.push((bare.to_owned(), html.replace(script, "")));
        for state in states {
            let drawn = format!(
                "<script defer src=\"/assets/preview.js\" data-state=\"{state}\"></script>"
            );
            let name = state.strip_prefix("sender-").unwrap_or(state);
            pages.push((format!("{prefix}{name}"), html.replace(script, &drawn)));
        }
    }
    Ok(pages)
}

fn render(
    dress: &Dress<'_>,
    language: Language,
    template: &'static str,
    title: &str,
    own: PageData<'_>,
) -> Result<String, StartError> {
    let html = dress.html(language, template, title, own);
    html.map_err(|source| StartError::Page { template, source })
}

/// Addresses that work from a file.
fn local(html: &str) -> String {
    let mut html = html
        .replace("\"/assets/", "\"../assets/")
        .replace("href=\"/.well-known", "href=\"#");
    for (name, here) in PAGES {
        for tag in Language::ALL.map(Language::tag) {
            html = html.replace(
                &format!("href=\"{here}?lang={tag}\""),
                &format!("href=\"../{tag}/{name}.html\""),
            );
        }
        html = html.replace(
            &format!("href=\"{here}\""),
            &format!("href=\"{name}.html\""),
        );
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Vec<PreviewFile> {
        let organisation = Organisation::new("Example <Trust>", "01632 960000");
        preview(&organisation, &Language::ALL).expect("a preview")
    }

    #[test]
    fn every_page_and_state_is_there_in_both_languages() {
        let files = files();
        for tag in ["en", "cy"] {
            let html: Vec<_> = files
                .iter()
                .filter(|file| file.path.starts_with(&format!("{tag}/")))
                .collect();
            assert_eq!(
                html.len(),
                PAGES.len() + 1 + 6 + 2 + STATES.len() + SENDER_STATES.len()
            );
            for file in html {
                let text = String::from_utf8_lossy(&file.octets);
                assert!(text.contains(&format!("<html lang=\"{tag}\" dir=\"ltr\">")));
                assert!(text.contains("Example &lt;Trust&gt;"), "{}", file.path);
                assert!(!text.contains("\"/assets/"), "{}", file.path);
                assert!(!text.contains("href=\"/"), "{}", file.path);
            }
        }
    }

    /// The browser's tests look at each state by axe, at its headings and at its telephone numbers.
    #[test]
    fn the_tests_in_browsers_know_the_same_states() {
        let source = include_str!("../web/tests/browser/states.ts");
        let (_, list) = source.split_once("const STATES = [").expect("the list");
        let (list, _) = list.split_once("];").expect("its end");
        let mut theirs: Vec<_> = list.split('\'').skip(1).step_by(2).collect();
        let mut ours: Vec<_> = STATES.iter().chain(&SENDER_STATES).copied().collect();
        theirs.sort_unstable();
        ours.sort_unstable();
        assert_eq!(theirs, ours);
    }

    #[test]
    fn what_a_page_loads_is_there() {
        let files = files();
        for file in files.iter().filter(|file| file.path.ends_with(".html")) {
            let text = String::from_utf8_lossy(&file.octets);
            for rest in text.split("\"../assets/").skip(1) {
                let name = rest.split('"').next().unwrap_or_default();
                let path = format!("assets/{name}");
                assert!(files.iter().any(|file| file.path == path), "{path}");
            }
        }
    }

    #[test]
    fn the_script_knows_every_state() {
        let source = include_str!("../web/src/preview.ts");
        let kinds = include_str!("../web/src/problem.ts");
        for state in STATES.into_iter().chain(SENDER_STATES) {
            let own = source.contains(&format!("    {state}: "))
                || source.contains(&format!("    '{state}': "));
            assert!(own || kinds.contains(&format!("'{state}'")), "{state}");
        }
    }
}
