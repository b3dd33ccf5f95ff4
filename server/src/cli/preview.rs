//! `sealpost preview`: every page and every mail as files, without store, keys or network.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use mail_parser::MessageParser;
use store::Language;

use super::{Failure, Global};
use crate::clock;
use crate::config::{Speech, check, source};
use crate::mails::Mails;

#[derive(Args)]
pub(super) struct Preview {
    /// The folder to write to; made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only this language; else both, and mails to who has chosen none
    #[arg(long, value_name = "en|cy")]
    lang: Option<Language>,
}

/// What became of a preview.
#[derive(serde::Serialize)]
struct Written {
    folder: PathBuf,
    pages: usize,
    mails: usize,
}

impl Preview {
    pub(super) fn run(self, global: &Global) -> Result<(), Failure> {
        let path = source::find(global.config.as_deref())?;
        let config = source::load(&path, source::environment())?;
        for warning in check::warnings(&config) {
            eprintln!("warning: {warning}");
        }
        let mut organisation = config.organisation.on_pages();
        organisation.logo = config
            .organisation
            .read_logo()
            .map_err(Failure::configuration)?;
        let languages: Vec<Language> = match self.lang {
            Some(language) => vec![language],
            None => Language::ALL.to_vec(),
        };
        let mut pages = Vec::new();
        for file in viewer::preview(&organisation, &languages).map_err(Failure::failed)? {
            write(&self.out, &file.path, &file.octets)?;
            if file.path.ends_with(".html") {
                pages.push(file.path);
            }
        }
        let mut mails = Vec::new();
        for language in languages {
            // Mails to senders have no reader's choice: here they are in each language.
            let mut letterhead = config.organisation.letterhead();
            letterhead.languages = vec![language];
            let folder = format!("{language}/mails");
            self.mails(&config, letterhead, Some(language), &folder, &mut mails)?;
        }
        if self.lang.is_none() && config.organisation.language == Speech::Bilingual {
            let letterhead = config.organisation.letterhead();
            self.mails(&config, letterhead, None, "bilingual/mails", &mut mails)?;
        }
        write(&self.out, "index.html", index(&pages, &mails).as_bytes())?;
        let written = Written {
            pages: pages.len(),
            mails: mails.len(),
            folder: self.out,
        };
        if global.json {
            let json = serde_json::to_string_pretty(&written).map_err(Failure::failed)?;
            return super::output::print(format!("{json}\n").as_bytes());
        }
        eprintln!(
            "{} pages and {} mails are in {}; open index.html there",
            written.pages,
            written.mails,
            written.folder.display()
        );
        Ok(())
    }

    fn mails(
        &self,
        config: &crate::config::Config,
        letterhead: crate::mails::Letterhead,
        chosen: Option<Language>,
        folder: &str,
        written: &mut Vec<String>,
    ) -> Result<(), Failure> {
        let gateway = &config.gateway;
        let mails = Mails::under(letterhead, &gateway.hostname, &gateway.domain);
        let origin = config.viewer.public_url.origin();
        let escrow = !config.escrow.recipients.is_empty();
        let samples = mails.samples(origin, chosen, escrow, clock::system());
        for (name, mail) in samples.map_err(Failure::failed)? {
            let path = format!("{folder}/{name}");
            write(&self.out, &format!("{path}.eml"), &mail.octets)?;
            let Some(parsed) = MessageParser::default().parse(&mail.octets) else {
                continue;
            };
            let text = format!(
                "Subject: {}\n\n{}",
                parsed.subject().unwrap_or_default(),
                parsed.body_text(0).unwrap_or_default()
            );
            write(&self.out, &format!("{path}.txt"), text.as_bytes())?;
            written.push(format!("{path}.txt"));
            if parsed
                .html_part(0)
                .is_some_and(mail_parser::MessagePart::is_text_html)
            {
                let html = parsed.body_html(0).unwrap_or_default();
                write(&self.out, &format!("{path}.html"), html.as_bytes())?;
                written.push(format!("{path}.html"));
            }
        }
        Ok(())
    }
}

fn write(folder: &Path, path: &str, octets: &[u8]) -> Result<(), Failure> {
    let path = folder.join(path);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    Ok(std::fs::write(path, octets)?)
}

/// A page with a link to each file. The paths are ours.
fn index(pages: &[String], mails: &[String]) -> String {
    let mut html = String::from(
        "<!DOCTYPE html>\n<html lang=\"en\" dir=\"ltr\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Sealpost preview</title></head>\n<body>\n<h1>Sealpost preview</h1>\n",
    );
    for (title, paths) in [("Pages", pages), ("Mails", mails)] {
        let _ = writeln!(html, "<h2>{title}</h2>\n<ul>");
        for path in paths {
            let _ = writeln!(html, "<li><a href=\"{path}\">{path}</a></li>");
        }
        html.push_str("</ul>\n");
    }
    html.push_str("</body></html>\n");
    html
}
