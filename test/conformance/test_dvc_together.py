"""Random steps by either tool at random, in one copy of a repository, and by dvc alone in another."""

import concurrent.futures
import os
import random
import shutil

import pytest

pytest.importorskip("dvc", reason="the environment dvc has it")

from dvc_copies import DVC, TACIT, Copy, tracked  # noqa: E402, F401


def random_steps(chance, count):
    """Steps that anybody might take, as functions of a copy; a command's is its arguments.

    Not here is where dvc loses something: of a command that fails it has done a part, and a checkout takes away what a
    "remove" left. What another revision has not is taken away by the tool alone that brought it, so nothing goes back.
    """
    files = ["d/a", "d/b", "d/s/c", "d/s/deep/e", "d/n\u00e9", "f", "g", "sub/h", "sub/k/i"]
    places = ["d", "f", "g", "sub/h", "sub/k", "d/s", "d/s/c", "d/a", "d/new"]

    def write(name, content):
        def step(c):
            p = c.root / name
            for above in reversed(p.relative_to(c.root).parents):
                if (c.root / above).is_file():
                    (c.root / above).unlink()
            if p.is_dir():
                shutil.rmtree(p)
            c.write(name, content)

        return step

    def remove(name):
        return lambda c: c.remove(name) if (c.root / name).exists() else None

    def commit(c):
        c.git("add", "-A")
        c.git("commit", "-q", "--allow-empty", "-m", "m")

    steps = [write(name, name) for name in files] + [["add", "d", "f", "g", "sub/h"], commit]
    for i in range(count):
        steps.append(chance.choice([
            lambda: write(chance.choice(files), f"content {chance.randrange(4)}"), lambda: write(chance.choice(files), f"content {i}"), lambda: write("d/new", f"new {i}"),
            lambda: remove(chance.choice(files + places)), lambda: commit,
            lambda: ["add", chance.choice(places)], lambda: ["commit", "-f", chance.choice(["d", "f.dvc", "sub/h"])], lambda: ["commit"],  # dvc loses what else changed in a folder of which a part is committed
            lambda: ["checkout"], lambda: ["checkout", "-f"], lambda: ["checkout", "-f", chance.choice(places)], lambda: ["status", "--json"], lambda: ["data", "status", "--json", "--granular"], lambda: ["data", "status", "--json"],
            lambda: ["diff", "--json", "--show-hash"], lambda: ["diff", "HEAD~1", "--json"], lambda: ["diff", "HEAD~1", "HEAD", "--json"],
            lambda: ["remove", "--outs", chance.choice(places) + ".dvc"], lambda: ["move", chance.choice(places), chance.choice(["m", "sub/m", "sub", "d2"])],
        ])())
    return steps


COUNT = int(os.environ.get("TACIT_DVC_STEPS", "150"))
READING = ("status", "data", "diff")  # the files are looked at after the next command
PLAIN = 50  # every so many steps dvc is started as a person starts it


@pytest.mark.parametrize("part", range(2))
def test_either_tool_at_any_moment(tmp_path, part):
    """One copy is worked on by dvc alone, one by either tool at random: they stay the same."""
    seed = int(os.environ.get("TACIT_TEST_SEED", "1")) * 1000 + part
    chance = random.Random(seed)
    copies = [Copy(DVC, tmp_path / "dvc/r"), Copy(DVC, tmp_path / "either/r")]
    said = []
    for c in copies:
        c.git("init", "-q")
        c.run("init", "-q")
        c.commit()
    for n, step in enumerate(random_steps(chance, COUNT)):
        if not isinstance(step, list):
            for c in copies:
                step(c)
            said.append("the files change")
            continue
        copies[1].tool = chance.choice([DVC, TACIT])
        before = copies[1].tree() if step[0] == "checkout" else None
        copies[0].plainly = n % PLAIN == 0
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda c: (c.said if step[0] in READING else c.run)(*step), copies))
        a, b = (c.told[-1] for c in copies)
        said.append(("tacit " if copies[1].tool is TACIT else "dvc ") + " ".join(step) + f" -> {a['code']}")
        if step[0] == "checkout":  # dvc tells more or less by what it remembers of the copy: the files decide
            a["out"] = b["out"] = ""
            if a["code"] == b["code"] == 255:  # files would be lost: dvc has changed what it came upon before them, tacit nothing
                assert copies[1].tool is DVC or b["tree"] == before, f"seed {seed}: a refused checkout changed something"
                for c in copies:
                    c.tool = DVC
                    c.run("checkout", "-f")
                a, b = (c.told[-1] for c in copies)
                a["out"] = b["out"] = ""
        for key in ("code", "out", "tree"):
            if a.get(key) != b.get(key):
                x, y = a[key], b[key]
                if key == "tree":
                    x, y = ({k: v for k, v in t.items() if o.get(k) != v} for t, o in ((x, y), (y, x)))
                pytest.fail("\n".join([f"seed {seed}, step {n}", *said[-12:], f"{key}: dvc {x!r}", f"     either {y!r}", f"errors: dvc {a['error']!r}", f"        either {b['error']!r}"]))
        for c in copies:
            c.told.clear()
