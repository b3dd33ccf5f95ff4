//! Every character that a person may take for a bracket, and which way it opens.

/// Which way a bracket opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Open,
    Close,
}

/// Pairs beyond ASCII, of general category Ps/Pe and Pi/Pf, and two that programs draw brackets with. Quotation
/// marks that look the same on both sides are none; neither are those of German and Swedish use,
/// which open with what closes in English.
const PAIRS: &str = "⁅⁆⁽⁾₍₎⌈⌉⌊⌋〈〉❨❩❪❫❬❭❮❯❰❱❲❳❴❵⟅⟆⟦⟧⟨⟩⟪⟫⟬⟭⟮⟯⦃⦄⦅⦆⦇⦈⦉⦊⦋⦌⦍⦎⦏⦐⦑⦒⦓⦔⦕⦖⦗⦘⧘⧙⧚⧛⧼⧽⸢⸣⸤⸥⸦⸧⸨⸩〈〉《》「」『』【】〔〕〖〗〘〙〚〛﴿﴾︵︶︷︸︹︺︻︼︽︾︿﹀﹁﹂﹃﹄﹇﹈﹙﹚﹛﹜﹝﹞（）［］｛｝＜＞｟｠｢｣«»‹›⸂⸃⸄⸅⸉⸊⸌⸍⸜⸝≪≫≺≻";

/// The bracket that a character is.
pub(super) fn side(c: char) -> Option<Side> {
    match c {
        '(' | '[' | '{' | '<' => return Some(Side::Open),
        ')' | ']' | '}' | '>' => return Some(Side::Close),
        _ if c.is_ascii() || c.is_alphanumeric() => return None,
        _ => {}
    }
    let at = PAIRS.chars().position(|bracket| bracket == c)?;
    Some(if at % 2 == 0 { Side::Open } else { Side::Close })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_opens_and_closes() {
        assert_eq!(PAIRS.chars().count() % 2, 0);
        for (open, close) in [
            ('[', ']'),
            ('(', ')'),
            ('<', '>'),
            ('［', '］'),
            ('【', '】'),
            ('«', '»'),
            ('‹', '›'),
            ('⟦', '⟧'),
            ('﹝', '﹞'),
        ] {
            assert_eq!(side(open), Some(Side::Open), "{open}");
            assert_eq!(side(close), Some(Side::Close), "{close}");
        }
        for c in [
            'a', '0', ' ', '|', '/', '"', '“', '\'', '-', 'é', '\u{200b}',
        ] {
            assert_eq!(side(c), None, "{c:?}");
        }
    }
}
