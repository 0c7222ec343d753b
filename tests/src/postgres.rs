//! One private PostgreSQL cluster for each test process: in a temporary folder, on a UNIX socket only.

use std::ffi::OsStr;
use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use footing_server::store::backend::DatabaseUrl;
use tempfile::TempDir;

/// Older ones are not supported by Footing.
const OLDEST_MAJOR: u32 = 15;

/// Starts the server, says so, and ends it when standard input ends: that is when the test process
/// does, however it does.
const GUARD: &str = r#"
dir=$1; bin=$2; shift 2
trap 'rm -rf "$dir"' EXIT
"$@" "$bin/pg_ctl" start --wait --silent --pgdata="$dir/data" --log="$dir/log" \
    --options="-k $dir -c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=300 -c shared_buffers=64MB" \
    </dev/null >/dev/null 2>&1 || { echo failed; tail -n 20 "$dir/log" >&2; exit 1; }
echo started
read -r _
[ ! -e "$dir/data/postmaster.pid" ] || "$@" "$bin/pg_ctl" stop --silent --mode=immediate --pgdata="$dir/data" >/dev/null 2>&1
"#;

/// A PostgreSQL server to make databases on.
pub struct Cluster {
    /// Address of a database, with the name left out: what stands before and after it.
    address: (String, String),
    /// A migrated database to copy from; none on a server that is not ours.
    template: Option<String>,
    /// Tells this process's databases from others'.
    run: u64,
    made: AtomicU64,
    /// What it needs where it is ours.
    private: Option<Private>,
}

/// A cluster of this process.
struct Private {
    bin: PathBuf,
    folder: PathBuf,
    /// Held open for the life of the process.
    _guard: (Child, ChildStdin),
}

impl Private {
    /// Has PostgreSQL's own tool do something, and waits for it.
    fn control(&self, what: &[&str]) {
        let mut words = step_down(&self.folder);
        words.push(self.bin.join("pg_ctl").display().to_string());
        words.extend(what.iter().map(|word| (*word).to_owned()));
        words.extend(["--wait", "--silent"].map(str::to_owned));
        words.push(format!("--pgdata={}", self.folder.join("data").display()));
        if what.first() == Some(&"restart") {
            words.push(format!("--log={}", self.folder.join("log").display()));
        }
        assert!(works(&words), "{} fails", words.join(" "));
    }
}

/// A server that follows a private cluster.
pub struct Standby {
    primary: PathBuf,
    own: Private,
}

impl Standby {
    /// The address of a database of the cluster that leads to whichever of the two takes writes.
    pub fn either(&self, address: &str) -> String {
        let (primary, own) = (self.primary.display(), self.own.folder.display());
        let both = address.replace(&format!("{primary}"), &format!("{primary},{own}"));
        format!("{both}&target_session_attrs=read-write")
    }

    /// It follows nobody any more, and takes writes.
    ///
    /// # Panics
    /// When it does not.
    pub fn promote(&self) {
        self.own.control(&["promote"]);
    }
}

impl Cluster {
    /// The cluster of this process: the server named by `FOOTING_TEST_POSTGRES_URL` (an administrator's
    /// address), or a private one from installed binaries; `None` where there is neither.
    ///
    /// # Panics
    /// When there are binaries and they do not start: that is not the same as having none.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
        SHARED.get_or_init(Self::find).as_ref()
    }

    fn find() -> Option<Self> {
        match std::env::var("FOOTING_TEST_POSTGRES_URL") {
            Ok(url) => Some(Self::at_url(&url)),
            Err(_) => binaries().map(|bin| Self::private(&bin)),
        }
    }

    /// A cluster for one test, which may stop and start it; `None` where there are no binaries. It lives as long as the
    /// process.
    pub fn own() -> Option<&'static Self> {
        let bin = binaries()?;
        Some(Box::leak(Box::new(Self::private(&bin))))
    }

    fn own_one(&self) -> &Private {
        self.private.as_ref().expect("a cluster of our own")
    }

    /// Ends every connection and process of a private cluster in the middle of whatever it does, and starts it again.
    ///
    /// # Panics
    /// When it is not ours or does not start.
    pub fn restart_at_once(&self) {
        self.own_one().control(&["restart", "--mode=immediate"]);
    }

    /// The same, and it does not come back.
    ///
    /// # Panics
    /// When it is not ours or does not end.
    pub fn end_at_once(&self) {
        self.own_one().control(&["stop", "--mode=immediate"]);
    }

    /// A second server that holds whatever a private cluster acknowledges from now on: each commit waits for it.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn standby(&self) -> Standby {
        let primary = self.own_one();
        let folder = private_folder();
        let mut words = step_down(&folder);
        words.push(primary.bin.join("pg_basebackup").display().to_string());
        words.extend(
            "-R -X stream --checkpoint=fast -U postgres -D"
                .split(' ')
                .map(str::to_owned),
        );
        words.push(folder.join("data").display().to_string());
        words.extend(["-h".to_owned(), primary.folder.display().to_string()]);
        assert!(works(&words), "{} does not copy it", words.join(" "));
        let guard = start(&primary.bin, &folder);
        self.admin("ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.admin("SELECT pg_reload_conf()");
        self.admin(
            "DO $$ BEGIN FOR turn IN 1..1000 LOOP \
             EXIT WHEN EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync'); \
             PERFORM pg_sleep(0.01); PERFORM pg_stat_clear_snapshot(); END LOOP; END $$",
        );
        Standby {
            primary: primary.folder.clone(),
            own: Private {
                bin: primary.bin.clone(),
                folder,
                _guard: guard,
            },
        }
    }

    fn new(address: (String, String), private: Option<Private>) -> Self {
        let run = RandomState::new().build_hasher().finish();
        Self {
            address,
            template: None,
            run,
            made: AtomicU64::new(0),
            private,
        }
    }

    fn at_url(url: &str) -> Self {
        let (before, after) = url
            .split_once("//")
            .and_then(|(scheme, rest)| Some((format!("{scheme}//"), rest.split_once('/')?)))
            .map(|(scheme, (host, rest))| (scheme + host + "/", rest))
            .expect("FOOTING_TEST_POSTGRES_URL is postgres://USER@HOST/DATABASE");
        let query = after
            .find('?')
            .map_or("", |at| after.split_at(at).1)
            .to_owned();
        Self::new((before, query), None)
    }

    fn private(bin: &Path) -> Self {
        let folder = private_folder();
        make(bin, &folder);
        let guard = start(bin, &folder);
        let query = format!("?host={}&user=postgres", folder.display());
        let private = Private {
            bin: bin.to_owned(),
            folder,
            _guard: guard,
        };
        let mut cluster = Self::new(("postgres:///".to_owned(), query), Some(private));
        let template = cluster.create();
        cluster.migrate(&template);
        cluster.template = Some(template);
        cluster
    }

    fn url_of(&self, name: &str) -> String {
        format!("{}{name}{}", self.address.0, self.address.1)
    }

    fn admin(&self, sql: &str) {
        let mut admin =
            PgConnection::establish(&self.url_of("postgres")).expect("PostgreSQL answers");
        admin.batch_execute(sql).expect("PostgreSQL obeys");
    }

    fn create(&self) -> String {
        self.create_from(self.template.as_deref().unwrap_or("template0"))
    }

    fn create_from(&self, template: &str) -> String {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let name = format!("footing_test_{:016x}_{number}", self.run);
        self.admin(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        name
    }

    fn migrate(&self, name: &str) {
        let url: DatabaseUrl = self
            .url_of(name)
            .parse()
            .expect("the harness's own address");
        url.prepare().expect("PostgreSQL migrates");
    }

    /// A new migrated database, dropped with the value.
    pub fn database(&'static self) -> ClusterDatabase {
        let name = self.create();
        if self.template.is_none() {
            self.migrate(&name);
        }
        self.named(name)
    }

    /// A new database with nothing in it, dropped with the value.
    pub fn empty_database(&'static self) -> ClusterDatabase {
        self.named(self.create_from("template0"))
    }

    fn named(&'static self, name: String) -> ClusterDatabase {
        let url = self.url_of(&name);
        ClusterDatabase {
            cluster: self,
            name,
            url,
        }
    }
}

/// A database on the shared cluster.
pub struct ClusterDatabase {
    cluster: &'static Cluster,
    name: String,
    url: String,
}

impl ClusterDatabase {
    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The cluster it lies on.
    pub fn cluster(&self) -> &'static Cluster {
        self.cluster
    }
}

impl Drop for ClusterDatabase {
    fn drop(&mut self) {
        // A failing test may leave connections behind; its database goes all the same.
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        if let Ok(mut admin) = PgConnection::establish(&self.cluster.url_of("postgres")) {
            let _ = admin.batch_execute(&sql);
        }
    }
}

/// The folder of the newest installed server programs that are new enough.
fn binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // A link in PATH leads to the folder that has all the programs.
    let linked = std::env::split_paths(&path)
        .filter_map(|folder| folder.join("postgres").canonicalize().ok())
        .filter_map(|program| Some(program.parent()?.to_owned()));
    let packaged = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"));
    linked
        .chain(packaged)
        .filter(|bin| {
            ["initdb", "pg_basebackup", "pg_ctl", "postgres"]
                .iter()
                .all(|name| bin.join(name).is_file())
        })
        .filter_map(|bin| Some((major(&bin)?, bin)))
        .filter(|(major, _)| *major >= OLDEST_MAJOR)
        .max()
        .map(|(_, bin)| bin)
}

/// The major version: `postgres (PostgreSQL) 15.8 (Debian 15.8-0)` is 15.
fn major(bin: &Path) -> Option<u32> {
    let output = Command::new(bin.join("postgres"))
        .arg("--version")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let version = text.split_whitespace().nth(2)?;
    version.split('.').next()?.parse().ok()
}

/// A folder short enough for a socket's name (107 bytes), kept until the guard removes it.
fn private_folder() -> PathBuf {
    let temp = std::env::temp_dir();
    let parent = if temp.as_os_str().len() < 70 {
        temp
    } else {
        PathBuf::from("/tmp")
    };
    let folder = TempDir::with_prefix_in("footing-pg-", parent).expect("a temporary folder");
    folder.keep()
}

/// PostgreSQL refuses to run as root: the words that step down to its own user, whose the folder becomes.
fn step_down(folder: &Path) -> Vec<String> {
    if fs::metadata("/proc/self").map_or(1, |me| me.uid()) != 0 {
        return Vec::new();
    }
    let id = |flag| {
        let output = Command::new("id").args([flag, "postgres"]).output().ok()?;
        String::from_utf8(output.stdout)
            .ok()?
            .trim()
            .parse::<u32>()
            .ok()
    };
    let (uid, gid) = id("-u")
        .zip(id("-g"))
        .expect("as root, PostgreSQL's own user is needed");
    chown(folder, Some(uid), Some(gid)).expect("root may give a folder away");
    let words = if works(&["setpriv", "--version"]) {
        "setpriv --reuid=postgres --regid=postgres --clear-groups --"
    } else {
        "runuser -u postgres --"
    };
    words.split(' ').map(str::to_owned).collect()
}

fn works<S: AsRef<OsStr>>(words: &[S]) -> bool {
    let Some((program, rest)) = words.split_first() else {
        return false;
    };
    // Not through a pipe: a server that is started would hold it open.
    let mut command = Command::new(program);
    command.args(rest).current_dir("/").stdin(Stdio::null());
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Makes a cluster.
fn make(bin: &Path, folder: &Path) {
    let mut initdb = step_down(folder);
    initdb.push(bin.join("initdb").display().to_string());
    initdb.extend(
        "-N --auth=trust --username=postgres --encoding=UTF8 --locale=C -D"
            .split(' ')
            .map(str::to_owned),
    );
    initdb.push(folder.join("data").display().to_string());
    assert!(
        works(&initdb),
        "{} does not make a cluster",
        initdb.join(" ")
    );
}

/// Starts a cluster under a guard that outlives no test process.
fn start(bin: &Path, folder: &Path) -> (Child, ChildStdin) {
    let step_down = step_down(folder);
    let mut guard = Command::new("sh")
        .args(["-c", GUARD, "guard"])
        .args([folder, bin])
        .args(&step_down)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // Ctrl-C in a terminal ends the tests; the guard then cleans up after them.
        .process_group(0)
        .spawn()
        .expect("sh starts");
    let stdin = guard.stdin.take().expect("piped");
    let mut said = String::new();
    let stdout = guard.stdout.take().expect("piped");
    BufReader::new(stdout)
        .read_line(&mut said)
        .expect("the guard speaks");
    assert_eq!(
        said.trim(),
        "started",
        "PostgreSQL in {} does not start",
        folder.display()
    );
    (guard, stdin)
}
