"""Golden values of DVC's config files, from dvc 3.67.1 itself.

    python configs.py FOLDER [COUNT] [SEED]
"""

import json
import os
import random
import subprocess
import sys
import tempfile

os.environ["DVC_NO_ANALYTICS"] = "1"
home = tempfile.mkdtemp()
for name in ("SITE_CACHE", "GLOBAL_CONFIG", "SYSTEM_CONFIG"):
    os.environ[f"DVC_{name}_DIR"] = os.path.join(home, name)

import make  # noqa: E402
from dvc.config import Config, ConfigError, merge  # noqa: E402
from dvc.config_schema import REMOTE_SCHEMAS, SCHEMA  # noqa: E402

VALUES = ["true", "False", "yes", "1", "0", "-1", "1.5", "x", "", "a,b", "reflink,copy", "hardlink", "group", "GROUP", "basic", "digest", "s3://b/p", "http://h/p", "../store", "/abs", "~/x",
          "remote://one/sub", "ftp://x/y", "it's", 'say "x"', "a # b", " lead", "trail ", "%d", "é", "nargs", "store_true", "2_0", "name", "'", '"', "a\nb", "it's \"x\""]


def options(section, url=None):
    schema = REMOTE_SCHEMAS.get(url, {}) if section == "remote" else SCHEMA.get(section, {})
    if section == "feature":
        schema = {"machine": 1}
    if section == "db":
        schema = SCHEMA["db"][str]
    return [str(k) for k in schema if isinstance(str(k), str)] or ["url"]


def line(r, section, scheme):
    k = r.choice(options(section, scheme)) if r.random() < 0.85 else r.choice(["extra", "URL", "Remote"])
    v = r.choice(VALUES)
    quoted = r.choice([v, v, f'"{v}"', f"'{v}'", f"{v} # note", f"{v}  "])
    return f"{r.choice(['    ', '', '  '])}{k}{r.choice([' = ', '=', ' ='])}{quoted}"


def text(r):
    lines = []
    for _ in range(r.randint(1, 4)):
        section = r.choice(["core", "cache", "remote", "remote", "exp", "hydra", "parsing", "state", "db", "plots", "feature", "Core", "nope"])
        scheme = r.choice(["", "s3", "http", "ssh", "gs", "azure", "webdav"])
        if section in ("remote", "db"):
            lines.append(r.choice(["['{} \"{}\"']", "[{} \"{}\"]"]).format(section, r.choice(["one", "two", "Three"])))
            if r.random() < 0.9:
                lines.append("    url = " + (f"{scheme}://host/path" if scheme else r.choice(["/abs", "../x", "rel"])))
        else:
            lines.append(r.choice(["[{}]", "[{}]", "[ {} ]", "[{}] # c"]).format(section))
        lines += [line(r, section, scheme) for _ in range(r.randint(0, 2))]
        if r.random() < 0.1:
            lines.append(r.choice(["# comment", "", "garbage", "[[sub]]", "[x", "a = 'b", "k = \"\"\"m", "= v", "'''", 'k = """a', "b", 'c""" # x']))
    return "\n".join(lines) + "\n"


def read(folder, content):
    with open(os.path.join(folder, ".dvc", "config"), "w", encoding="utf-8") as f:
        f.write(content)
    try:
        conf = Config(os.path.join(folder, ".dvc"), validate=False)
    except ConfigError as exc:
        return str(exc), None
    data = json.loads(json.dumps({k: v for k, v in conf.items() if v}))
    try:
        Config.validate({k: v for k, v in conf.items()})
    except ConfigError as exc:
        return str(exc), data
    return "", data


def make_read(r, target, folder, count):
    with make.writer(target, "configs.jsonl") as out:
        while count:
            content = text(r)
            try:
                problem, data = read(folder, content)
            except Exception as exc:
                if "in interpolation" in str(exc) or isinstance(exc, (AttributeError, TypeError, SyntaxError)):
                    continue
                raise
            count -= 1
            out.write(json.dumps([content, problem, json.dumps(data, sort_keys=True).replace(folder, "/repo")]) + "\n")


def edit(config, op):
    """What the commands do with the file; see dvc/commands/config.py and remote.py."""
    kind, section, name, key, value = op
    with config.edit("repo") as conf:
        where = conf[section] if name else conf
        own = name or section
        if kind == "set":
            where.setdefault(own, {})
            where[own][key] = value
        elif kind == "unset":
            del where[own][key]
        elif kind == "remove":
            del conf[section][name]
        elif kind == "rename":
            conf[section][value] = conf[section][name]
            del conf[section][name]


def make_edited(r, target, folder, count):
    with make.writer(target, "config-edits.jsonl") as out:
        path = os.path.join(folder, ".dvc", "config")
        while count:
            open(path, "w").close()
            steps = []
            for _ in range(r.randint(1, 7)):
                config = Config(os.path.join(folder, ".dvc"), validate=False)
                name = r.choice(["one", "two", "three"])
                op = r.choice([
                    ["set", "remote", name, "url", r.choice(["s3://b/p", "/abs/x", "store", "../up", "http://h/p"])],
                    ["set", "remote", name, r.choice(["jobs"]), r.choice(["4", "12"])],
                    ["set", "core", "", "remote", name], ["set", "core", "", "autostage", "true"], ["set", "cache", "", "dir", r.choice(["/cache", "../c"])],
                    ["set", "cache", "", "type", r.choice(["reflink,copy", "hardlink"])], ["set", "exp", "", "git_remote", r.choice(VALUES)], ["set", "plots", "", "out_dir", r.choice(VALUES)],
                    ["unset", "core", "", "remote", ""], ["unset", "cache", "", "dir", ""], ["unset", "remote", name, "jobs", ""], ["remove", "remote", name, "", ""], ["rename", "remote", name, "", "four"],
                ])
                with open(path, encoding="utf-8") as f:
                    before = f.read()
                try:
                    edit(config, op)
                except Exception:
                    with open(path, "w", encoding="utf-8") as f:
                        f.write(before)
                    continue
                with open(path, encoding="utf-8") as f:
                    steps.append([op, f.read()])
            if steps:
                count -= 1
                out.write(json.dumps([steps]) + "\n")


if __name__ == "__main__":
    target = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 120
    r = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    folder = os.path.realpath(tempfile.mkdtemp())
    os.chdir(folder)
    os.environ["HOME"] = "/home/ada"
    os.makedirs(".dvc")
    make_read(r, target, folder, count)
    make_edited(r, target, folder, count // 2)
