"""Writes golden.json: what h5py sees in the .h5 files beside it.

    pip install h5py && python golden.py
"""
import json
import pathlib

import h5py

here = pathlib.Path(__file__).resolve().parent


def texts(value):
    if isinstance(value, (bytes, str)):
        value = [value]
    elif getattr(value, "dtype", None) is not None and value.dtype.kind in "SO" and value.shape != ():
        value = value.ravel().tolist()
    else:
        return None
    return [v.decode() if isinstance(v, bytes) else v for v in value]


golden = {}
for path in sorted(here.glob("*.h5")):
    if path.name.startswith("outside"):
        continue  # addresses behind a user block do not count from the file's begin
    objects = {}

    def see(name, o):
        key = h5py.h5o.get_info(o.id).addr
        attributes = {k: texts(v) for k, v in o.attrs.items()}
        stored = None
        if isinstance(o, h5py.Dataset):
            stored = o.id.get_storage_size()
        objects[str(key)] = {"attributes": attributes, "stored": stored}

    with h5py.File(path) as f:
        see("/", f)
        f.visititems(see)
        links = {}
        f.visititems_links(lambda name, link: links.update({name: link.path}) if isinstance(link, h5py.SoftLink) else None)
    golden[path.name] = {"objects": objects, "links": links}
(here / "golden.json").write_text(json.dumps(golden, indent=0))
