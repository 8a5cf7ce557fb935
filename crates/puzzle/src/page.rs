//! A puzzle as data for the book.
