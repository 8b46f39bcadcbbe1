"""Golden values of ignore files, from dvc 3.67.1 (pathspec 1.1.1) and from git.

    python ignored.py FOLDER [COUNT] [SEED]

Each line: ignore files by directory, then paths with whether they are a
directory, what dvc check-ignore says, and what git check-ignore says of the same
files as .gitignore.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

import make

from dvc.fs import LocalFileSystem
from dvc.ignore import DvcIgnoreFilter

PARTS = ["a", "b", "foo", "foo.txt", "bar", "x.tmp", ".hidden", "a b", "é", "a-b", "[x]", "b]", "#c", "!d", "Data", "a.b"]
GLOBS = PARTS + ["*", "*", "**", "*.txt", "*.tmp", "f*", "f?o", "?", "[ab]", "[!a]*", "[^b]", "[a-c]*", "[]x]", "\\#c", "\\!d", "\\[x\\]", "a*b", "*a*", "[", "x[", "***", "[[:alpha:]]", "a\\ b", ".*"]


def pattern(r):
    k = r.random()
    if k < 0.05:
        return r.choice(["", "# comment", "/", "  foo  ", "foo\t", "!", "**/", "*/", "/*", "/**", "**/**", "a/**/b", "!/a", "\\ ", "foo\\ "][:13])
    s = "/".join(r.choice(GLOBS) for _ in range(r.choice([1, 1, 1, 2, 2, 3])))
    if r.random() < 0.25:
        s = "/" + s
    if r.random() < 0.2:
        s += "/"
    if r.random() < 0.25:
        s = "!" + s
    if r.random() < 0.05:
        s += " "
    return s


def main(folder, count, seed):
    r = random.Random(seed)
    with make.writer(folder, "ignored.jsonl") as out:
        for _ in range(count):
            root = os.path.realpath(tempfile.mkdtemp())
            subprocess.run(["git", "init", "-q", root], check=True)
            paths = set()
            for _ in range(25):
                parts = [r.choice(PARTS) for _ in range(r.randint(1, 4))]
                full = os.path.join(root, *parts)
                try:
                    os.makedirs(os.path.dirname(full), exist_ok=True)
                    if r.random() < 0.3:
                        os.makedirs(full, exist_ok=True)
                    elif not os.path.exists(full):
                        open(full, "w").close()
                except OSError:
                    continue
                for i in range(1, len(parts) + 1):
                    paths.add("/".join(parts[:i]))
            dirs = [""] + sorted(p for p in paths if os.path.isdir(os.path.join(root, p)))
            files = {}
            for d in [""] + r.sample(dirs, min(2, len(dirs))):
                files[d] = "\n".join(pattern(r) for _ in range(r.randint(1, 5))) + "\n"
            for d, text in files.items():
                for name in (".dvcignore", ".gitignore"):
                    with open(os.path.join(root, d, name), "w", encoding="utf-8") as f:
                        f.write(text)
            row = []
            try:
                filter_ = DvcIgnoreFilter(LocalFileSystem(), root)
                for p in sorted(paths):
                    full = os.path.join(root, p)
                    result = filter_.check_ignore(full)
                    row.append([p, os.path.isdir(full), result.match, [str(i) for i in result.pattern_infos]])
            except Exception as exc:  # a pattern that pathspec or Python refuses
                row = repr(exc)
            git = {}
            names = sorted(paths)
            given = "\0".join(names) + "\0"
            told = subprocess.run(["git", "check-ignore", "-z", "-v", "-n", "--no-index", "--stdin"], cwd=root, input=given.encode(), capture_output=True, check=False)
            fields = told.stdout.decode().split("\0")
            for i in range(0, len(fields) - 3, 4):
                git[fields[i + 3]] = [fields[i], fields[i + 1], fields[i + 2]]
            out.write(json.dumps([files, row, [[p, os.path.isdir(os.path.join(root, p)), *git[p]] for p in names if p in git]]) + "\n")
            shutil.rmtree(root)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 60, int(sys.argv[3]) if len(sys.argv) > 3 else 1)
