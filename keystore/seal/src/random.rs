//! The random source as a parameter of whatever decides.

use ring::rand::SecureRandom;

/// Fills octets that nobody can foresee. Tests pass a counting source instead.
pub trait Random: Send + Sync {
    /// Fills `out` whole.
    fn fill(&self, out: &mut [u8]);
}

/// The operating system's generator.
#[derive(Debug)]
pub struct SystemRandom(ring::rand::SystemRandom);

impl SystemRandom {
    /// The operating system's generator.
    pub fn new() -> Self {
        Self(ring::rand::SystemRandom::new())
    }
}

impl Default for SystemRandom {
    fn default() -> Self {
        Self::new()
    }
}

impl Random for SystemRandom {
    fn fill(&self, out: &mut [u8]) {
        // getrandom(2) on a running Linux fails only where the system forbids the call; going on
        // with anything else in place of random octets would be worse than stopping.
        self.0
            .fill(out)
            .expect("the operating system gives random octets");
    }
}
