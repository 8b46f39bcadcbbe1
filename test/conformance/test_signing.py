"""Signatures: what model_signing of PyPI makes, tacit verifies, and the reverse; what was tampered with fails in both."""
import base64
import datetime
import json
import os
import pathlib
import shutil
import subprocess

import pytest

model_signing = pytest.importorskip("model_signing")

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CURVES = {"P-256": ec.SECP256R1, "P-384": ec.SECP384R1, "P-521": ec.SECP521R1}


@pytest.fixture(autouse=True)
def tracked():
    """No test here needs a server, or mlflow."""


def tacit(*args):
    """Exit code, and the result as JSON."""
    done = subprocess.run([os.environ["TACIT_CONFORMANCE_BIN"], *map(str, args), "--json"], capture_output=True, text=True, timeout=60)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout)


class Keys:
    """A key with a certificate, by an authority between and a root; each in a file."""

    def __init__(self, folder, curve=ec.SECP256R1):
        self.folder = folder
        folder.mkdir()
        private = ec.generate_private_key(curve())
        pem = serialization.Encoding.PEM
        self.private = self.write("key.pem", private.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        self.public = self.write("key.pub", private.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
        roots, between = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root = self.issue("root", roots.public_key(), "root", roots, True)
        middle = self.issue("between", between.public_key(), "root", roots, True)
        leaf = self.issue("ada", private.public_key(), "between", between, False)
        self.root, self.chain, self.certificate = (self.write(n, c.public_bytes(pem)) for n, c in [("root.pem", root), ("chain.pem", middle), ("cert.pem", leaf)])

    def write(self, name, content):
        (self.folder / name).write_bytes(content)
        return self.folder / name

    @staticmethod
    def issue(name, key, issuer, by, authority):
        now = datetime.datetime.now(datetime.timezone.utc)
        named = lambda n: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)])
        usage = dict.fromkeys(["content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign", "encipher_only", "decipher_only"], False)
        builder = (x509.CertificateBuilder().subject_name(named(name)).issuer_name(named(issuer)).public_key(key).serial_number(x509.random_serial_number())
                   .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=30))
                   .add_extension(x509.BasicConstraints(authority, None), True)
                   .add_extension(x509.KeyUsage(digital_signature=not authority, key_cert_sign=authority, **usage), True))
        if not authority:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False)
        return builder.sign(by, hashes.SHA256())


def ours_sign(kind, model, keys, *more):
    with_certificate = ["--certificate", keys.certificate, "--chain", keys.chain] if kind == "certificate" else []
    code, result = tacit("sign", model, "--key", keys.private, *with_certificate, *more)
    assert code == 0 and result["files"] > 0


def ours_verify(kind, model, keys):
    return tacit("verify", model, *(["--root", keys.root] if kind == "certificate" else ["--key", keys.public]))


def theirs_sign(kind, model, keys, shards=0):
    ignored = model_signing.hashing.Config().set_ignored_paths(paths=[model / "model.sig"], ignore_git_paths=True)
    if shards:
        ignored.use_shard_serialization(shard_size=shards)
    config = model_signing.signing.Config().set_hashing_config(ignored)
    if kind == "certificate":
        config.use_certificate_signer(private_key=keys.private, signing_certificate=keys.certificate, certificate_chain=[keys.chain])
    else:
        config.use_elliptic_key_signer(private_key=keys.private)
    config.sign(model, model / "model.sig")


def theirs_verify(kind, model, keys):
    """The reason why it does not hold, or None."""
    config = model_signing.verifying.Config()
    if kind == "certificate":
        config.use_certificate_verifier(certificate_chain=[keys.root])
    else:
        config.use_elliptic_key_verifier(public_key=keys.public)
    try:
        config.verify(model, model / "model.sig")
    except Exception as e:  # it raises many kinds for what does not hold
        return f"{type(e).__name__}: {e}"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    return Keys(folder / "mine"), Keys(folder / "other")


@pytest.fixture
def model(tmp_path):
    model = tmp_path / "churn"
    for path, content in {"MLmodel": "flavors: {}\n", "model.pkl": "weights", "data/x.csv": "1,2\n", "data.txt": "between data/ and data/x", "empty": "",
                          "names/ü b": "ö", ".gitignore": "*", "names/.gitignore": "*"}.items():
        (model / path).parent.mkdir(parents=True, exist_ok=True)
        (model / path).write_text(content)
    return model


@pytest.mark.parametrize("kind", ["key", "certificate"])
@pytest.mark.parametrize("curve", CURVES)
def test_each_verifies_what_the_other_signed(model, tmp_path, kind, curve):
    mine = Keys(tmp_path / "keys", CURVES[curve])
    ours_sign(kind, model, mine)
    assert theirs_verify(kind, model, mine) is None
    theirs_sign(kind, model, mine)
    code, result = ours_verify(kind, model, mine)
    assert code == 0 and result["verified"] and result["files"] == 7
    assert result.get("certificate") == ("ada" if kind == "certificate" else None)
    if kind == "key":
        assert result["key"] == json.loads((model / "model.sig").read_text())["verificationMaterial"]["publicKey"]["hint"]


def test_shards(model, keys):
    """model_signing takes the size of shards from the signature; its command line never does."""
    mine, _ = keys
    theirs_sign("key", model, mine, shards=3)
    assert ours_verify("key", model, mine)[0] == 0
    (model / "model.pkl").write_text("Weights")
    code, result = ours_verify("key", model, mine)
    assert code == 1 and result["changed"] == ["model.pkl"]
    ours_sign("key", model, mine, "--shards")
    assert theirs_verify("key", model, mine) is None


def test_one_file(model, keys):
    mine, _ = keys
    file = model / "model.pkl"
    assert tacit("sign", file, "--key", mine.private, "-o", model / "model.sig")[0] == 0
    model_signing.verifying.Config().use_elliptic_key_verifier(public_key=mine.public).verify(file, model / "model.sig")
    model_signing.signing.Config().use_elliptic_key_signer(private_key=mine.private).sign(file, model / "model.pkl.sig")
    assert tacit("verify", file, "--key", mine.public)[0] == 0
    file.write_text("Weights")
    assert tacit("verify", file, "--key", mine.public)[0] == 1


def test_the_commands_of_both(model, keys):
    mine, _ = keys
    program = pathlib.Path(model_signing.__file__).parents[4] / "bin" / "model_signing"
    ours_sign("key", model, mine)
    done = subprocess.run([program, "verify", "key", model, "--signature", model / "model.sig", "--public_key", mine.public], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    done = subprocess.run([program, "sign", "key", model, "--signature", model / "model.sig", "--private_key", mine.private], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert ours_verify("key", model, mine)[0] == 0


def bundle(change):
    def tamper(model):
        b = json.loads((model / "model.sig").read_text())
        change(b)
        (model / "model.sig").write_text(json.dumps(b))
    return tamper


def payload(change):
    def tamper(b):
        statement = json.loads(base64.b64decode(b["dsseEnvelope"]["payload"]))
        change(statement)
        b["dsseEnvelope"]["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()
    return bundle(tamper)


def swapped(model):
    a, b = (model / "MLmodel").read_text(), (model / "model.pkl").read_text()
    (model / "MLmodel").write_text(b), (model / "model.pkl").write_text(a)


TAMPERINGS = {
    "changed": lambda m: (m / "model.pkl").write_text("Weights"),
    "added": lambda m: (m / "code.py").write_text("import os"),
    "added in a folder": lambda m: (m / "data" / ".gitattributes").write_text(""),
    "removed": lambda m: (m / "empty").unlink(),
    "renamed": lambda m: (m / "model.pkl").rename(m / "model.bin"),
    "swapped": swapped,
    "moved": lambda m: shutil.move(m / "data.txt", m / "data" / "data.txt"),
    "linked": lambda m: ((m / "empty").unlink(), (m / "empty").symlink_to("data.txt")),
    "another payload": payload(lambda s: s["predicate"]["resources"][0].update(digest="0" * 64)),
    "another order": payload(lambda s: s["predicate"]["resources"].reverse()),
    "less in the payload": payload(lambda s: s["predicate"]["resources"].pop()),
    "another type": bundle(lambda b: b["dsseEnvelope"].update(payloadType="text/plain")),
    "another media type": bundle(lambda b: b.update(mediaType="application/json")),
    "another signature": bundle(lambda b: b["dsseEnvelope"]["signatures"][0].update(sig=base64.b64encode(b"0" * 70).decode())),
    "no signature": bundle(lambda b: b["dsseEnvelope"].update(signatures=[])),
    "cut": lambda m: (m / "model.sig").write_text((m / "model.sig").read_text()[:-200]),
}


@pytest.mark.parametrize("signed_by", ["ours", "theirs"])
@pytest.mark.parametrize("kind", ["key", "certificate"])
def test_what_was_tampered_with_fails_in_both(model, keys, tmp_path, kind, signed_by):
    mine, other = keys
    (ours_sign if signed_by == "ours" else theirs_sign)(kind, model, mine)
    for name, tamper in TAMPERINGS.items():
        copy = tmp_path / name / "churn"
        shutil.copytree(model, copy)
        assert ours_verify(kind, copy, mine)[0] == 0 and theirs_verify(kind, copy, mine) is None, name
        tamper(copy)
        code, result = ours_verify(kind, copy, mine)
        assert code == 1 and result["why"], name
        assert theirs_verify(kind, copy, mine), name
    code, result = ours_verify(kind, model, other)
    assert code == 1 and result["why"] and theirs_verify(kind, model, other)


def test_a_bundle_with_the_key_of_another(model, keys):
    """A signature that brings the trusted key's name, and is by another key."""
    mine, other = keys
    ours_sign("key", model, mine)
    hint = json.loads((model / "model.sig").read_text())["verificationMaterial"]["publicKey"]["hint"]
    ours_sign("key", model, other)
    bundle(lambda b: b["verificationMaterial"]["publicKey"].update(hint=hint))(model)
    assert ours_verify("key", model, mine)[0] == 1 and theirs_verify("key", model, mine)
