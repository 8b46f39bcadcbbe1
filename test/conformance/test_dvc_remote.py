"""tacit as the remote of the unmodified dvc: push, fetch, pull and status -c over HTTP, open and with sign-in."""
import concurrent.futures
import hashlib
import http.client
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import urllib.parse

import pytest

pytest.importorskip("dvc", reason="the environment dvc has it")

import conftest  # noqa: E402

DVC = pathlib.Path(sys.executable).parent / "dvc"


@pytest.fixture(autouse=True)
def tracked():
    """No test here needs mlflow."""


class Guarded(conftest.Server):
    def __init__(self, folder):
        super().__init__(folder, "--auth", "required")
        self.command("user", "add", "ada", "--role", "contributor", "--password-file", "-")
        self.command("user", "add", "vera", "--role", "viewer", "--password-file", "-")
        self.token = self.command("token", "create", "--user", "ada", "--name", "dvc")


@pytest.fixture(scope="module", params=[conftest.Server, Guarded], ids=["open", "guarded"])
def at(request):
    with tempfile.TemporaryDirectory() as folder:
        s = request.param(pathlib.Path(folder) / "tacit")
        yield s
        s.stop()
        assert '"level":"ERROR"' not in s.output(), s.output()


class Repository:
    def __init__(self, folder):
        self.folder = folder
        self.env = {
            **os.environ, "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(folder) + "-site", "DVC_GLOBAL_CONFIG_DIR": str(folder) + "-global",
            "DVC_SYSTEM_CONFIG_DIR": str(folder) + "-system", "GIT_CONFIG_GLOBAL": "/dev/null", "PATH": f"{DVC.parent}:{os.environ['PATH']}",
            "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org",
        }

    def git(self, *args):
        subprocess.run(["git", *args], cwd=self.folder, env=self.env, check=True, capture_output=True)

    def dvc(self, *args, exits=0):
        done = subprocess.run([DVC, *args], cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=120)
        assert done.returncode == exits, done.stdout + done.stderr
        return done.stdout + done.stderr

    def tacit(self, *args, exits=0):
        done = subprocess.run([os.environ["TACIT_CONFORMANCE_BIN"], "data", *args], cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=120)
        assert done.returncode == exits, done.stdout + done.stderr
        return done.stdout + done.stderr

    def write(self, files):
        for path, content in files.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_bytes(content)

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-qm", "data")

    def remote(self, s, name, user="ada", **options):
        options.setdefault("url", s.url + name)
        if isinstance(s, Guarded) and not options.keys() & {"auth", "access_key_id"}:
            options = {"auth": "basic", "user": user, "password": conftest.PASSWORD, **options}
        lines = "".join(f"    {k} = {v}\n" for k, v in options.items())
        (self.folder / ".dvc/config").write_text(f"[core]\n    remote = t\n    check_update = false\n['remote \"t\"']\n{lines}")

    def clone(self, name):
        other = Repository(self.folder.parent / name)
        self.git("clone", "-q", str(self.folder), str(other.folder))
        return other

    def files(self):
        return {str(p.relative_to(self.folder)): p.read_bytes() for top in ("data", "one.csv") for p in [self.folder / top, *(self.folder / top).rglob("*")] if p.is_file()}


FILES = {
    "one.csv": b"a,b\n1,2\n", "data/sub/1": b"1\n", "data/sub/empty": b"", "data/rest/large": os.urandom(12 << 20), "data/rest/same": b"1\n",
    "data/rest/name with ? # %41 \u00e9 \U0001f600.txt": b"named\n",
}


@pytest.fixture
def repository(tmp_path, at):
    (tmp_path / "repository").mkdir()
    r = Repository(tmp_path / "repository")
    r.git("init", "-q")
    r.tacit("init", "-q")  # which starts quicker; that both write the same is shown elsewhere
    r.write(FILES)
    r.tacit("add", "-q", "data", "one.csv")
    return r


def test_push_and_pull(at, repository):
    """What was pushed is pulled elsewhere, byte for byte; a listing of which files are missing is refused."""
    repository.remote(at, "/dvc/churn")
    repository.commit()
    # dvc sends the listing of all of data with a part of its files. Taken, it would say that the rest is there.
    assert "409" in repository.dvc("push", "data/sub", exits=1)
    assert "4 files pushed" in repository.dvc("push")
    assert "Everything is up to date." in repository.dvc("push")
    assert "in sync" in repository.dvc("status", "-c")
    other = repository.clone("clone")
    assert "6 files fetched" in other.dvc("fetch")
    other.dvc("pull")
    assert other.files() == FILES
    # Another workspace has nothing of it, and takes it by PUT.
    other.remote(at, "/w/default/dvc/other", method="PUT")
    assert "new:" in other.dvc("status", "-c")
    assert "6 files pushed" in other.dvc("push")
    other.remote(at, "/w/team/dvc/churn")
    if isinstance(at, Guarded):
        assert "403" in other.dvc("push", "one.csv", exits=1)
    else:
        assert "1 file pushed" in other.dvc("push", "one.csv")


@pytest.mark.parametrize("at", [Guarded], indirect=True, ids=["guarded"])
def test_sign_in(at, repository):
    """Basic with a password or a token, and a header of one's own; who only reads does not push."""
    repository.remote(at, "/dvc/signed", password="wrong")
    repository.dvc("push", exits=1)
    repository.remote(at, "/dvc/signed", user="vera")
    assert "403" in repository.dvc("push", "one.csv", exits=1)
    repository.remote(at, "/dvc/signed", auth="custom", custom_auth_header="Authorization", password=f"Bearer {at.token}")
    repository.dvc("push", "one.csv")
    repository.remote(at, "/dvc/signed", password=at.token)
    repository.dvc("push")
    repository.commit()
    other = repository.clone("clone")
    other.remote(at, "/dvc/signed", user="vera")
    other.dvc("pull")
    assert other.files() == FILES


def ask(s, method, path, body=None, **headers):
    if isinstance(s, Guarded):
        headers["Authorization"] = f"Bearer {s.token}"
    to = urllib.parse.urlsplit(s.url)
    c = http.client.HTTPConnection(to.hostname, to.port, timeout=60)
    c.request(method, to.path + "/dvc/raw/" + path, body, {k.replace("_", "-"): v for k, v in headers.items()}, encode_chunked=not isinstance(body, (bytes, type(None))))
    r = c.getresponse()
    return r.status, r.read(), r.headers


def place(content):
    name = hashlib.md5(content).hexdigest()
    return f"files/md5/{name[:2]}/{name[2:]}"


def test_what_is_refused_leaves_nothing(at):
    content = os.urandom(1 << 20)
    chunked = {"Transfer_Encoding": "chunked"}
    assert ask(at, "POST", place(content), iter([content[:-1]]), **chunked)[0] == 400
    assert ask(at, "PUT", place(content), content + b"x")[0] == 400
    assert ask(at, "POST", "files/md5/ab/cd", content)[0] == 400
    assert ask(at, "POST", place(content).upper(), content)[0] in (400, 404)
    assert ask(at, "DELETE", place(content))[0] == 405
    # One that is cut off in the middle of a chunk, and of a length.
    to = urllib.parse.urlsplit(at.url)
    token = f"Authorization: Bearer {at.token}\r\n" if isinstance(at, Guarded) else ""
    for head in ("Transfer-Encoding: chunked\r\n\r\n100000\r\n", f"Content-Length: {len(content)}\r\n\r\n"):
        with socket.create_connection((to.hostname, to.port)) as c:
            c.sendall(f"POST {to.path}/dvc/raw/{place(content)} HTTP/1.1\r\nHost: {to.netloc}\r\n{token}{head}".encode() + content[:70_000])
    assert ask(at, "GET", place(content))[0] == 404
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        done = list(pool.map(lambda _: ask(at, "POST", place(content), iter([content[:99], content[99:]]), **chunked)[0], range(16)))
    assert set(done) <= {200, 201} and 201 in done
    status, got, headers = ask(at, "GET", place(content))
    assert (status, got, headers["ETag"]) == (200, content, '"' + hashlib.md5(content).hexdigest() + '"')
    status, got, headers = ask(at, "HEAD", place(content))
    assert (status, got, headers["Content-Length"]) == (200, b"", str(len(content)))
    status, got, headers = ask(at, "GET", place(content), Range="bytes=1000-1999")
    assert (status, got, headers["Content-Range"]) == (206, content[1000:2000], f"bytes 1000-1999/{len(content)}")
    assert ask(at, "GET", place(content), If_None_Match=headers["ETag"])[0] == 304
    # DVC 2 named text by its lines with Unix ends.
    name = hashlib.md5(b"a\nb\n").hexdigest()
    assert ask(at, "POST", f"{name[:2]}/{name[2:]}", b"a\r\nb\r\n")[0] == 201
    assert ask(at, "GET", f"{name[:2]}/{name[2:]}")[1] == b"a\r\nb\r\n"


@pytest.mark.parametrize(("at", "kind"), [(conftest.Server, "folder"), (Guarded, "tacit")], indirect=["at"], ids=["folder", "tacit"])
def test_either_tool_pulls_what_the_other_pushed(at, repository, tmp_path, kind):
    repository.remote(at, "/dvc/either-" + kind)
    if kind == "folder":
        (repository.folder / ".dvc/config").write_text("[core]\n    remote = t\n['remote \"t\"']\n    url = ../../far\n")
    repository.commit()
    # After a part, the rest: dvc says here that everything is up to date.
    assert repository.tacit("push", "data/sub") == "2 files pushed\n"
    assert repository.tacit("push") == "4 files pushed\n"
    assert repository.tacit("push") == "Everything is up to date.\n"
    assert repository.tacit("status", "-c") == repository.dvc("status", "-c") == "Cache and remote 't' are in sync.\n"
    other = repository.clone("clone")
    other.env["DVC_SITE_CACHE_DIR"] = str(tmp_path / "other-site")  # dvc remembers there what remotes have
    assert "6 files fetched" in other.dvc("pull")
    assert other.files() == FILES
    os.chmod(other.folder / "one.csv", 0o644)
    other.write({"one.csv": b"changed\n", "data/sub/1": b"changed too\n"})
    other.dvc("add", "-q", "one.csv", "data")
    other.dvc("push")
    other.commit()
    repository.git("pull", "-q", str(other.folder))
    assert "3 files fetched" in repository.tacit("pull")
    assert repository.files() == other.files()
    # What is nowhere is a failure, and what is there comes all the same.
    third = repository.clone("third")
    third.write({"two.csv.dvc": f"outs:\n- md5: {'f' * 32}\n  size: 1\n  hash: md5\n  path: two.csv\n".encode()})
    assert f"md5: {'f' * 32}" in third.tacit("fetch", exits=1)
    assert "two.csv" in third.tacit("pull", exits=1)
    assert third.files() == other.files()


@pytest.mark.parametrize("at", [Guarded], indirect=True, ids=["guarded"])
@pytest.mark.parametrize("first", ["dvc", "tacit"])
def test_s3_by_either_tool(at, repository, first):
    """Each tool pulls from the S3 face what the other pushed to it, the history of runs too, and sees what the other took away."""
    at.command("user", "add", "max-" + first, "--role", "maintainer", "--password-file", "-")
    token = at.command("token", "create", "--user", "max-" + first, "--name", "dvc")

    def tools(r):
        r.env["DVC_SITE_CACHE_DIR"] = str(r.folder) + "-site"
        return (r.dvc, r.tacit) if first == "dvc" else (r.tacit, r.dvc)

    this, that = tools(repository)
    repository.remote(at, "", url=f"s3://either-{first}", endpointurl=at.url + "/s3", access_key_id=token, secret_access_key=token)
    repository.write({"dvc.yaml": b"stages:\n  made:\n    cmd: cp one.csv two.csv\n    deps: [one.csv]\n    outs: [two.csv]\n"})
    repository.dvc("repro", "-q")
    repository.commit()
    assert "7 files pushed" in this("push", "--run-cache")
    assert "Everything is up to date." in that("push")
    assert this("status", "-c") == that("status", "-c") == "Cache and remote 't' are in sync.\n"
    other = repository.clone("clone")
    _, pulls = tools(other)
    pulls("pull", "--run-cache")
    assert other.files() == FILES and (other.folder / "two.csv").read_bytes() == FILES["one.csv"]
    assert {p.name for p in (other.folder / ".dvc/cache/runs").rglob("*")} == {p.name for p in (repository.folder / ".dvc/cache/runs").rglob("*")} != set()
    repository.git("rm", "-q", "data.dvc")
    gone = this("gc", "-w", "-c", "-f")
    assert "5 objects" in gone, gone
    other.env["DVC_SITE_CACHE_DIR"] += "-anew"  # where dvc remembers that the remote has all
    # tacit leaves in a remote what came within the last day.
    assert ("new" if first == "dvc" else "in sync") in pulls("status", "-c")
    assert ("5 files pushed" if first == "dvc" else "Everything is up to date.") in pulls("push")
    third = repository.clone("third")  # of the commit that has all
    tools(third)[0]("pull")
    assert third.files() == FILES


@pytest.mark.parametrize("at", [Guarded], indirect=True, ids=["guarded"])
def test_s3(at, repository):
    """The same objects through S3's protocol, signed by a token: push, pull, status -c, gc -c and the history of runs."""
    repository.write({"dvc.yaml": b"stages:\n  made:\n    cmd: cp one.csv two.csv\n    deps: [one.csv]\n    outs: [two.csv]\n"})
    repository.dvc("repro", "-q")
    def settings(token, secret):
        options = {"url": "s3://shared", "endpointurl": at.url + "/s3", "access_key_id": token, "secret_access_key": secret, "region": "us-east-1"}
        lines = "".join(f"    {k} = {v}\n" for k, v in options.items())
        (repository.folder / ".dvc/config").write_text(f"[core]\n    remote = t\n    check_update = false\n['remote \"t\"']\n{lines}")

    settings(at.token, at.token)
    repository.commit()
    assert "7 files pushed" in repository.dvc("push", "--run-cache")
    assert "Everything is up to date." in repository.dvc("push")
    assert "in sync" in repository.dvc("status", "-c")
    other = repository.clone("clone")
    other.env["DVC_SITE_CACHE_DIR"] = str(other.folder) + "-other-site"
    other.dvc("pull", "--run-cache")
    assert other.files() == FILES and (other.folder / "two.csv").read_bytes() == FILES["one.csv"]
    assert list((other.folder / ".dvc/cache/runs").rglob("*"))
    # The HTTP face has the same.
    other.remote(at, "/dvc/shared")
    assert "in sync" in other.tacit("status", "-c")
    repository.git("rm", "-q", "data.dvc")
    assert "data.delete" in repository.dvc("gc", "-w", "-c", "-f", exits=255)
    at.command("user", "add", "mia", "--role", "maintainer", "--password-file", "-")
    token = at.command("token", "create", "--user", "mia", "--name", "dvc")
    settings(token, token)
    assert "Removed 5 objects from remote" in repository.dvc("gc", "-w", "-c", "-f")
    assert "missing" not in other.tacit("status", "-c") and "new" in other.tacit("status", "-c")
    settings(token, "another")
    repository.dvc("push", exits=255)
