//! The word that lets a visitor in.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use cutting_room_core::{Error, Result};

const LEAST_LENGTH: usize = 8;

/// One that nobody guesses: 128 bits from the system's random numbers, which seed the hashers of the standard library.
pub fn new_token() -> String {
    let [one, other] = [0, 1].map(|_| RandomState::new().hash_one(0));
    let hash = blake3::hash(&[one.to_le_bytes(), other.to_le_bytes()].concat());
    hash.to_hex().chars().take(32).collect()
}

/// That it cannot be guessed in a few tries, and goes into an address as it is.
pub(crate) fn check_token(token: &str) -> Result<()> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-._~".contains(letter);
    if token.len() < LEAST_LENGTH || !token.chars().all(is_plain) {
        return Err(Error::Invalid(format!(
            "a token has at least {LEAST_LENGTH} letters, digits or any of - . _ ~, so that it goes into an address; for instance {}",
            new_token()
        )));
    }
    Ok(())
}

/// In a time that does not depend on how much of it is right: what is compared are hashes, and those in constant time.
pub(crate) fn is_token(known: &str, given: &str) -> bool {
    blake3::hash(known.as_bytes()) == blake3::hash(given.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_tokens_are_tokens_and_differ() {
        let (one, other) = (new_token(), new_token());
        assert_ne!(one, other);
        assert_eq!(one.len(), 32);
        check_token(&one).unwrap();
        assert!(is_token(&one, &one) && !is_token(&one, &other));
        assert!(check_token("with a blank").is_err());
    }
}
