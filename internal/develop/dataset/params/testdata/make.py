"""Writes beside each file of params here what dvc 3.67.1 reads of it: python make.py"""

import json
import pathlib

from dvc.utils.serialize import LOADERS

for file in sorted(pathlib.Path(__file__).parent.iterdir()):
    if file.name != "make.py" and file.suffix in (".py", ".toml"):
        values = LOADERS[file.suffix](str(file))
        file.with_suffix(file.suffix + ".json").write_text(json.dumps(values))
