//! What a sender should be told about the message as a whole. Policy decides; the mails are made
//! elsewhere, and never in answer to a program (S6).

/// One thing to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Advice {
    /// The subject nearly had the tag: the message was sealed (T2).
    NearMiss,
    /// The message went to outsiders as ordinary mail and seems to hold an NHS number.
    NhsNumber,
    /// The message seems to hold an NHS number: it was sealed, although nobody asked.
    SealedForNhsNumber,
}

impl From<Advice> for store::Topic {
    fn from(advice: Advice) -> Self {
        match advice {
            Advice::NearMiss => Self::NearMiss,
            Advice::NhsNumber => Self::NhsNumber,
            Advice::SealedForNhsNumber => Self::SealedForNhsNumber,
        }
    }
}

impl Advice {
    /// Its name in tasks, logs and `policy explain --json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::NearMiss => "near-miss",
            Self::NhsNumber => "nhs-number",
            Self::SealedForNhsNumber => "sealed-for-nhs-number",
        }
    }

    /// One sentence for the operator.
    pub fn words(self) -> &'static str {
        match self {
            Self::NearMiss => "the subject nearly has the tag, and the mail is sealed",
            Self::NhsNumber => {
                "the mail seems to hold an NHS number, and goes out as ordinary mail (policy.nhs_numbers)"
            }
            Self::SealedForNhsNumber => {
                "the mail seems to hold an NHS number, and is sealed for that (policy.nhs_numbers)"
            }
        }
    }
}
