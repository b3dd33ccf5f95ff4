//! How many letters are wrong: the optimal string alignment distance (insertion, deletion,
//! substitution, exchange of two neighbours), of a word to every beginning of a text at once.

/// Fed with a text letter by letter; knows the distance of what it was fed to the word.
pub(super) struct Distance<'w> {
    word: &'w [char],
    /// Of the text before the last two letters, before the last one, and of all of it: the distance
    /// to each beginning of the word.
    rows: [Vec<usize>; 3],
    last: Option<char>,
}

impl<'w> Distance<'w> {
    pub(super) fn new(word: &'w [char]) -> Self {
        let empty: Vec<usize> = (0..=word.len()).collect();
        Self {
            word,
            rows: [empty.clone(), empty.clone(), empty],
            last: None,
        }
    }

    pub(super) fn push(&mut self, letter: char) {
        self.rows.rotate_left(1);
        let [before, previous, row] = &mut self.rows;
        row[0] = previous[0] + 1;
        for (at, &wanted) in self.word.iter().enumerate() {
            let substituted = previous[at] + usize::from(letter != wanted);
            row[at + 1] = substituted.min(previous[at + 1] + 1).min(row[at] + 1);
            let exchanged = at > 0 && self.last == Some(wanted) && self.word[at - 1] == letter;
            if exchanged {
                row[at + 1] = row[at + 1].min(before[at - 1] + 1);
            }
        }
        self.last = Some(letter);
    }

    pub(super) fn of_all(&self) -> usize {
        self.rows[2][self.word.len()]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn distance(word: &str, text: &str) -> usize {
        let word: Vec<char> = word.chars().collect();
        let mut distance = Distance::new(&word);
        text.chars().for_each(|letter| distance.push(letter));
        distance.of_all()
    }

    #[test]
    fn words_that_come_close_to_secure() {
        for (text, expected) in [
            ("secure", 0),
            ("secrue", 1),
            ("secur", 1),
            ("seecure", 1),
            ("sceure", 1),
            ("sceuer", 2),
            ("secured", 1),
            ("insecure", 2),
            ("secret", 2),
            ("obscure", 3),
            ("security", 3),
            ("", 6),
        ] {
            assert_eq!(distance("secure", text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_is_the_one_that_others_compute(word in "[abc]{0,8}", text in "[abc]{0,8}") {
            prop_assert_eq!(distance(&word, &text), strsim::osa_distance(&word, &text));
        }
    }
}
