//! What a prescription may say and what not.
