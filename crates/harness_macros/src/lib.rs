//! The attributes.
use proc_macro::TokenStream;
#[proc_macro_attribute]
pub fn test(_args: TokenStream, item: TokenStream) -> TokenStream {
    format!("#[::core::prelude::v1::test] {item}")
        .parse()
        .unwrap()
}
