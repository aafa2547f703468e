"""Runs the real tshark, sharkd and Wireshark with the plugin under test, as a user would.

Root loads no personal plugins, so that as root the programs run as an ordinary user with a
temporary home. There are two homes: one with the plugin, one without.

SPDX-License-Identifier: GPL-2.0-or-later
"""
import atexit
import functools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

SOURCE = pathlib.Path(os.environ.get("HTTP_REUSE_SOURCE_DIR") or
                      pathlib.Path(__file__).resolve().parents[2])
PLUGIN = pathlib.Path(os.environ.get("HTTP_REUSE_PLUGIN") or
                      SOURCE / "build/dev/plugin/http_reuse.so").resolve()
PRELOAD = os.environ.get("HTTP_REUSE_PRELOAD", "")
CAPTURES = SOURCE / "testcaptures"

# Set by cmake/check.sh, which has installed every program that tests need.
ALL_INSTALLED = bool(os.environ.get("HTTP_REUSE_ALL_INSTALLED"))

# Set for builds with another Wireshark, or with a sanitizer: see sample().
SAMPLED = bool(os.environ.get("HTTP_REUSE_SAMPLED"))

IS_ROOT = os.geteuid() == 0
ORDINARY_USER = 65534 if IS_ROOT else os.geteuid()

TIMEOUT = 120  # seconds, for any one program; a sanitizer makes it slow

# Of the caller's environment, what the programs may see; and what is for a sanitizer in them.
PASSED_ON = ("PATH",)
OF_SANITIZER = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "G_SLICE", "WIRESHARK_DEBUG_WMEM_OVERRIDE")

# Makers of network cards and of what SNMP asks, in what Wireshark 4.0 comes with: it reads both
# twice in every run, a third of the time that a small capture takes. Later versions hold them.
NAMES_OF_MAKERS = ("manuf", "enterprises.tsv")

SANITIZER_REPORT = re.compile(rb"AddressSanitizer|LeakSanitizer|runtime error:")


def is_missing(program):
    """Whether tests of @program are left out. Where it should have been installed they fail."""
    return shutil.which(program) is None and not ALL_INSTALLED


# ---- files -------------------------------------------------------------------------------------

def own(path):
    """Gives @path to the user that the programs run as."""
    if IS_ROOT:
        os.chown(path, ORDINARY_USER, ORDINARY_USER)
    return path


@functools.lru_cache(maxsize=None)
def world():
    """The temporary folder of this test run. Everybody may look into it."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="http-reuse-e2e-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    path.chmod(0o755)
    return own(path)


def new_folder(prefix="test-"):
    """A new folder that the programs can write to."""
    path = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=world()))
    path.chmod(0o755)
    return own(path)


def home(plugin=True):
    """A home with the plugin in the folder that this tshark itself names, or one without."""
    return home_with_plugin() if plugin else home_without_plugin()


@functools.lru_cache(maxsize=None)
def home_with_plugin():
    path = new_home()
    assert PLUGIN.is_file(), f"no plugin to test: {PLUGIN}; set HTTP_REUSE_PLUGIN"
    folders = run("tshark", "-G", "folders", plugin=False, home_folder=path).text
    folder = pathlib.Path(re.search(r"^Personal Plugins:\s+(\S+)", folders, re.M)[1]) / "epan"
    assert path in folder.parents
    folder.mkdir(parents=True)
    shutil.copy(PLUGIN, folder / "http_reuse.so")
    return path


@functools.lru_cache(maxsize=None)
def home_without_plugin():
    return new_home()


def new_home():
    path = new_folder("home-")
    for name in (".config", ".cache", ".local", ".local/share", "run", "no-plugins", "no-extcap"):
        (path / name).mkdir(mode=0o700)
        own(path / name)
    return path


@functools.lru_cache(maxsize=None)
def data_folder():
    """What Wireshark comes with, but for the names of makers; None where it has no such files."""
    said = subprocess.run(["tshark", "-G", "folders"], stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.DEVNULL, check=True).stdout
    system = pathlib.Path(re.search(r"^Global configuration:\s+(\S+)", said, re.M)[1])
    if not any((system / name).exists() for name in NAMES_OF_MAKERS):
        return None
    path = new_folder("data-")
    for file in system.iterdir():
        if file.name not in NAMES_OF_MAKERS:
            (path / file.name).symlink_to(file)
    return path


@functools.lru_cache(maxsize=None)
def capture(name):
    """The path of a committed capture, as a file that the ordinary user can read."""
    copy = world() / f"{name}.pcapng"
    shutil.copy(CAPTURES / f"{name}.pcapng", copy)
    copy.chmod(0o644)
    return copy


def capture_names(pattern="*"):
    return sorted(path.name.removesuffix(".pcapng") for path in CAPTURES.glob(f"{pattern}.pcapng"))


def sample(names, step=3):
    """For what is our own doing, whatever the version of Wireshark: where it is asked of all of
    @names in another build, one in @step of them here."""
    return sorted(names)[::step if SAMPLED else 1]


def write_file(data, suffix=".pcap"):
    """A new file with @data, for the ordinary user to read."""
    path = new_folder() / f"capture{suffix}"
    path.write_bytes(data)
    path.chmod(0o644)
    return path


# ---- programs ----------------------------------------------------------------------------------

class Result:
    def __init__(self, args, status, stdout, stderr):
        self.args, self.status, self.stdout, self.stderr = args, status, stdout, stderr

    @property
    def text(self):
        return self.stdout.decode()

    @property
    def lines(self):
        # Not splitlines(): that ends lines at U+2028 and others too.
        return self.text.removesuffix("\n").split("\n") if self.stdout else []

    @property
    def complaints(self):
        """Lines on stderr that are not tshark's own words on its start."""
        own_words = re.compile(r"Running as user|^tshark: $|Capturing on|^\s*$"
                               r"|^\d+ packets? captured"
                               r"|\*\* \(.*\) .* -- Capture (started|stopped)"
                               r"|\*\* \(.*\) .* -- File: ")
        return [line for line in self.stderr.decode().splitlines() if not own_words.search(line)]

    def __repr__(self):
        return (f"{' '.join(map(str, self.args))}\nexit status {self.status}\n"
                f"{self.stderr.decode(errors='replace')}")


def environment(plugin=True, home_folder=None, extra=None):
    folder = home_folder or home(plugin)
    sanitized = bool(PRELOAD and plugin)
    variables = {name: os.environ[name] for name in PASSED_ON + OF_SANITIZER * sanitized
                 if name in os.environ}
    variables.update(
        HOME=str(folder),
        XDG_CONFIG_HOME=str(folder / ".config"), XDG_CACHE_HOME=str(folder / ".cache"),
        XDG_DATA_HOME=str(folder / ".local/share"), XDG_RUNTIME_DIR=str(folder / "run"),
        TMPDIR=str(folder / "run"), LC_ALL="C.UTF-8", TZ="UTC",
        # A copy in the system's folder would be loaded first. Extcap programs only cost time.
        WIRESHARK_PLUGIN_DIR=str(folder / "no-plugins"),
        WIRESHARK_EXTCAP_DIR=str(folder / "no-extcap"))
    if data_folder():
        variables["WIRESHARK_DATA_DIR"] = str(data_folder())
    if sanitized:
        variables["LD_PRELOAD"] = PRELOAD
    variables.update(extra or {})
    return variables


def start(*args, plugin=True, home_folder=None, cwd=None, extra=None, **options):
    """Starts a program as the ordinary user, in a session of its own."""
    if IS_ROOT:
        options.update(user=ORDINARY_USER, group=ORDINARY_USER, extra_groups=[])
    return subprocess.Popen(
        [str(arg) for arg in args], cwd=cwd or world(), start_new_session=True,
        env=environment(plugin, home_folder, extra), **options)


def end(process):
    """Ends a process that was started here, with its children."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def finish(process, timeout=TIMEOUT, data=None):
    """Waits for the end of what start() began with pipes."""
    try:
        stdout, stderr = process.communicate(data, timeout=timeout)
    except subprocess.TimeoutExpired as error:
        end(process)
        raise AssertionError(f"still running after {timeout} s: {process.args}") from error
    result = Result(process.args, process.returncode, stdout or b"", stderr or b"")
    assert not SANITIZER_REPORT.search(result.stderr), result
    assert result.status >= 0, f"killed by a signal: {result}"
    return result


def run(*args, data=None, timeout=TIMEOUT, **options):
    """Runs a program to its end. @data is its standard input, else there is none."""
    options.setdefault("stdin", subprocess.DEVNULL if data is None else subprocess.PIPE)
    options.setdefault("stdout", subprocess.PIPE)
    process = start(*args, stderr=subprocess.PIPE, **options)
    return finish(process, timeout, data)


def tshark(*args, **options):
    """Runs tshark, which has to succeed without a complaint."""
    result = run("tshark", *args, **options)
    assert result.status == 0 and not result.complaints, result
    return result


def tool(*args):
    """editcap, mergecap: programs of Wireshark that load no dissectors."""
    result = run(*args, plugin=False)
    assert result.status == 0, result
    return result


@functools.lru_cache(maxsize=None)
def version():
    """(4, 0) and so on."""
    major, minor = re.search(r"(\d+)\.(\d+)\.\d+", run("tshark", "--version").text).groups()
    return int(major), int(minor)


# ---- what the plugin says ----------------------------------------------------------------------

class Records:
    """The lines of an NDJSON output, by type."""

    def __init__(self, text):
        self.all = [json.loads(line) for line in text.removesuffix("\n").split("\n")]
        self.requests = self.of_type("request")
        self.connections = self.of_type("connection")
        self.findings = self.of_type("finding")
        self.origins = self.of_type("origin")
        self.fixes = self.of_type("fix")
        captures = self.of_type("capture")
        assert len(captures) == 1 and self.all[-1] is captures[0]
        self.capture = captures[0]

    def of_type(self, kind):
        return [record for record in self.all if record["type"] == kind]

    def connection(self, identity):
        found, = [record for record in self.connections if record["id"] == identity]
        return found

    def found(self, code):
        return [record for record in self.findings if record["code"] == code]

    def statuses(self):
        return [record["status"] for record in self.requests]

    def causes(self):
        return [record["close_cause"] for record in self.connections]


def records(path, *options, **more):
    """What the plugin says about the capture file @path."""
    result = tshark("-q", "-r", path, "-X", "http_reuse:ndjson=-", *options, **more)
    return Records(result.text)


def fields(path, *names, display_filter=None, options=(), plugin=True):
    """-T fields: a dictionary a frame, of lists, since a frame can hold a field many times."""
    args = ["-r", path, *options, "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=|"]
    if display_filter:
        args += ["-Y", display_filter]
    for name in names:
        args += ["-e", name]
    rows = []
    for line in tshark(*args, plugin=plugin).lines:
        values = (line.split("\t") + [""] * len(names))[:len(names)]
        rows.append({name: value.split("|") if value else []
                     for name, value in zip(names, values)})
    return rows


def is_true(text):
    """A boolean of -T fields: 4.0 prints 1, later versions True."""
    assert text in ("0", "1", "True", "False", "true", "false"), text
    return text in ("1", "True", "true")


def reuse_trees(text):
    """The plugin's trees in the output of -V, each with the lines below it."""
    trees, current = [], None
    for line in text.splitlines():
        if re.match(r"HTTP Connection Reuse|\[HTTP Connection Reuse", line):
            current = [line]
            trees.append(current)
        elif current is not None and line.startswith("    "):
            current.append(line)
        else:
            current = None
    return ["\n".join(tree) for tree in trees]


# ---- what is said about committed captures -----------------------------------------------------

# Files of tests that ask the same of every capture share these runs of tshark, where they share a
# pytest: see tests/CMakeLists.txt.

OUTPUTS = ("ndjson", "report", "events", "html", "har")

# Of the trees of requests and answers.
TREE = ("http.request.method", "http_reuse.status", "http_reuse.number", "http_reuse.reused",
        "http_reuse.request_in", "http_reuse.connection", "http_reuse.tls.handshake")

# Of each packet, as it is shown without the plugin.
WIRE = ("frame.number", "frame.time_epoch", "ip.ttl", "ipv6.hlim", "tcp.stream", "tcp.srcport",
        "tcp.flags", "tcp.len", "quic.connection.number", "http.request", "http.response.code",
        "http2.type", "http2.headers.status")


@functools.lru_cache(maxsize=None)
def outputs_of(name):
    """A folder with each output on a committed capture, of one pass that prints nothing. A
    sanitizer gets to see the second visits as well."""
    folder = new_folder("outputs-")
    how = ["-2", "-V"] if PRELOAD else ["-q"]
    for kind in OUTPUTS:
        how += ["-X", f"http_reuse:{kind}={folder / kind}"]
    tshark("-r", capture(name), *how)
    return folder


@functools.lru_cache(maxsize=None)
def records_of(name):
    return Records((outputs_of(name) / "ndjson").read_text(encoding="utf-8"))


def report_of(name):
    return (outputs_of(name) / "report").read_text(encoding="utf-8")


@functools.lru_cache(maxsize=None)
def trees_of(name, two):
    """(NDJSON, rows with TREE) of one run, in two passes or one."""
    target = new_folder() / "ndjson"
    rows = fields(capture(name), *TREE, display_filter="http_reuse",
                  options=[*(["-2"] if two else []), "-X", f"http_reuse:ndjson={target}"])
    return target.read_bytes(), rows


@functools.lru_cache(maxsize=None)
def packets_of(name):
    """Rows with WIRE, of each packet."""
    return fields(capture(name), *WIRE, plugin=False)
