//! `completions`: what a shell has to read to complete `cargo xtask …`, exercise names included. Each
//! shell completes `cargo` already; these scripts add to that and take nothing away.

use clap::{CommandFactory as _, builder::PossibleValuesParser};
use clap_complete::{Shell, generate};

use crate::{
    args::{Args, CompleteFor},
    catalog::{Catalog, Exercise},
    commands::raw,
    error::{Result, exit},
};

pub fn run(catalog: &Catalog, shell: CompleteFor) -> Result<u8> {
    raw(&script(catalog, shell))?;
    Ok(exit::OK)
}

fn script(catalog: &Catalog, shell: CompleteFor) -> String {
    let exercises: Vec<String> = catalog
        .exercises()
        .map(Exercise::id)
        .map(str::to_owned)
        .collect();
    let chapters = catalog.chapters.iter().map(|chapter| chapter.id.clone());
    let names: Vec<String> = chapters.chain(exercises.iter().cloned()).collect();
    let command = with_names(&exercises, &names);
    let written = |shell: Shell, mut command: clap::Command, name: &str| {
        let mut script = Vec::new();
        generate(shell, &mut command, name, &mut script);
        String::from_utf8(script).expect("a script is text")
    };
    match shell {
        CompleteFor::Bash => BASH_HEAD.to_owned() + &written(Shell::Bash, command, "xtask") + BASH,
        // Cargo's own completion calls the function of this name.
        CompleteFor::Zsh => written(Shell::Zsh, command, "cargo-xtask").replacen(
            "#compdef cargo-xtask\n",
            &format!("#compdef cargo-xtask\n{ZSH}"),
            1,
        ),
        CompleteFor::Fish => {
            let cargo = clap::Command::new("cargo")
                .disable_help_flag(true)
                .disable_help_subcommand(true)
                .subcommand(command.name("xtask").bin_name("xtask"));
            let script = written(Shell::Fish, cargo, "cargo");
            FISH_HEAD.to_owned() + &script + &fish_positional(&exercises, &names)
        }
    }
}

/// The command line, with the names that may stand where an exercise does.
fn with_names(exercises: &[String], names: &[String]) -> clap::Command {
    Args::command().name("xtask").mut_subcommands(|command| {
        if command.get_name() == "new" {
            // Takes a name that does not exist yet.
            return command;
        }
        command.mut_args(|arg| match arg.get_id().as_str() {
            "exercise" => arg.value_parser(PossibleValuesParser::new(exercises.to_vec())),
            "names" => arg.value_parser(PossibleValuesParser::new(names.to_vec())),
            _ => arg,
        })
    })
}

/// What the generator leaves out for fish: names that stand for themselves.
fn fish_positional(exercises: &[String], names: &[String]) -> String {
    let takes = |what: &str| -> Vec<String> {
        with_names(exercises, names)
            .get_subcommands()
            .filter(|command| command.get_name() != "new")
            .filter(|command| command.get_positionals().any(|arg| arg.get_id() == what))
            .map(|command| command.get_name().to_owned())
            .collect()
    };
    [("exercise", exercises), ("names", names)]
        .iter()
        .map(|(what, values)| {
            format!(
                "complete -c cargo -n \"__fish_seen_subcommand_from xtask; \
                 and __fish_seen_subcommand_from {}\" -f -a \"{}\"\n",
                takes(what).join(" "),
                values.join(" ")
            )
        })
        .collect()
}

const BASH_HEAD: &str = "\
# Completes `cargo xtask`. In ~/.bashrc, with the path of the course:
#   source <(cd ~/course && cargo xtask completions bash)
";

/// `cargo` has one function that completes it; this one hands on what is not its own.
const BASH: &str = r#"
if [[ $(complete -p cargo 2>/dev/null) != *" -F "* ]]; then
    # Cargo's own, where it is loaded only when it is asked for.
    if declare -F _comp_load >/dev/null; then
        _comp_load cargo
    elif declare -F _completion_loader >/dev/null; then
        _completion_loader cargo
    fi
fi
if [[ $(complete -p cargo 2>/dev/null) =~ \ -F\ ([^ ]+) && ${BASH_REMATCH[1]} != _cargo_or_xtask ]]; then
    _cargo_before_xtask=${BASH_REMATCH[1]}
fi

_cargo_or_xtask() {
    local at=1
    while [[ ${COMP_WORDS[at]} == [+-]* ]]; do
        at=$((at + 1))
    done
    if [[ ${COMP_WORDS[at]} == xtask && $COMP_CWORD -gt $at ]]; then
        COMP_WORDS=("${COMP_WORDS[@]:at}")
        COMP_CWORD=$((COMP_CWORD - at))
        _xtask xtask "$2" "$3"
    elif [[ -n $_cargo_before_xtask ]]; then
        "$_cargo_before_xtask" "$@"
    fi
}
complete -F _cargo_or_xtask -o bashdefault -o default cargo
complete -r xtask
"#;

const ZSH: &str = "\
# Completes `cargo xtask`, where zsh completes `cargo` (rustup's `_cargo`). In ~/.zshrc, behind compinit,
# with the path of the course:
#   source <(cd ~/course && cargo xtask completions zsh)
";

const FISH_HEAD: &str = "\
# Completes `cargo xtask`. In ~/.config/fish/config.fish, with the path of the course:
#   cd ~/course; and cargo xtask completions fish | source; prevd
";
