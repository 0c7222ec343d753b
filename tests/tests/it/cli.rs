//! The command line of `footing`, as an operator meets it.

use std::fs;
use std::process::{Command, Output};

use footing_tests::example::clinic_create;
use tempfile::TempDir;

/// The command in an empty folder, with nothing of the environment.
struct Shell {
    folder: TempDir,
}

impl Shell {
    fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_footing-under-test"))
            .args(arguments)
            .env_clear()
            .envs(environment.iter().copied())
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }

    fn entries(&self) -> usize {
        fs::read_dir(self.folder.path()).unwrap().count()
    }
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn config_print_shows_every_setting_with_its_source_and_no_secret() {
    let shell = Shell::new();
    fs::write(
        shell.folder.path().join("footing.toml"),
        "workers = 3\npush_log = \"a.log\"",
    )
    .unwrap();
    let environment = [
        (
            "FOOTING_DATABASE_URL",
            "postgres://footing:hunter2-secret@db.example.org/footing?sslmode=require",
        ),
        ("FOOTING_PUSH_LOG", "b.log"),
    ];
    let arguments = [
        "config",
        "print",
        "--config",
        "footing.toml",
        "--listen",
        "127.0.0.1:9",
    ];
    let output = shell.run(&arguments, &environment);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let text = out(&output);
    assert!(
        !(text.clone() + &err(&output)).contains("hunter2"),
        "{text}"
    );
    assert!(
        text.contains("postgres://footing:***@db.example.org/footing"),
        "{text}"
    );
    for (line, source) in [
        ("workers = \"3\"", "file"),
        ("push_log = \"b.log\"", "environment"),
        ("listen = \"127.0.0.1:9\"", "command line"),
        ("log_format = \"text\"", "default"),
    ] {
        assert!(
            text.contains(&format!("{line} # {source}")),
            "{line} from {source}:\n{text}"
        );
    }
    let names: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split(" = ").next())
        .collect();
    for setting in footing_server::config::SETTINGS {
        assert!(names.contains(&setting.name), "{} is missing", setting.name);
    }
    // What is printed is a file that can be read again, but for the mask.
    text.parse::<toml::Table>().unwrap();
}

#[test]
fn every_way_of_writing_a_password_is_masked() {
    let shell = Shell::new();
    for url in [
        "postgres://footing:hunter2@db/footing",
        "postgresql://footing:hunter2@db:5432/footing",
        "postgres://footing:hun@ter2hunter2@db/footing",
        "postgres://:hunter2@db/footing",
        "postgres://footing@db/footing?password=hunter2",
        "postgres:///footing?host=/run&user=a&password=hunter2&sslmode=disable",
    ] {
        let output = shell.run(&["config", "print"], &[("FOOTING_DATABASE_URL", url)]);
        let text = out(&output) + &err(&output);
        assert!(!text.contains("hunter2"), "{url} is shown as\n{text}");
    }
}

#[test]
fn config_check_tells_every_error_at_once() {
    let shell = Shell::new();
    let environment = [
        ("FOOTING_WORKERS", "0"),
        ("FOOTING_DATABASE_URL", "mysql://footing:hunter2@db/x"),
        ("FOOTING_LOG_FORMAT", "xml"),
        ("FOOTING_PUBLIC_URL", "ftp://x"),
    ];
    for command in [&["config", "check"][..], &["serve"]] {
        let output = shell.run(&[command, &["--listen", "nowhere"]].concat(), &environment);
        assert_eq!(output.status.code(), Some(2), "{}", err(&output));
        let text = err(&output);
        for name in [
            "workers",
            "database_url",
            "log_format",
            "public_url",
            "listen (command line)",
        ] {
            assert!(text.contains(name), "{name} is missing in\n{text}");
        }
        assert!(!text.contains("hunter2"), "{text}");
    }
    assert_eq!(shell.entries(), 0, "nothing was made");
}

#[test]
fn a_file_that_cannot_be_read_is_wrong_usage() {
    let shell = Shell::new();
    fs::write(shell.folder.path().join("broken.toml"), "workers = = 3").unwrap();
    fs::write(shell.folder.path().join("unknown.toml"), "wokers = 3").unwrap();
    for (file, part) in [
        ("absent.toml", "absent.toml"),
        (".", "."),
        ("broken.toml", "broken.toml"),
        ("unknown.toml", "wokers"),
    ] {
        let output = shell.run(&["config", "check", "--config", file], &[]);
        assert_eq!(output.status.code(), Some(2), "{file}: {}", err(&output));
        assert!(err(&output).contains(part), "{file}: {}", err(&output));
    }
    assert_eq!(shell.run(&["config", "check"], &[]).status.code(), Some(0));
}

#[test]
fn wrong_usage_is_2_and_says_how() {
    let shell = Shell::new();
    for arguments in [
        &[][..],
        &["dance"],
        &["serve", "--volume", "11"],
        &["clinic"],
        &["clinic", "create", "--slug", "a"],
    ] {
        let output = shell.run(arguments, &[]);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            err(&output).contains("Usage"),
            "{arguments:?}: {}",
            err(&output)
        );
    }
    for arguments in [
        &["--help"][..],
        &["serve", "--help"],
        &["clinic", "create", "--help"],
        &["--version"],
    ] {
        assert_eq!(
            shell.run(arguments, &[]).status.code(),
            Some(0),
            "{arguments:?}"
        );
    }
    assert_eq!(shell.entries(), 0, "nothing was made");
}

fn clinic() -> [&'static str; 12] {
    clinic_create("demo", "test.clinician@example.org")
}

#[test]
fn a_clinic_is_opened_once_and_its_link_is_printed() {
    let shell = Shell::new();
    let output = shell.run(&clinic(), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(
        out(&output).contains("http://127.0.0.1:8080/welcome#"),
        "{}",
        out(&output)
    );
    let again = shell.run(&clinic(), &[]);
    assert_eq!(again.status.code(), Some(1), "{}", err(&again));
    assert!(err(&again).contains("exists already"), "{}", err(&again));
    let link = [
        "clinic",
        "sign-in-link",
        "--slug",
        "demo",
        "--email",
        "test.clinician@example.org",
    ];
    let output = shell.run(
        &link,
        &[("FOOTING_PUBLIC_URL", "https://footing.example.org")],
    );
    assert!(
        out(&output).contains("https://footing.example.org/sign-in/link#"),
        "{}",
        err(&output)
    );
    let unknown = [
        "clinic",
        "sign-in-link",
        "--slug",
        "demo",
        "--email",
        "nobody@example.org",
    ];
    assert_eq!(shell.run(&unknown, &[]).status.code(), Some(1));
}

#[test]
fn a_clinic_that_breaks_rules_is_not_opened() {
    let shell = Shell::new();
    let mut wrong = clinic();
    (wrong[3], wrong[7], wrong[11]) = ("Demo Clinic", "Mars/Phobos", "nobody");
    let output = shell.run(&wrong, &[]);
    assert_eq!(output.status.code(), Some(2));
    for flag in ["--slug", "--time-zone", "--email"] {
        assert!(err(&output).contains(flag), "{flag}: {}", err(&output));
    }
    assert_eq!(shell.entries(), 0, "no database was made");
}

#[test]
fn a_database_that_cannot_be_opened_is_a_failure() {
    let shell = Shell::new();
    for url in [
        "sqlite:absent/folder/footing.db",
        "postgres://nobody:hunter2@127.0.0.1:1/none",
    ] {
        let output = shell.run(&clinic(), &[("FOOTING_DATABASE_URL", url)]);
        assert_eq!(output.status.code(), Some(1), "{url}");
        assert!(!err(&output).contains("hunter2"), "{}", err(&output));
        assert!(!err(&output).is_empty());
    }
}

#[test]
fn the_document_is_printed() {
    let shell = Shell::new();
    let output = shell.run(&["openapi"], &[]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        out(&output),
        footing_server::http::openapi::document_text().unwrap()
    );
}

#[test]
fn a_push_key_is_written_once_and_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let shell = Shell::new();
    let arguments = ["push-key", "create", "--out", "push.pem"];
    let first = shell.run(&arguments, &[]);
    assert_eq!(first.status.code(), Some(0), "{}", err(&first));
    let path = shell.folder.path().join("push.pem");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let public = out(&first).lines().last().unwrap().to_owned();
    assert_eq!(public.len(), 87, "an uncompressed point in base64url");
    let kept = fs::read_to_string(&path).unwrap();
    assert!(kept.starts_with("-----BEGIN PRIVATE KEY-----"));
    assert!(!out(&first).contains("PRIVATE"));
    let second = shell.run(&arguments, &[]);
    assert_eq!(second.status.code(), Some(1));
    assert_eq!(fs::read_to_string(&path).unwrap(), kept);
    assert_eq!(shell.entries(), 1);
}

#[test]
fn the_simulator_completes_itself_and_has_a_page_for_each_command() {
    let folder = TempDir::new().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_footing-sim-under-test"));
        command.args(arguments).current_dir(folder.path());
        command.output().unwrap()
    };
    for shell in ["bash", "zsh", "fish"] {
        let printed = run(&["completions", shell]);
        assert!(printed.status.success());
        let script = out(&printed);
        for word in ["footing-sim", "replay", "token-file"] {
            assert!(script.contains(word), "{shell} knows nothing of {word}");
        }
    }
    let refused = run(&["completions", "tcsh"]);
    assert_eq!(refused.status.code(), Some(2), "{}", err(&refused));
    assert!(run(&["man", "--out", "pages"]).status.success());
    let help = out(&run(&["--help"]));
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<&str> = commands
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .filter(|word| *word != "help" && help.contains(&format!("\n  {word} ")))
        .collect();
    assert!(commands.len() >= 10, "{commands:?}");
    for command in commands {
        let page = folder.path().join(format!("pages/footing-sim-{command}.1"));
        let text = fs::read_to_string(&page).unwrap_or_default();
        assert!(text.contains(".SH SYNOPSIS"), "no page of {command}");
    }
    let taken = folder.path().join("taken");
    fs::write(&taken, "").unwrap();
    let refused = run(&["man", "--out", "taken"]);
    assert!(!refused.status.success(), "a file is no folder");
    assert!(err(&refused).contains("taken"), "{}", err(&refused));
}
