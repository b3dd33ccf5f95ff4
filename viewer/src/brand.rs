//! The organisation's colours and logo, checked for what readers need and served with the pages.
//!
//! Two colours are the organisation's: the head's and the accent's (links, buttons). Each is
//! measured against what it stands on, by WCAG 2.2 §1.4.3 and §1.4.11; in dark mode the accent is
//! lightened until it can be read there.

use std::fmt;
use std::str::FromStr;

/// What text needs to be read (WCAG 2.2 §1.4.3, level AA).
const TEXT: f64 = 4.5;

// The grounds and texts of `web/src/style.css`; a test there and here keeps them equal.
const PAGE: Colour = Colour([0xf7, 0xf3, 0xea]);
const CARD: Colour = Colour([0xff, 0xfd, 0xf9]);
const ACCENT_WASH: Colour = Colour([0xe6, 0xef, 0xe9]);
const DARK_PAGE: Colour = Colour([0x0f, 0x18, 0x19]);
const DARK_CARD: Colour = Colour([0x17, 0x23, 0x24]);
const DARK_ACCENT_WASH: Colour = Colour([0x1d, 0x32, 0x32]);
const ON_HEAD: Colour = Colour([0xfb, 0xf8, 0xf1]);
const WHITE: Colour = Colour([0xff; 3]);
const BLACK: Colour = Colour([0; 3]);
const DARK_ON_ACCENT: Colour = Colour([0x06, 0x16, 0x18]);

/// A colour, `#14595a`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour([u8; 3]);

/// A text that is no colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a colour is # and six hexadecimal digits, such as #14595a")]
pub struct ColourError;

/// The organisation's two colours, fit to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colours {
    head: Colour,
    accent: Colour,
}

/// A colour that readers could not read by.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "{which}: {colour} has a contrast of {} to {ground} ({ground_is}); WCAG 2.2 asks for {TEXT}:1. A darker one that would do: {remedy}",
    ratio_in_words(*.contrast)
)]
pub struct TooFaint {
    /// `head` or `accent`.
    pub which: &'static str,
    /// The colour.
    pub colour: Colour,
    /// What it stands on.
    pub ground: Colour,
    ground_is: &'static str,
    /// What it has.
    pub contrast: f64,
    /// The nearest darker one that passes.
    pub remedy: Colour,
}

fn ratio_in_words(ratio: f64) -> String {
    // Never rounded up to what is asked for.
    format!("{:.1}:1", (ratio * 10.0).floor() / 10.0)
}

impl Colours {
    /// Measures both.
    pub fn new(head: Colour, accent: Colour) -> Result<Self, Vec<TooFaint>> {
        let head_on = [(ON_HEAD, "the text of the page's head")];
        let accent_on = [
            (ACCENT_WASH, "a shaded ground"),
            (PAGE, "the page"),
            (CARD, "the letter"),
            (WHITE, "the text of buttons"),
        ];
        let faint: Vec<TooFaint> = [
            too_faint("head", head, &head_on),
            too_faint("accent", accent, &accent_on),
        ]
        .into_iter()
        .flatten()
        .collect();
        if faint.is_empty() {
            Ok(Self { head, accent })
        } else {
            Err(faint)
        }
    }

    /// A style sheet to stand behind our own.
    pub(crate) fn style(&self) -> String {
        let Self { head, accent } = self;
        let strong = accent.towards(BLACK, 0.3);
        let light = accent.until(
            WHITE,
            &[DARK_PAGE, DARK_CARD, DARK_ACCENT_WASH, DARK_ON_ACCENT],
        );
        let stronger = light.towards(WHITE, 0.4);
        format!(
            ":root{{--deep:{head};--accent:{accent};--accent-strong:{strong}}}\n\
             @media (prefers-color-scheme:dark){{:root{{--deep:{head};--on-deep:{ON_HEAD};--accent:{light};\
             --accent-strong:{stronger};--on-accent:{DARK_ON_ACCENT}}}}}\n"
        )
    }

    /// The accent, for links in mails, which stand on white.
    pub fn accent(&self) -> Colour {
        self.accent
    }
}

fn too_faint(
    which: &'static str,
    colour: Colour,
    grounds: &[(Colour, &'static str)],
) -> Option<TooFaint> {
    let (ground, ground_is) = *grounds
        .iter()
        .min_by(|(a, _), (b, _)| colour.contrast(*a).total_cmp(&colour.contrast(*b)))?;
    let contrast = colour.contrast(ground);
    let all: Vec<Colour> = grounds.iter().map(|(ground, _)| *ground).collect();
    (contrast < TEXT).then(|| TooFaint {
        which,
        colour,
        ground,
        ground_is,
        contrast,
        remedy: colour.until(BLACK, &all),
    })
}

impl Colour {
    /// The ratio of WCAG 2.2, from 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Relative luminance, as WCAG 2.2 defines it.
    fn luminance(self) -> f64 {
        let linear = self.0.map(|octet| {
            let value = f64::from(octet) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    /// A part of the way to another.
    fn towards(self, other: Self, part: f64) -> Self {
        let mut mixed = self.0;
        for (octet, goal) in mixed.iter_mut().zip(other.0) {
            let value = f64::from(*octet) + (f64::from(goal) - f64::from(*octet)) * part;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between two octets"
            )]
            {
                *octet = value.round() as u8;
            }
        }
        Self(mixed)
    }

    /// As little of the way to `end` as makes text readable on every ground.
    fn until(self, end: Self, grounds: &[Self]) -> Self {
        (0..=100)
            .map(|step| self.towards(end, f64::from(step) / 100.0))
            .find(|colour| {
                grounds
                    .iter()
                    .all(|ground| colour.contrast(*ground) >= TEXT)
            })
            .unwrap_or(end)
    }
}

impl FromStr for Colour {
    type Err = ColourError;

    fn from_str(text: &str) -> Result<Self, ColourError> {
        let digits = text.strip_prefix('#').ok_or(ColourError)?;
        if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(ColourError);
        }
        let value = u32::from_str_radix(digits, 16).map_err(|_| ColourError)?;
        let [_, red, green, blue] = value.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// A picture that pages may show as the organisation's mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    pub(crate) octets: Vec<u8>,
    pub(crate) ending: &'static str,
    pub(crate) media_type: &'static str,
}

/// A file that is no logo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LogoError {
    /// Another kind of file.
    #[error("is neither SVG, PNG nor WebP")]
    Kind,
    /// It would make every first visit slow.
    #[error("is larger than {} KiB; every reader loads it", Logo::LARGEST / 1024)]
    Large,
    /// An SVG that would act or ask the network.
    #[error("is an SVG with a script, a style sheet from elsewhere or a link to another file")]
    Active,
}

impl Logo {
    /// Octets; the pages have to load within 150 KiB.
    pub const LARGEST: usize = 40 * 1024;

    /// Looks at the octets, not at the name of the file.
    pub fn new(octets: Vec<u8>) -> Result<Self, LogoError> {
        let (ending, media_type) = if octets.starts_with(b"\x89PNG\r\n\x1a\n") {
            ("png", "image/png")
        } else if octets.starts_with(b"RIFF") && octets.get(8..12) == Some(b"WEBP") {
            ("webp", "image/webp")
        } else if is_svg(&octets) {
            ("svg", "image/svg+xml")
        } else {
            return Err(LogoError::Kind);
        };
        if octets.len() > Self::LARGEST {
            return Err(LogoError::Large);
        }
        if ending == "svg" && is_active(&octets) {
            return Err(LogoError::Active);
        }
        Ok(Self {
            octets,
            ending,
            media_type,
        })
    }
}

fn is_svg(octets: &[u8]) -> bool {
    std::str::from_utf8(octets).is_ok_and(|text| {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        text.starts_with('<') && text.contains("<svg")
    })
}

/// An image element runs no script whatever stands in it; this is for who opens the file itself.
fn is_active(octets: &[u8]) -> bool {
    let text = String::from_utf8_lossy(octets).to_ascii_lowercase();
    let outside = text.split("href=").skip(1).any(|rest| {
        let target = rest.trim_start_matches(['"', '\'']);
        !target.starts_with('#') && !target.starts_with("data:image/")
    });
    let handlers = text.split_ascii_whitespace().any(|word| {
        word.strip_prefix("on")
            .and_then(|rest| rest.split_once('='))
            .is_some_and(|(name, _)| name.bytes().all(|b| b.is_ascii_alphabetic()))
    });
    outside
        || handlers
        || [
            "<script",
            "javascript:",
            "<foreignobject",
            "@import",
            "<!entity",
        ]
        .iter()
        .any(|mark| text.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colour(text: &str) -> Colour {
        text.parse().expect(text)
    }

    #[test]
    fn contrast_is_what_wcag_says() {
        let ratio = |a, b| colour(a).contrast(colour(b));
        assert!((ratio("#000000", "#ffffff") - 21.0).abs() < 0.001);
        assert!((ratio("#ffffff", "#ffffff") - 1.0).abs() < 0.001);
        // The well-known pair around the limit.
        assert!(ratio("#767676", "#ffffff") >= TEXT);
        assert!(ratio("#777777", "#ffffff") < TEXT);
    }

    #[test]
    fn only_colours_are_colours() {
        assert_eq!(colour("#14595A").to_string(), "#14595a");
        for text in [
            "14595a", "#14595", "#14595az", "#+14595", "teal", "", "#1459é",
        ] {
            assert_eq!(text.parse::<Colour>(), Err(ColourError), "{text}");
        }
    }

    #[test]
    fn faint_colours_are_refused_with_one_that_would_do() {
        let faint = Colours::new(colour("#7fb0b0"), colour("#6aa5e0")).expect_err("faint");
        assert_eq!(faint.len(), 2);
        for one in &faint {
            let text = one.to_string();
            assert!(text.contains("WCAG") && text.contains(&one.remedy.to_string()));
        }
        let mended = Colours::new(faint[0].remedy, faint[1].remedy);
        assert!(mended.is_ok(), "{mended:?}");
    }

    #[test]
    fn a_colour_just_below_the_limit_is_refused_and_one_just_above_taken() {
        let head = colour("#0a4042");
        let passing = BLACK.until(WHITE, &[]); // black
        assert!(Colours::new(head, passing).is_ok());
        let greys = (0..=255).map(|v| Colour([v; 3]));
        let (mut last_good, mut first_bad) = (BLACK, WHITE);
        for grey in greys {
            if Colours::new(head, grey).is_ok() {
                last_good = grey;
            } else {
                first_bad = grey;
                break;
            }
        }
        assert!(last_good.contrast(ACCENT_WASH) >= TEXT);
        assert!(first_bad.contrast(ACCENT_WASH) < TEXT);
    }

    #[test]
    fn the_accent_can_be_read_in_the_dark() {
        for accent in ["#0b5351", "#7b1e1e", "#1d3f8f", "#3d2260", "#000000"] {
            let light = colour(accent).until(WHITE, &[DARK_PAGE, DARK_CARD, DARK_ACCENT_WASH]);
            for ground in [DARK_PAGE, DARK_CARD, DARK_ACCENT_WASH] {
                assert!(light.contrast(ground) >= TEXT, "{accent} {light} {ground}");
            }
            let colours = Colours::new(colour("#0a4042"), colour(accent)).expect(accent);
            assert!(colours.style().contains(&format!("--accent:{accent}")));
        }
    }

    #[test]
    fn the_grounds_are_those_of_the_style_sheet() {
        let sheet = include_str!("../web/src/style.css");
        for (name, value) in [
            ("page", PAGE),
            ("card", CARD),
            ("accent-wash", ACCENT_WASH),
            ("on-deep", ON_HEAD),
            ("page", DARK_PAGE),
            ("card", DARK_CARD),
            ("accent-wash", DARK_ACCENT_WASH),
        ] {
            assert!(
                sheet.contains(&format!("--{name}: {value};")),
                "{name} {value}"
            );
        }
        assert!(sheet.contains("--on-accent: #fff;"));
    }

    #[test]
    fn logos_are_known_by_their_octets() {
        let svg = br##"<svg xmlns="http://www.w3.org/2000/svg"><use href="#a"/></svg>"##;
        assert_eq!(Logo::new(svg.to_vec()).expect("svg").ending, "svg");
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        assert_eq!(Logo::new(png.clone()).expect("png").media_type, "image/png");
        png.resize(Logo::LARGEST, 0);
        assert!(Logo::new(png.clone()).is_ok());
        png.push(0);
        assert_eq!(Logo::new(png), Err(LogoError::Large));
        assert_eq!(Logo::new(b"GIF89a".to_vec()), Err(LogoError::Kind));
        for active in [
            "<svg><script>1</script></svg>",
            "<svg onload=\"x()\"></svg>",
            "<svg><image href=\"https://example.com/x.png\"/></svg>",
            "<svg><style>@import url(x)</style></svg>",
        ] {
            assert_eq!(Logo::new(active.into()), Err(LogoError::Active), "{active}");
        }
    }
}
