"""What modelscan, picklescan, fickling and modelaudit answer, by their own command lines.

    python peers.py FILE        an environment with modelscan==0.8.8 picklescan==1.0.5 fickling==0.1.12 modelaudit==0.2.54

FILE is JSON: {"paths": […], "tools": […], "folders": […]}. Standard output is JSON: {path: {tool: answer}}, an answer being {"exit": code, "text": lines} and
for modelscan {"exit": code, "report": its JSON}. The first three run in this process, a file at a time; modelaudit runs once for each folder, and answers
for the files in it that are among the paths. Nothing is loaded, and nothing is sent anywhere.
"""

import contextlib
import io
import json
import logging
import os
import subprocess
import sys
import tempfile
import time

work = tempfile.mkdtemp()
spent = {}


def run(main, *argv):
    sys.argv = list(argv)
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        try:
            code = main()
        except SystemExit as e:
            code = e.code
        except BaseException as e:  # what would be a traceback and exit code 1
            code, text = 1, type(e).__name__
            return code, text
    return code, out.getvalue()


def quiet(name):
    log = logging.getLogger(name)
    for h in list(log.handlers):
        log.removeHandler(h)


def modelscan(path):
    import modelscan.cli

    quiet("modelscan")
    out = os.path.join(work, "report.json")
    with contextlib.suppress(FileNotFoundError):
        os.remove(out)
    code, text = run(modelscan.cli.main, "modelscan", "-p", path, "-r", "json", "--show-skipped", "-o", out)
    if not os.path.exists(out):
        return {"exit": code, "report": None, "text": text.splitlines()[-1:]}
    with open(out) as f:
        return {"exit": code, "report": json.load(f)}


def picklescan(path):
    import picklescan.cli

    quiet("picklescan")
    args = ["--exclude", r"\.7z$"] if os.path.isdir(path) else []
    code, text = run(picklescan.cli.main, "picklescan", "-g", "-p", path, *args)
    head, trace, tail = text.partition("Traceback (most recent call last)")
    if trace:  # where it ended is told by the last line, how it came there is not
        text = head + tail.rstrip().split("\n")[-1] + "\n"
    return {"exit": code, "text": text.split("\n")}


def fickling(path):
    import fickling.cli

    code, text = run(lambda: fickling.cli.main(sys.argv), "fickling", "--check-safety", "--json-output", os.path.join(work, "fickling.json"), path)
    crashed = code == 1 and text and "\n" not in text
    return {"exit": 2 if crashed else code, "text": [text] if crashed else []}


def modelaudit(folder, paths):
    """A file is flagged by an issue that is more than information: alone it would end with exit code 1."""
    out = os.path.join(work, "modelaudit.json")
    command = [os.path.join(os.path.dirname(sys.executable), "modelaudit"), "scan", folder, "--format", "json", "--no-cache", "--output", out]
    subprocess.run(command, env={**os.environ, "CI": "true", "PROMPTFOO_DISABLE_TELEMETRY": "1"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    with open(out) as f:
        report = json.load(f)
    flagged, seen = set(), set(report["file_metadata"])
    for i in report["issues"]:
        if i["severity"] != "info":
            flagged.add(i["location"])
    begins = lambda where, path: where == path or where.startswith((path + " ", path + ":", path + "/"))
    incomplete = {m for m, d in report["file_metadata"].items() if d.get("pickle_report_status") not in (None, "complete")}
    return {p: {"exit": 1 if any(begins(w, p) for w in flagged) else 2 if any(begins(m, p) for m in incomplete) or not any(begins(m, p) for m in seen) else 0} for p in paths}


with open(sys.argv[1]) as f:
    asked = json.load(f)
answers = {p: {} for p in asked["paths"]}
for tool in asked["tools"]:
    began = time.monotonic()
    if tool == "modelaudit":
        for folder, paths in asked["folders"].items():
            for p, answer in modelaudit(folder, paths).items():
                answers.setdefault(p, {})[tool] = answer
    else:
        for p in asked["paths"]:
            answers[p][tool] = globals()[tool](p)
    spent[tool] = time.monotonic() - began
print(", ".join(f"{t} {s:.0f} s" for t, s in spent.items()), file=sys.stderr)
json.dump(answers, sys.stdout)
