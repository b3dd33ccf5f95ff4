//! Seals and opens files from the command line, so that other programs can be tested against this
//! package: `age seal RECIPIENT`, `age open IDENTITY`, `age keys PROFILE` (a fresh pair, identity
//! first). Octets go from standard input to standard output.

use std::error::Error;
use std::io::{self, Write};

use seal::{Identity, Profile, Recipient, Sealer, Seed, SystemRandom, open_stream};
use secrecy::ExposeSecret;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (input, output) = (io::stdin().lock(), io::stdout().lock());
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["seal", recipient] => {
            let recipient: Recipient = recipient.parse()?;
            let mut sealer = Sealer::new(&recipient, output)?;
            io::copy(&mut { input }, &mut sealer)?;
            sealer.finish()?.0.flush()?;
        }
        ["open", identity] => {
            let identity: Identity = identity.parse()?;
            io::copy(&mut open_stream(&identity, input)?, &mut { output })?;
        }
        ["keys", profile] => {
            let profile: Profile = profile.parse()?;
            let identity = Identity::from_seed(profile, &Seed::generate(&SystemRandom::new()));
            let secret = identity.to_secret_string();
            writeln!(
                { output },
                "{}\n{}",
                secret.expose_secret(),
                identity.to_public()
            )?;
        }
        _ => return Err("usage: age seal RECIPIENT | open IDENTITY | keys PROFILE".into()),
    }
    Ok(())
}
