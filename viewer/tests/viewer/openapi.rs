//! The committed description of the interface is the one that the code makes.

use std::collections::BTreeSet;

use viewer::routes::{ROUTES, Verb};

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");

#[test]
fn openapi_json_is_what_the_handlers_say() {
    let made = viewer::openapi_json().unwrap();
    if std::env::var_os("SEALPOST_WRITE_OPENAPI").is_some() {
        std::fs::write(COMMITTED, &made).unwrap();
    }
    let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
    assert!(
        made == committed,
        "the interface differs from viewer/openapi.json. If that is meant, write it anew with\n\
         SEALPOST_WRITE_OPENAPI=1 cargo test -p sealpost-viewer openapi\n\
         and look at the difference: other people's programs rely on it."
    );
}

#[test]
fn openapi_json_names_every_route_of_the_interface_and_no_other() {
    let document: serde_json::Value =
        serde_json::from_str(&viewer::openapi_json().unwrap()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut described = BTreeSet::new();
    let mut names = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            described.insert((method.clone(), path.clone()));
            assert!(
                names.insert(operation["operationId"].to_string()),
                "a name stands twice"
            );
        }
    }
    let routes: BTreeSet<_> = ROUTES
        .iter()
        .filter(|rule| rule.path.starts_with("/api/"))
        .map(|rule| {
            let method = match rule.verb {
                Verb::Get => "get",
                Verb::Post => "post",
                Verb::Put => "put",
            };
            (method.to_owned(), rule.path.to_owned())
        })
        .collect();
    assert_eq!(described, routes);
}
