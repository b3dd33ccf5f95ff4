//! What the tag rule says of real subjects: how often it takes one for the tag that is none.
//!
//! `cargo run -p sealpost-tests --example subjects -- [--tag TAG]… [--show] FILE…`
//!
//! A file has one Subject value on each line, unfolded, encoded or not. `--show` prints each near
//! miss, to be looked at; subjects are other people's, so none is kept here.

#![expect(clippy::print_stdout, reason = "a program whose purpose is its output")]

use std::error::Error;

use mail::{HeaderSection, Tag, TagRule};

fn main() -> Result<(), Box<dyn Error>> {
    let (mut tags, mut files, mut show) = (Vec::new(), Vec::new(), false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--tag" => tags.push(arguments.next().ok_or("--tag needs a tag")?),
            "--show" => show = true,
            _ => files.push(argument),
        }
    }
    if files.is_empty() {
        return Err("usage: subjects [--tag TAG]… [--show] FILE…".into());
    }
    let rule = match tags.as_slice() {
        [] => TagRule::default(),
        tags => TagRule::new(tags)?,
    };
    for file in &files {
        let lines = std::fs::read(file)?;
        let mut counts = [0_usize; 6];
        let mut shown = Vec::new();
        for line in lines.split(|&octet| octet == b'\n') {
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            let content = [b"Subject: ", line, b"\r\n\r\n"].concat();
            let subjects = HeaderSection::split(&content)?.subjects();
            let tag = rule.decide(&subjects);
            counts[match tag {
                Tag::Absent => 0,
                Tag::Exact => 1,
                Tag::Elsewhere => 2,
                Tag::NearMiss => 3,
                Tag::Undecodable => 4,
                _ => 5,
            }] += 1;
            if tag == Tag::NearMiss {
                let subject = subjects[0].text();
                shown.push(format!("  {subject}\n    becomes {}", rule.strip(subject)));
            }
        }
        let all: usize = counts.iter().sum();
        let [_, exact, elsewhere, near, undecodable, _] = counts;
        println!(
            "{file}: {all} subjects; {exact} begin with the tag, {elsewhere} have it elsewhere, \
             {undecodable} cannot be read, {near} near misses ({:.3} %)",
            near as f64 * 100.0 / all.max(1) as f64
        );
        if show {
            shown.iter().for_each(|line| println!("{line}"));
        }
    }
    Ok(())
}
