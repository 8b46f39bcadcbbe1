"""Writes files that would run something, each of which must be flagged. Nothing is loaded, and the commands are harmless.

    python malicious.py FOLDER        Python 3.11 with numpy, joblib, py7zr, lz4, zstandard
"""

import bz2
import gzip
import io
import lzma
import os
import struct
import sys
import tarfile
import zipfile
import zlib

import lz4.frame
import py7zr
import zstandard

folder = os.path.join(sys.argv[1], "malicious")
os.makedirs(folder, exist_ok=True)


def put(name, data):
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


def s(text):
    b = text.encode()
    return b"\x8c" + bytes([len(b)]) + b


def call(module, name, *args):
    return b"\x80\x04" + s(module) + s(name) + b"\x93(" + b"".join(s(a) for a in args) + b"tR."


def old(module, name, arg):
    return f"c{module}\n{name}\n(S'{arg}'\ntR.".encode()


GADGETS = """os system|posix system|nt system|subprocess Popen|subprocess check_output|subprocess call|builtins eval|builtins exec|builtins compile|builtins open|builtins __import__|runpy run_path
runpy _run_code|importlib import_module|pkgutil resolve_name|pydoc locate|pydoc pipepager|pty spawn|timeit timeit|timeit main|cProfile run|profile run|pdb run|bdb Bdb.run|trace Trace|doctest debug_script
code InteractiveInterpreter|codeop compile_command|ctypes CDLL|ctypes.util find_library|marshal loads|pickle loads|_pickle loads|cloudpickle loads|dill loads|joblib load|shelve open|numpy load|numpy.f2py.crackfortran getlincoef
numpy.testing._private.utils runstring|pandas read_pickle|torch load|torch.hub load|torch.utils.cpp_extension load|socket create_connection|ssl get_server_certificate|urllib.request urlopen|urllib.request urlretrieve|http.client HTTPSConnection
smtplib SMTP|ftplib FTP|imaplib IMAP4_stream|webbrowser open|requests.api get|shutil rmtree|shutil copyfile|tempfile mktemp|logging FileHandler|logging.config dictConfig|logging.config listen|io open|_io FileIO|io FileIO
pathlib Path.write_text|fileinput FileInput|linecache getlines|tarfile open|zipfile ZipFile|sqlite3 connect|multiprocessing.util spawnv_passfds|asyncio.unix_events _UnixSubprocessTransport|uuid _get_command_stdout|_osx_support _read_output
_aix_support _read_cmd_output|_pyrepl.pager pipe_pager|platform popen|pip main|ensurepip bootstrap|venv create|distutils.spawn spawn|distutils.file_util write_file|idlelib.run Executive.runcode|idlelib.pyshell ModifiedInterpreter.runcode
lib2to3.pgen2.grammar Grammar.loads|lib2to3.pgen2.pgen ParserGenerator.make_label|operator attrgetter|operator methodcaller|_operator attrgetter|functools reduce|types FunctionType|types CodeType|inspect getattr_static|gc get_objects
sys setprofile|sys settrace|signal signal|atexit register|threading Thread|_thread start_new_thread|concurrent.futures ThreadPoolExecutor|site addsitedir|sysconfig get_config_var|zipimport zipimporter|imp load_source
_frozen_importlib _gcd_import|_interpreters run_string|mmap mmap|fcntl ioctl|resource setrlimit|readline read_history_file|curses.textpad Textbox|tkinter Tcl|turtle Screen|antigravity geohash|this d|test.support.script_helper assert_python_ok
getattr x|commands getoutput|__builtin__ eval|__builtin__ apply|os popen|os execv|os remove|posix fork|sys.modules pop|numpy.distutils.exec_command exec_command|mlflow.projects.backend.local _run_entry_point|keras.models load_model
torch._dynamo.guards GuardBuilder.get|torch.jit.unsupported_tensor_ops execWrapper|torch.utils.collect_env run|torch._inductor.codecache compile_file|torch.distributed.rpc rpc_sync|jinja2 Template|sympy sympify|yaml unsafe_load|ast literal_eval"""

for line in GADGETS.replace("\n", "|").split("|"):
    module, _, name = line.partition(" ")
    put(f"gadget.{module}.{name}.pkl", call(module, name, "id"))

evil = call("posix", "system", "id")
zero = old("posix", "system", "id")
good = b"\x80\x04]\x94(K\x01K\x02e."
noise = bytes(range(256)) * 4


def zipped(*members, method=zipfile.ZIP_STORED, comment=b""):
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w", method) as z:
        for name, data in members:
            z.writestr(name, data)
        z.comment = comment
    return b.getvalue()


def tarred(*members, mode="w"):
    b = io.BytesIO()
    with tarfile.open(fileobj=b, mode=mode) as t:
        for name, data in members:
            info = tarfile.TarInfo(name)
            if isinstance(data, str):
                info.type, info.linkname = tarfile.SYMTYPE, data
                t.addfile(info)
            else:
                info.size = len(data)
                t.addfile(info, io.BytesIO(data))
    return b.getvalue()


def seven(*members, **how):
    b = io.BytesIO()
    with py7zr.SevenZipFile(b, "w", **how) as z:
        for name, data in members:
            z.writestr(data, name)
    return b.getvalue()


def npy(payload):
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    header += b" " * (-(10 + len(header) + 1) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + payload


def edited(data, at, value):
    return data[:at] + value + data[at + len(value):]


plain = zipped(("archive/data.pkl", evil), ("archive/version", b"3\n"))
deflated = zipped(("archive/data.pkl", evil), method=zipfile.ZIP_DEFLATED)
central = plain.rindex(b"PK\x01\x02", 0, plain.rindex(b"PK\x01\x02"))
end = plain.rindex(b"PK\x05\x06")
two = zipped(("a.pkl", good)) + plain
containers = {
    "zip.stored": plain, "zip.deflated": deflated, "zip.bzip2": zipped(("a", evil), method=zipfile.ZIP_BZIP2), "zip.lzma": zipped(("a", evil), method=zipfile.ZIP_LZMA),
    "zip.other.name": zipped(("archive/data.pkl", good), ("archive/config.p", evil)), "zip.no.extension": zipped(("weights", evil)),
    "zip.local.name": edited(plain, 30, b"archive/dat_.txt"), "zip.local.flags": edited(plain, 6, b"\x01"), "zip.central.flags": edited(plain, central + 8, b"\x61"),
    "zip.crc": edited(plain, central + 16, b"\0\0\0\0"), "zip.local.crc": edited(plain, 14, b"\0\0\0\0"), "zip.local.method": edited(plain, 8, b"\x08\0"),
    "zip.central.method": edited(plain, central + 10, b"\x08\0"), "zip.local.size": edited(plain, 18, struct.pack("<II", 3, 3)), "zip.central.size": edited(plain, central + 20, struct.pack("<II", 3, 3)),
    "zip.no.directory": plain[:central], "zip.no.end": plain[:end], "zip.cut": plain[:-30], "zip.prefix": b"\xff\xfe\x00junk" + plain, "zip.prefix.text": b"hello\n" + plain,
    "zip.suffix": plain + noise, "zip.comment": zipped(("a.txt", b"x"), comment=plain), "zip.second": plain + zipped(("a.pkl", good)), "zip.first": two,
    "zip.hidden": zipped(("a.pkl", good))[:-22 - 51] + plain, "zip.entries.wrong": edited(plain, end + 8, b"\x01\0\x01\0"), "zip.version": edited(plain, 4, b"\xff\xff"),
    "zip.nested": zipped(("in.zip", deflated), method=zipfile.ZIP_DEFLATED), "zip.nested.gz": zipped(("in.gz", gzip.compress(plain))), "zip.null.name": zipped(("data.pkl", evil)).replace(b"data.pkl", b"a.tx\0pkl"),
    "zip.path": zipped(("../../a.pkl", good)), "zip.executable": zipped(("a.so", b"\x7fELF\x02\x01\x01" + bytes(60))), "zip.appended": good + plain, "zip.pickle": evil + zipped(("a", good)),
    "zip.folder": zipped(("folder/", evil)), "zip.in.tar": tarred(("m.zip", deflated)), "zip.storage": zipped(("archive/data.pkl", good), ("archive/data/0", evil)),
    "tar": tarred(("data.pkl", evil)), "tar.pax": tarred(("d" * 200 + "/data", evil)), "tar.gz": tarred(("data", evil), mode="w:gz"), "tar.bz2": tarred(("data", evil), mode="w:bz2"), "tar.xz": tarred(("data", evil), mode="w:xz"),
    "tar.link": tarred(("a", "../../../etc/passwd")), "tar.path": tarred(("../../a", good)), "tar.two": tarred(("a", good)) + tarred(("b", evil)), "tar.behind": tarred(("a", good)) + evil, "tar.name": tarred((zero.decode(), b"x")),
    "tar.cut": tarred(("a", evil))[:700], "tar.checksum.second": tarred(("a", good), ("b", evil))[:1024] + edited(tarred(("b", evil)), 148, b"0000000\0"),
    "gz": gzip.compress(evil), "gz.second": gzip.compress(good) + gzip.compress(evil), "gz.behind": gzip.compress(good) + evil, "gz.cut": gzip.compress(evil + noise)[:-40], "gz.crc": edited(gzip.compress(evil), -8 % len(gzip.compress(evil)), b"\0\0\0\0"),
    "gz.gz": gzip.compress(gzip.compress(evil)), "bz2": bz2.compress(evil), "bz2.second": bz2.compress(good) + bz2.compress(evil), "xz": lzma.compress(evil), "xz.second": lzma.compress(good) + lzma.compress(evil),
    "lzma": lzma.compress(evil, format=lzma.FORMAT_ALONE), "zlib": zlib.compress(evil), "zlib.level0": zlib.compress(evil, 0), "zlib.level9": zlib.compress(evil, 9), "zlib.cut": zlib.compress(evil + noise)[:-30], "zlib.behind": zlib.compress(good) + evil,
    "lz4": lz4.frame.compress(evil), "lz4.second": lz4.frame.compress(good) + lz4.frame.compress(evil), "zst": zstandard.compress(evil), "zst.second": zstandard.compress(good) + zstandard.compress(evil),
    "zst.skippable": b"\x50\x2a\x4d\x18\x04\0\0\0junk" + zstandard.compress(evil), "zfile": b"ZF" + b"0x%-17x" % len(evil) + zlib.compress(evil),
    "7z": seven(("a", good), ("b.dat", evil)), "7z.lzma": seven(("b", evil), filters=[{"id": py7zr.FILTER_LZMA}]), "7z.copy": seven(("b", evil), filters=[{"id": py7zr.FILTER_COPY}]), "7z.torch": seven(("m.pt", plain)), "7z.behind": seven(("a", good)) + evil,
    "npy": npy(evil), "npz": zipped(("a.npy", npy(evil))), "npz.deflated": zipped(("a.npy", npy(zero)), method=zipfile.ZIP_DEFLATED), "npy.behind": npy(good) + evil,
}
for name, data in containers.items():
    for ending in ("pt", "bin"):
        put(f"container.{name}.{ending}", data)

stub = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}q\0."
streams = {
    "zero": zero, "no.proto": evil[2:], "text": zero + b"\nand more text\n", "import.only": b"cposix\nsystem\n.", "break": evil[:-1] + b"\xff", "cut": evil[:-1], "behind.stop": good + evil, "behind.junk": good + bytes(3000) + evil, "behind.text": good + b"\n\n# comment\n" + zero,
    "inst": b"(S'id'\niposix\nsystem\n.", "obj": b"(cposix\nsystem\nS'id'\no.", "newobj": b"\x80\x02csubprocess\nPopen\n)\x81.", "pop": evil[:-1] + b"0N.", "memo": b"\x80\x04" + s("posix") + b"\x94" + s("system") + b"\x940" + b"0h\0h\1\x93(" + s("id") + b"tR.",
    "escape": b"(S'po\\x73ix'\nS'system'\n\x93(S'id'\ntR.", "unicode": b"V\\u0070osix\nVsystem\n\x93(V\\u0069d\ntR.", "late.proto": s("sklearn.utils") + s("os.system") + b"\x80\x04\x93(" + s("id") + b"tR.", "dotted": b"\x80\x04" + s("sklearn.utils") + s("os.system") + b"\x93(" + s("id") + b"tR.",
    "codec": b"\x80\x04" + s("_codecs") + s("encode") + b"\x93" + s("cbfvk") + s("rot13") + b"\x86R" + s("system") + b"\x93(" + s("id") + b"tR.", "nested": b"\x80\x04" + s("pickle") + s("loads") + b"\x93C" + bytes([len(evil)]) + evil + b"\x85R.",
    "scipy.state": b"\x80\x04" + s("scipy.stats._continuous_distns") + s("norm_gen") + b"\x93)\x81}" + s("_parse_arg_template") + s("import os; os.system('id')") + b"sb.", "scipy.pairs": b"\x80\x04" + s("scipy.stats._continuous_distns") + s("norm_gen") + b"\x93)\x81](" + s("_parse_arg_template") + s("import os; os.system('id')") + b"\x86eb.",
    "ext": b"\x80\x02\x82\x01)R.", "build.function": b"\x80\x02ccollections\nnamedtuple\nN}X\x08\0\0\0__code__Ns\x86b.", "frame": b"\x80\x04\x95" + struct.pack("<Q", 3) + evil[2:], "persistent": b"\x80\x04" + evil[2:-1] + b"Q.", "torch.magic.call": evil[:-1] + b"0" + stub[2:] + evil,
    "torch.legacy": stub + evil + b"\x80\x02]q\0.", "torch.legacy.keys": stub + good + evil, "png": b"\x89PNG\r\n\x1a\n" + bytes(8) + zipped(("a", evil)), "pdf": b"%PDF-1.4\n" + zipped(("a", evil)), "load_from_bytes": b"\x80\x04" + s("torch.storage") + s("_load_from_bytes") + b"\x93B" + struct.pack("<I", len(plain)) + plain + b"\x85R.",
}
for name, data in streams.items():
    for ending in ("pkl", "pt", "data"):
        put(f"stream.{name}.{ending}", data)
    put(f"stream.{name}.pkl.gz", gzip.compress(data))
    put(f"stream.{name}.zip", zipped(("model.bin", data), method=zipfile.ZIP_DEFLATED))
print(len(os.listdir(folder)), "files")
