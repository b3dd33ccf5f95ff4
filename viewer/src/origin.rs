//! Whether a request that changes state was made by our own pages (OWASP's CSRF defence by
//! standard headers). It stands beside SameSite=Strict cookies and the CSRF token; each alone
//! would do.

use crate::settings::{PublicUrl, host_and_port, is_loopback_name};

/// What a browser says about where a request comes from.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Claims<'a> {
    /// `Origin`
    pub(crate) origin: Option<&'a str>,
    /// `Sec-Fetch-Site`
    pub(crate) fetch_site: Option<&'a str>,
    /// `Host`
    pub(crate) host: Option<&'a str>,
    /// Whether the connection comes from this machine and not from a proxy of ours.
    pub(crate) from_loopback: bool,
}

/// Whether the request may change state. A client that is no browser sends neither header and
/// passes: it carries no cookies that somebody else could abuse.
pub(crate) fn is_ours(claims: Claims<'_>, public_url: &PublicUrl) -> bool {
    let site = claims
        .fetch_site
        .is_none_or(|site| matches!(site, "same-origin" | "none"));
    let origin = claims.origin.is_none_or(|origin| {
        origin == public_url.origin() || (claims.from_loopback && is_own_host(origin, claims.host))
    });
    site && origin
}

/// Someone who tries the product on their own machine may call it 127.0.0.1 where the
/// configuration says otherwise. Names that are not loopback never pass, or a foreign name that
/// resolves to 127.0.0.1 would (DNS rebinding).
fn is_own_host(origin: &str, host: Option<&str>) -> bool {
    let own = host.and_then(|host| host_and_port(host).map(|(name, _)| (host, name)));
    own.is_some_and(|(host, name)| {
        is_loopback_name(name) && origin.strip_prefix("http://") == Some(host)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(claims: Claims<'_>) -> bool {
        is_ours(claims, &"https://secure.example.org".parse().expect("url"))
    }

    fn from(origin: &str) -> Claims<'_> {
        Claims {
            origin: Some(origin),
            host: Some("secure.example.org"),
            ..Claims::default()
        }
    }

    #[test]
    fn our_own_origin_and_clients_that_are_no_browser_pass() {
        assert!(passes(from("https://secure.example.org")));
        assert!(passes(Claims::default()));
        for site in ["same-origin", "none"] {
            assert!(passes(Claims {
                fetch_site: Some(site),
                ..Claims::default()
            }));
        }
    }

    #[test]
    fn every_other_origin_is_refused() {
        for origin in [
            "https://evil.example",
            "http://secure.example.org",
            "https://secure.example.org:8443",
            "https://secure.example.org.evil.example",
            "https://x.secure.example.org",
            "null",
            "",
        ] {
            assert!(!passes(from(origin)), "{origin}");
        }
        for site in ["cross-site", "same-site", "", "future-word"] {
            let claims = from("https://secure.example.org");
            assert!(
                !passes(Claims {
                    fetch_site: Some(site),
                    ..claims
                }),
                "{site}"
            );
        }
    }

    #[test]
    fn loopback_may_call_itself_what_it_likes() {
        let local = |origin, host| Claims {
            origin: Some(origin),
            host: Some(host),
            from_loopback: true,
            fetch_site: Some("same-origin"),
        };
        assert!(passes(local("http://127.0.0.1:8080", "127.0.0.1:8080")));
        assert!(passes(local("http://localhost:8080", "localhost:8080")));
        assert!(passes(local("http://[::1]:8080", "[::1]:8080")));
        assert!(!passes(local("http://127.0.0.1:3000", "127.0.0.1:8080")));
        assert!(!passes(local(
            "http://rebound.example:8080",
            "rebound.example:8080"
        )));
        let claims = local("http://127.0.0.1:8080", "127.0.0.1:8080");
        assert!(
            !passes(Claims {
                from_loopback: false,
                ..claims
            }),
            "not behind a proxy"
        );
    }
}
