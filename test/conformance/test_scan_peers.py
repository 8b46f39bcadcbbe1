"""Other scanners beside tacit: modelscan, picklescan, fickling, modelaudit on the same files"""
# test/conformance/run.sh peers reads some of the harmless files; with TACIT_ACCURACY=update it reads all, and writes docs/scan-accuracy.md anew.
import collections
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import pytest

PEERS = os.environ.get("TACIT_CONFORMANCE_PEERS")
if not PEERS:
    pytest.skip("another environment asks the scanners", allow_module_level=True)
BIN = os.environ["TACIT_CONFORMANCE_BIN"]
UPDATE = os.environ.get("TACIT_ACCURACY") == "update"
HERE = pathlib.Path(__file__).parent
DOCUMENT = HERE.parent.parent / "docs" / "scan-accuracy.md"
TOOLS = ["modelscan", "picklescan", "fickling", "modelaudit"]
VERSIONS = {"modelscan": "0.8.8", "picklescan": "1.0.5", "fickling": "0.1.12", "modelaudit": "0.2.54"}
UNITS = ("mlflow.", "huggingface.")  # folders that are one model
EVERY = 1 if UPDATE else 6  # of the estimators of scikit-learn
FICKLED = 1 if UPDATE else 8  # of the harmless files fickling reads one in so many
AUDITED = (1, 100) if UPDATE else (12, 300)  # and modelaudit of both: it takes seconds for each


# The files are the same each time: what their makers draw, and the time that they write into archives, are fixed.
FIXED = """
import hashlib, itertools, os, sys, time
count = itertools.count()
os.urandom = lambda n: b"".join(hashlib.sha256(b"%d" % next(count)).digest() for _ in range(n // 32 + 1))[:n]
time.time = lambda: 1_700_000_000.0
import random, runpy
import numpy
random.seed(7)
numpy.random.seed(7)
sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def made(folder):
    for script in (["malicious.py"], ["malicious_formats.py"], ["malicious_hooks.py"], ["malicious_tricks.py"], ["benign.py", str(EVERY)], ["benign_objects.py"]):
        subprocess.run([sys.executable, "-c", FIXED, str(HERE / "scan" / script[0]), str(folder), *script[1:]], check=True, capture_output=True, timeout=600,
                       env={**os.environ, "PYTHONHASHSEED": "0"})


def entries(folder):
    """What is scanned at once: files, and folders that are one model."""
    for e in sorted(folder.iterdir()):
        if e.is_dir() and not e.name.startswith(UNITS):
            yield from sorted(e.iterdir())
        else:
            yield e


def recipe(folder, entry):
    """The name of a file less what tells it from others of its recipe."""
    name = entry.relative_to(folder).parts[0]
    for ending in (".pkl.gz", ".pkl", ".pt", ".bin", ".data"):
        name = name.removesuffix(ending)
    return name.removesuffix(".zip") if name.startswith("stream.") else name


class Corpora:
    def __init__(self, root):
        made(root)
        self.root = root
        self.malicious = list(entries(root / "malicious"))
        self.benign = list(entries(root / "benign"))
        files = [p for e in self.malicious for p in ([e] if e.is_file() else [q for q in e.rglob("*") if q.is_file()])]
        audited = {}
        for name, some in (("malicious", self.malicious[::AUDITED[0]]), ("benign", self.benign[::AUDITED[1]])):
            for p in some:
                at = root / "audited" / p.relative_to(root)
                at.parent.mkdir(parents=True, exist_ok=True)
                shutil.copytree(p, at) if p.is_dir() else shutil.copy(p, at)
            audited[str(root / "audited" / name)] = [str(root / "audited" / p.relative_to(root)) for p in some]
        asked = root / "asked"
        whole = [str(p) for p in self.malicious + self.benign] + [str(root / "malicious"), str(root / "benign")]
        calls = [{"paths": whole, "tools": ["modelscan"], "folders": {}}, {"paths": whole, "tools": ["picklescan"], "folders": {}},
                 {"paths": sorted({str(p) for p in files + self.benign[::FICKLED]}), "tools": ["fickling"], "folders": {}},
                 {"paths": [], "tools": ["modelaudit"], "folders": audited}]
        self.theirs = collections.defaultdict(dict)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for answers in pool.map(lambda c: ask(asked.with_suffix("." + c["tools"][0]), c), reversed(calls)):
                for path, answer in answers.items():
                    self.theirs[path.replace(str(root / "audited"), str(root))].update(answer)
        self.ours = dict(zip(map(str, self.malicious), each(lambda p: subprocess.run([BIN, "scan", str(p)], capture_output=True, timeout=60).returncode, self.malicious)))
        report = json.loads(subprocess.run([BIN, "scan", str(root / "benign"), "--json"], capture_output=True, timeout=600).stdout)
        folders = {e for e in self.benign if e.is_dir()}
        for a in report["artifacts"]:
            heavy = [f for f in a["findings"] if f["severity"] != "low"]
            at = root / "benign" / a["path"]
            entry = str(next((p for p in at.parents if p in folders), at))
            self.ours[entry] = max(self.ours.get(entry, 0), 1 if heavy else 0 if a["status"] == "complete" and a["verdict"] == "clean" else 2)

    def word(self, tool, entry):
        """flagged, clean, error or nothing."""
        if tool == "tacit":
            return {0: "clean", 1: "flagged", 2: "error", 3: "nothing"}[self.ours[str(entry)]]
        if tool == "fickling" and entry.is_dir():  # it reads files alone
            codes = [self.theirs[str(p)][tool]["exit"] for p in entry.rglob("*") if tool in self.theirs[str(p)]]
            if not codes:
                return None
            return "flagged" if 1 in codes else "clean" if 0 in codes else "error"
        if tool not in self.theirs[str(entry)]:
            return None
        answer = self.theirs[str(entry)][tool]
        if tool == "picklescan" and answer["exit"] == 0 and "Scanned files: 0" in answer["text"]:
            return "nothing"
        return {0: "clean", 1: "flagged", 2: "error", 3: "nothing"}[answer["exit"]]


def ask(file, call):
    file.write_text(json.dumps(call))
    done = subprocess.run([PEERS, str(HERE / "scan" / "peers.py"), str(file)], capture_output=True, text=True, timeout=1500)
    assert done.returncode == 0, done.stderr[-2000:]
    print(done.stderr.splitlines()[-1])
    return json.loads(done.stdout)


def each(call, paths):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(call, paths))


@pytest.fixture(autouse=True)
def tracked():
    """No test here needs a server, or mlflow."""


@pytest.fixture(scope="module")
def corpora(tmp_path_factory):
    began = time.monotonic()
    c = Corpora(tmp_path_factory.mktemp("corpora").resolve())
    print(f"{len(c.malicious)} malicious, {len(c.benign)} harmless, {time.monotonic() - began:.0f} s")
    return c


def called(tool, tmp_path):
    """The program under another name."""
    at = tmp_path / tool
    if not at.exists():
        at.symlink_to(BIN)
    return str(at)


def test_there_are_enough(corpora):
    assert len(corpora.malicious) >= 250 and len(corpora.benign) >= 1000


def test_tacit_is_right(corpora):
    wrong = [str(p) for p in corpora.malicious if corpora.word("tacit", p) != "flagged"] + [str(p) for p in corpora.benign if corpora.word("tacit", p) != "clean"]
    assert not wrong


def canonical(report):
    """A report of modelscan less time and version; its lists have no order: it keeps the globals of a file in sets."""
    for key in ("timestamp", "modelscan_version"):
        del report["summary"][key]
    for items in (report["issues"], report["errors"], report["summary"]["skipped"]["skipped_files"], report["summary"]["scanned"].get("scanned_files", [])):
        items.sort(key=lambda i: json.dumps(i, sort_keys=True))
    return report


def scanned(report):
    """The files in the order in which they were read, which is that of the folder."""
    return report["summary"]["scanned"].get("scanned_files", [])


def test_modelscan_is_answered_for(corpora, tmp_path):
    """Issues, errors, skipped and scanned files, and the exit code, of each malicious file and both folders."""
    program = called("modelscan", tmp_path)
    paths = [*map(str, corpora.malicious), str(corpora.root / "malicious"), str(corpora.root / "benign")]
    different = []
    for path, out in zip(paths, each(lambda p: subprocess.run([program, "--strict-compat", "-p", p, "-r", "json", "--show-skipped", "-l", "CRITICAL"], capture_output=True, text=True, timeout=300), paths)):
        theirs = corpora.theirs[path]["modelscan"]
        if out.returncode != theirs["exit"]:
            different.append((path, theirs["exit"], out.returncode))
        elif theirs["report"] is None:  # what its exception says depends on the libraries below it
            if not out.stdout.splitlines()[-1].startswith("Exception: "):
                different.append((path, theirs["text"], out.stdout))
        elif scanned(theirs["report"]) != scanned(json.loads(out.stdout.splitlines()[-1])):
            different.append((path, "the order of files", scanned(theirs["report"])[:5]))
        elif canonical(json.loads(json.dumps(theirs["report"]))) != canonical(json.loads(out.stdout.splitlines()[-1])):
            different.append((path, theirs["report"], out.stdout.splitlines()[-1]))
    assert not different


def test_picklescan_is_answered_for(corpora, tmp_path):
    """Every line and the exit code, of each malicious file and both folders."""
    program = called("picklescan", tmp_path)
    paths = [*map(str, corpora.malicious), str(corpora.root / "benign")]  # the other folder has files at which it stops
    less = lambda p: ["--exclude", r"\.7z$"] if os.path.isdir(p) else []
    different = []
    for path, out in zip(paths, each(lambda p: subprocess.run([program, "--strict-compat", "-g", "-p", p, *less(p)], capture_output=True, timeout=300), paths)):
        theirs = corpora.theirs[path]["picklescan"]
        files = lambda lines: list(dict.fromkeys(line.split(": ")[0] for line in lines if " import '" in line))
        if files(out.stdout.decode().split("\n")) != files(theirs["text"]):
            different.append((path, "the order of files", files(theirs["text"])[:5]))
        elif out.returncode != theirs["exit"] or sorted(out.stdout.decode().split("\n")) != sorted(theirs["text"]):
            ours = out.stdout.decode().split("\n")
            different.append((path, theirs["exit"], out.returncode, sorted(set(theirs["text"]) ^ set(ours))[:20]))
    assert not different


@pytest.mark.parametrize("tool", TOOLS)
def test_by_each_name_tacit_is_right(corpora, tool, tmp_path):
    """The exit code says what tacit's own does, for some of each."""
    program = called(tool, tmp_path)
    line = {"modelscan": ["-p"], "picklescan": ["-p"], "fickling": ["--check-safety", "--json-output", str(tmp_path / "results.json")], "modelaudit": ["scan", "--no-cache"]}[tool]
    chosen = corpora.malicious[::9] + corpora.benign[::40]
    wrong = [(str(p), out.returncode) for p, out in zip(chosen, each(lambda p: subprocess.run([program, *line, str(p)], capture_output=True, timeout=60), chosen))
             if out.returncode != corpora.ours[str(p)]]
    assert not wrong


def cell(words):
    """How many files of a row had which answer."""
    counts = collections.Counter(w for w in words if w)
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{n} {w}" for w, n in sorted(counts.items())) or "·"


def rows(corpora, entries, name):
    groups = collections.defaultdict(list)
    for e in entries:
        groups[name(e)].append(e)
    for row in sorted(groups):
        yield row, len(groups[row]), [cell([corpora.word(t, e) for e in groups[row]]) for t in ["tacit", *TOOLS]]


FORMS = ("joblib", "cloud", "dill", "pkl", "gz", "bz2", "xz", "z", "zlib", "gzip", "lzma", "lz4", "zip", "tar", "npy", "npz", "pt", "bin", "p0", "p1", "p2", "p3", "p4", "p5")
LIBRARIES = ("sklearn", "numpy", "torch", "xgboost", "lightgbm", "frame", "series", "arrow", "values", "array", "object")


def kind(entry):
    """The library that wrote a harmless file, and the form."""
    parts = entry.name.split(".")
    library = parts[0] if parts[0] in LIBRARIES else "other"
    return f"{library}, {'.'.join(p for p in parts[1:] if p in FORMS) or 'as it is'}"


def table(title, lines):
    head = "| " + " | ".join([title, "files", "tacit", *(f"{t} {VERSIONS[t]}" for t in TOOLS)]) + " |"
    return "\n".join([head, "|---" * 7 + "|", *("| " + " | ".join([name.replace("|", "\\|"), str(n), *cells]) + " |" for name, n, cells in lines)])


def totals(corpora, entries):
    for t in ["tacit", *TOOLS]:
        counts = collections.Counter(corpora.word(t, e) for e in entries)
        measured = sum(n for w, n in counts.items() if w)
        yield t, measured, counts


def document(corpora):
    malicious = table("recipe", rows(corpora, corpora.malicious, lambda e: recipe(corpora.root / "malicious", e)))
    benign = table("library and form", rows(corpora, corpora.benign, kind))
    head = ["| | flagged | clean | error | nothing scanned |", "|---|---|---|---|---|"]
    summary = []
    for what, entries in (("malicious", corpora.malicious), ("harmless", corpora.benign)):
        summary += [f"### {what.capitalize()}", "", *head]
        summary += [f"| {t}{' ' + VERSIONS[t] if t in VERSIONS else ''}, of {n} | {c['flagged']} | {c['clean']} | {c['error']} | {c['nothing']} |" for t, n, c in totals(corpora, entries)]
        summary.append("")
    return HEAD + "\n".join(summary) + "\n## Each recipe\n\n" + malicious + "\n\n## Each kind of harmless file\n\n" + benign + "\n"


HEAD = """# What scanners say of the same files

`test/conformance/test_scan_peers.py` makes the files, asks tacit and four other scanners by their own command lines, a file or a folder that is one model at a
time, and writes this page. Nothing is loaded.

- **flagged** is exit code 1, **clean** 0, **error** 2 or a crash, **nothing** that no file was scanned. Where files of a row differ the counts are told.
- The recipes are those of `test/conformance/scan/malicious.py`, `malicious_formats.py`, `malicious_hooks.py` and `malicious_tricks.py`: what each is, its code says in a line. Some only name what is dangerous.
- The harmless files are written by the libraries themselves (`benign.py`, `benign_objects.py`). modelaudit takes seconds for each, and answers for a sample.
- Each scanner is as pip installs it, without extras: modelscan reads Keras, HDF5 and SavedModel only with TensorFlow and h5py, and answers *error* or *nothing* without.

A scanner that flags everything flags every malicious file as well: the two halves are read together. The recipes are ours, and were mended for until tacit had
them all; what it does not know, nobody has put here.

"""


def test_the_published_table_holds(corpora):
    """Every recipe stands in the table with tacit's answer; TACIT_ACCURACY=update writes it anew."""
    if UPDATE:
        DOCUMENT.write_text(document(corpora))
    text = DOCUMENT.read_text()
    published = {tuple(c.strip() for c in line.strip("|").split("|"))[:3] for line in text.splitlines() if line.startswith("| ")}
    missing = [(name, n, cells[0]) for name, n, cells in rows(corpora, corpora.malicious, lambda e: recipe(corpora.root / "malicious", e)) if (name, str(n), cells[0]) not in published]
    assert not missing
    kinds = {name for name, _, _ in published}
    assert not [name for name, _, cells in rows(corpora, corpora.benign, kind) if name not in kinds or cells[0] != "clean"]
