"""Writes grammar.json: every command of dvc and its flags, as its own parser has them.

    python internal/cli/data/testdata/grammar.py > internal/cli/data/testdata/grammar.json

in an environment with dvc==3.67.1.
"""

import argparse
import json
import sys

import dvc
from dvc.cli.parser import get_main_parser


def flags(parser):
    """Options by all their names and what they take; what is hidden from the help says so."""
    for a in parser._actions:  # argparse has no other way to read a parser
        if isinstance(a, (argparse._SubParsersAction, argparse._HelpAction)) or not a.option_strings:
            continue
        one = {"names": sorted(a.option_strings, key=lambda n: (not n.startswith("--"), n))}
        if a.nargs != 0:
            one["takes"] = {None: "one", "?": "one or none"}.get(a.nargs, "many")
        if a.choices:
            one["choices"] = [str(c) for c in a.choices]
        if a.help is argparse.SUPPRESS:
            one["hidden"] = True
        yield one


def commands(parser, path, outer):
    """A command, then those below it. Flags that all have stand with the first alone."""
    own = [f for f in flags(parser) if f not in outer]
    below = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    yield {"command": " ".join(path), "flags": sorted(own, key=lambda f: f["names"])}
    for group in below:
        named, hidden = {}, {c.dest for c in group._choices_actions}
        for name, p in group.choices.items():
            named.setdefault(id(p), (p, []))[1].append(name)
        for p, names in named.values():
            for c in commands(p, [*path, names[0]], outer or own):
                if c["command"] == " ".join([*path, names[0]]):
                    c |= {"aliases": names[1:]} if names[1:] else {}
                    c |= {} if names[0] in hidden else {"hidden": True}
                yield c


def main():
    all = list(commands(get_main_parser(), [], []))
    head, rest = all[0], sorted(all[1:], key=lambda c: c["command"])
    json.dump({"dvc": dvc.__version__, "commands": [head, *rest]}, sys.stdout, indent=1)
    print()


main()
