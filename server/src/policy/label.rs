//! Microsoft sensitivity labels: the field `msip_labels`, which Outlook and Exchange write.
//!
//! Its value is a list of `MSIP_Label_<id>_<property>=<value>` with semicolons between: `Enabled`,
//! `Name`, `SetDate` and more. A label counts unless it says `Enabled=false`. Of a list that is not
//! of this form, the label counts if it is mentioned anywhere.

use std::collections::BTreeMap;

use mail::header::Field;

use super::trigger::folded;

/// The name of the field.
pub(super) const FIELD: &str = "msip_labels";

#[derive(Default)]
struct Label {
    is_wanted: bool,
    is_enabled: bool,
    is_disabled: bool,
}

/// Whether a field sets the label of this name or id, which is folded already.
pub(super) fn is_set(field: &Field<'_>, wanted: &str) -> bool {
    let decoded = field.decoded();
    let value = folded(decoded.text());
    if decoded.is_damaged() {
        return true;
    }
    let mut labels: BTreeMap<&str, Label> = BTreeMap::new();
    let pieces = value.split(';').map(str::trim);
    for piece in pieces.filter(|piece| !piece.is_empty()) {
        let Some((id, property, said)) = property(piece) else {
            return value.contains(wanted) || percent_decoded(&value).contains(wanted);
        };
        let label = labels.entry(id).or_default();
        label.is_wanted |= id == wanted;
        match property {
            "name" => label.is_wanted |= said == wanted || percent_decoded(said) == wanted,
            "enabled" if said == "false" => label.is_disabled = true,
            "enabled" => label.is_enabled = true,
            _ => {}
        }
    }
    labels
        .values()
        .any(|label| label.is_wanted && (label.is_enabled || !label.is_disabled))
}

fn property(piece: &str) -> Option<(&str, &str, &str)> {
    let (key, value) = piece.split_once('=')?;
    let (id, property) = key.trim().strip_prefix("msip_label_")?.rsplit_once('_')?;
    let is_word = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
    (is_word(id) && is_word(property)).then_some((id, property, value.trim()))
}

/// Names with spaces are written `All%20staff` by some programs.
fn percent_decoded(text: &str) -> String {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&octet, behind)) = rest.split_first() {
        let hex = behind
            .get(..2)
            .and_then(|two| std::str::from_utf8(two).ok());
        match hex
            .filter(|_| octet == b'%')
            .map(|two| u8::from_str_radix(two, 16))
        {
            Some(Ok(decoded)) => {
                octets.push(decoded);
                rest = &behind[2..];
            }
            _ => {
                octets.push(octet);
                rest = behind;
            }
        }
    }
    folded(&String::from_utf8_lossy(&octets))
}
