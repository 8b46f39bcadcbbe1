"""Remotes at Azure and Google, as their emulators are: what dvc pushed tacit pulls, and the other way; data of there are known by the same tags."""
import os
import pathlib
import socket
import subprocess
import sys
import time

import pytest

pytest.importorskip("dvc", reason="the environment dvc has it")
if os.environ.get("CI") != "true":
    pytest.importorskip("dvc_azure", reason="this environment dvc was made before dvc-azure was in it")

from test_dvc_remote import FILES, Repository, tracked  # noqa: E402, F401

# gcsfs asks how a bucket is laid out by another protocol, which its emulator does not speak.
os.environ["GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT"] = "false"

KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


class Azure:
    url = "azure://data"

    def __init__(self):
        from azure.storage.blob import BlobServiceClient

        program = os.environ.get("TACIT_TEST_AZURITE")
        if not program:
            if os.environ.get("CI") == "true":
                pytest.fail("TACIT_TEST_AZURITE is not set: run.sh sets it")
            pytest.skip("TACIT_TEST_AZURITE is not set")
        port = str(free_port())
        self.process = subprocess.Popen([program, "--blobPort", port, "--inMemoryPersistence", "--silent", "--disableTelemetry", "--skipApiVersionCheck"], stdout=subprocess.DEVNULL)
        answers(port)
        endpoint = f"http://127.0.0.1:{port}/devstoreaccount1"
        self.options = {"connection_string": f"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={KEY};BlobEndpoint={endpoint};"}
        self.container = BlobServiceClient.from_connection_string(self.options["connection_string"]).create_container("data")

    def put(self, name, content):
        self.container.upload_blob(name, content, overwrite=True)

    def names(self):
        return sorted(self.container.list_blob_names())


class Google:
    url = "gs://data"

    def __init__(self):
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import storage

        port = str(free_port())
        self.process = subprocess.Popen([pathlib.Path(sys.executable).parent / "gcp-storage-emulator", "start", "--host=127.0.0.1", f"--port={port}", "--in-memory", "--quiet"], stderr=subprocess.DEVNULL)
        answers(port)
        self.options = {"endpointurl": f"http://127.0.0.1:{port}", "allow_anonymous_login": "true"}
        self.bucket = storage.Client(project="test", credentials=AnonymousCredentials(), client_options={"api_endpoint": self.options["endpointurl"]}).create_bucket("data")

    def put(self, name, content):
        self.bucket.blob(name).upload_from_string(content, content_type="application/octet-stream")

    def names(self):
        return sorted(b.name for b in self.bucket.list_blobs())


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def answers(port):
    for _ in range(600):
        try:
            return socket.create_connection(("127.0.0.1", int(port))).close()
        except OSError:
            time.sleep(0.05)
    pytest.fail("the emulator does not start")


@pytest.fixture(scope="module", params=[Azure, Google], ids=["azure", "gs"])
def cloud(request):
    c = request.param()
    yield c
    c.process.kill()
    c.process.wait()


def repository(folder, cloud, below):
    folder.mkdir()
    r = Repository(folder)
    r.git("init", "-q")
    r.tacit("init", "-q")
    lines = "".join(f"    {k} = {v}\n" for k, v in {"url": f"{cloud.url}/{below}", **cloud.options}.items())
    (folder / ".dvc/config").write_text(f"[core]\n    remote = t\n    check_update = false\n['remote \"t\"']\n{lines}")
    return r


def test_remote(cloud, tmp_path):
    """Either tool pulls what the other pushed, and sees what is there and what is not."""
    r = repository(tmp_path / "repository", cloud, "some/prefix")
    r.write(FILES)
    r.tacit("add", "-q", "data", "one.csv")
    r.commit()
    assert "5 files pushed" in r.tacit("push", "data")
    assert "new:" in r.tacit("status", "-c") and "new:" in r.dvc("status", "-c")
    assert "1 file pushed" in r.dvc("push")
    assert "in sync" in r.tacit("status", "-c")
    assert "Everything is up to date." in r.tacit("push")
    assert len([n for n in cloud.names() if n.startswith("some/prefix/files/md5/")]) == 6
    by_dvc, by_tacit = r.clone("dvc"), r.clone("tacit")
    by_dvc.dvc("pull")
    by_tacit.tacit("pull")
    assert by_dvc.files() == by_tacit.files() == FILES
    # What nothing uses any more goes; what another clone sent today stays, where tacit asks.
    r.write({"one.csv": b"a,b\n"})
    r.tacit("add", "-q", "one.csv")
    assert "1 file pushed" in r.tacit("push")
    r.tacit("gc", "-c", "-w", "-f")
    assert len(cloud.names()) >= 7
    r.dvc("gc", "-c", "-w", "-f")
    assert "in sync" in r.tacit("status", "-c")
    assert len([n for n in cloud.names() if n.startswith("some/prefix/files/md5/")]) == 6


def test_import(cloud, tmp_path):
    """Files and folders of there are imported, listed, and brought up to date, and what is noted of them is the same."""
    there = {"source/f.txt": b"one\n", "source/folder/a": b"a\n", "source/folder/sub/b c+%41": b"b\n"}
    for name, content in there.items():
        cloud.put(name, content)
    noted = {}
    for tool in ("dvc", "tacit"):
        cloud.put("source/f.txt", b"one\n") if tool == "dvc" else None
        r = repository(tmp_path / tool, cloud, "source")
        say = getattr(r, tool)
        say("import-url", "remote://t/f.txt")
        say("import-url", "remote://t/folder", "folder")
        say("get-url", "remote://t/folder", "got")
        listed = [line for line in say("list-url", "-R", "remote://t/folder").splitlines() if line]
        noted[tool] = [(r.folder / n).read_bytes() for n in ("f.txt.dvc", "folder.dvc", "f.txt", "folder/a", "folder/sub/b c+%41", "got/sub/b c+%41")] + [sorted(listed)]
    assert noted["tacit"] == noted["dvc"]
    assert b"etag: " in noted["tacit"][0]
    cloud.put("source/f.txt", b"two\n")
    cloud.put("source/folder/new", b"new\n")
    for tool in ("dvc", "tacit"):
        r = Repository(tmp_path / tool)
        say = getattr(r, tool)
        say("update", "f.txt.dvc", "folder.dvc")
        noted[tool] = [(r.folder / n).read_bytes() for n in ("f.txt.dvc", "folder.dvc", "f.txt", "folder/new")]
    assert noted["tacit"] == noted["dvc"]
    assert noted["tacit"][2] == b"two\n"


def test_absent(cloud, tmp_path):
    """A container or bucket that is not there is named, with what to do."""
    r = repository(tmp_path / "absent", cloud, "")
    r.write({"one.csv": b"a,b\n"})
    r.tacit("add", "-q", "one.csv")
    r.tacit("remote", "modify", "t", "url", cloud.url.replace("data", "absent"))
    assert "absent" in r.tacit("push", exits=1)


@pytest.fixture
def versions():
    """A bucket of S3 that keeps versions."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=free_port(), verbose=False)
    server.start()
    url = "http://%s:%s" % server.get_host_and_port()
    client = boto3.client("s3", endpoint_url=url, aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1")
    client.create_bucket(Bucket="data")
    client.put_bucket_versioning(Bucket="data", VersioningConfiguration={"Status": "Enabled"})
    yield client, {"endpointurl": url, "access_key_id": "a", "secret_access_key": "b", "region": "us-east-1"}
    server.stop()


@pytest.mark.parametrize("option", ["version_aware", "worktree"])
def test_versions(versions, option, tmp_path):
    """What dvc pushed to a remote that keeps versions tacit pulls by version, also when newer ones lie over it; it does not push there."""
    client, options = versions

    class S3:
        url = "s3://data"

    S3.options = {**options, option: "true"}
    r = repository(tmp_path / "repository", S3, "some/prefix")
    r.write(FILES)
    r.tacit("add", "-q", "data", "one.csv")
    r.dvc("push")
    assert b"version_id" in (r.folder / "data.dvc").read_bytes() and b"files:" in (r.folder / "data.dvc").read_bytes()
    r.commit()
    assert "in sync" in r.tacit("status", "-c")
    assert "Everything is up to date." in r.tacit("push")
    assert r.tacit("status") == r.dvc("status")
    client.put_object(Bucket="data", Key="some/prefix/data/sub/1", Body=b"later\n")
    other = r.clone("clone")
    other.tacit("pull")
    assert other.files() == FILES
    assert other.tacit("data", "status") == other.dvc("data", "status")
    part = r.clone("part")
    part.tacit("pull", "data/sub")
    assert set(part.files()) == {"data/sub/1", "data/sub/empty"}
    # What is new is dvc's to push; nothing there is taken away.
    other.write({"data/new": b"new\n"})
    before = (other.folder / "data.dvc").read_bytes()
    other.tacit("add", "-q", "data")
    assert (other.folder / "data.dvc").read_bytes() != before
    assert option in other.tacit("push", exits=1)
    assert option in other.tacit("gc", "-c", "-w", "-f", exits=255)
    other.dvc("push")
    assert "in sync" in other.tacit("status", "-c")
