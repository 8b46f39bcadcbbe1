"""Writes containers/: files that hold the same pickle in containers which Go's libraries do not write.

Needs Python 3.11 with inflate64 and pyzipper of PyPI. Run it from this folder.
"""

import io
import lzma
import pathlib
import struct
import zlib

import inflate64
import pyzipper

EVIL = b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R."
LONG = EVIL + b"a model of many words " * 4000
OUT = pathlib.Path("containers")
OUT.mkdir(exist_ok=True)


def zipped(name, data, method, packed, flags=0):
    """A zip file of one member, packed by hand."""
    name = name.encode()
    crc = zlib.crc32(data)
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, flags, method, 0, 0x21, crc, len(packed), len(data), len(name), 0) + name + packed
    central = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, flags, method, 0, 0x21, crc, len(packed), len(data), len(name), 0, 0, 0, 0, 0, 0) + name
    return local + central + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(central), len(local), 0)


def deflate64(data):
    packer = inflate64.Deflater()
    return packer.deflate(data) + packer.flush()


def aes():
    buffer = io.BytesIO()
    with pyzipper.AESZipFile(buffer, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as z:
        z.setpassword(b"secret")
        z.writestr("evil.pkl", EVIL)
    return buffer.getvalue()


def preset():
    packer = zlib.compressobj(zdict=EVIL)
    return packer.compress(LONG) + packer.flush()


def raw():
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(LONG) + packer.flush()


def ar(name, data):
    head = f"{name:<16}{0:<12}{0:<6}{0:<6}{'644':<8}{len(data):<10}`\n".encode()
    return b"!<arch>\n" + head + data + b"\n" * (len(data) & 1)


def long_ar(name, data):
    names = name.encode() + b"/\n"
    names += b"\n" * (len(names) & 1)
    head = lambda n, size: f"{n:<16}{'':<12}{'':<6}{'':<6}{'':<8}{size:<10}`\n".encode()
    return b"!<arch>\n" + head("//", len(names)) + names + head("/0", len(data)) + data


def newc(name, data, magic=b"070701"):
    def member(name, data, mode):
        name = name.encode() + b"\0"
        fields = [1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0]
        out = magic + b"".join(b"%08x" % f for f in fields) + name
        out += b"\0" * (-len(out) % 4) + data
        return out + b"\0" * (-len(out) % 4)

    return member(name, data, 0o100644) + member("TRAILER!!!", b"", 0)


def odc(name, data):
    def member(name, data, mode):
        name = name.encode() + b"\0"
        return b"070707" + b"%06o" % 0 + b"%06o" % 1 + b"%06o" % mode + b"%06o" % 0 * 4 + b"%011o" % 0 + b"%06o" % len(name) + b"%011o" % len(data) + name + data

    return member(name, data, 0o100644) + member("TRAILER!!!", b"", 0)


def binary(name, data):
    name = name.encode() + b"\0"
    out = struct.pack("<13H", 0o70707, 0, 1, 0o100644, 0, 0, 1, 0, 0, 0, len(name), len(data) >> 16, len(data) & 0xFFFF) + name
    return out + b"\0" * (len(out) & 1) + data + b"\0" * (len(data) & 1)


def rar4(data):
    """A stored member; the sums are none, which readers of the bytes do not mind."""
    name = b"evil.pkl"
    head = struct.pack("<BHHIIBIIBBHI", 0x74, 0x8000, 32 + len(name), len(data), len(data), 2, 0, 0, 20, 0x30, len(name), 0x20) + name
    return b"Rar!\x1a\x07\x00" + struct.pack("<HBHHHI", 0x90CF, 0x73, 0, 13, 0, 0) + struct.pack("<H", 0) + head + data


def lzip(data):
    packed = lzma.compress(data, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 3, "lp": 0, "pb": 2}])
    return b"LZIP\x01\x10" + packed + struct.pack("<IQQ", zlib.crc32(data), len(data), len(packed) + 26)


for name, data in {
    "deflate64.zip": zipped("evil.pkl", LONG, 9, deflate64(LONG)),
    "aes.zip": aes(),
    "ppmd.zip": zipped("evil.pkl", LONG, 98, b"\x01\x02" + bytes(range(64))),
    "implode.zip": zipped("evil.pkl", LONG, 6, bytes(range(64))),
    "sealed.zip": zipped("evil.pkl", EVIL, 0, bytes((i * 73 + 41) % 256 for i in range(12 + len(EVIL))), flags=1),
    "preset.zlib": preset(),
    "deflate.raw": raw(),
    "evil.ar": ar("evil.pkl/", EVIL),
    "long.ar": long_ar("a/name/that/is/long/evil.pkl", zlib.compress(EVIL)),
    "newc.cpio": newc("evil.pkl", zlib.compress(EVIL)),
    "crc.cpio": newc("evil.pkl", EVIL, b"070702"),
    "odc.cpio": odc("evil.pkl", EVIL),
    "binary.cpio": binary("evil.pkl", EVIL),
    "stored.rar": rar4(EVIL),
    "evil.lz": lzip(LONG),
    "arm.xz": lzma.compress(LONG, filters=[{"id": lzma.FILTER_ARM}, {"id": lzma.FILTER_LZMA2, "preset": 1}]),
    "other.lzma": lzma.compress(LONG, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 0, "lp": 2, "pb": 1}]),
}.items():
    (OUT / name).write_bytes(data)
