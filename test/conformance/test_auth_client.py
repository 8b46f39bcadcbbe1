"""MLflow's own client of users and permissions."""
import contextlib
import pathlib
import tempfile

import mlflow
import pytest
import requests
from mlflow.exceptions import MlflowException
from mlflow.server.auth.client import AuthServiceClient

import conftest

PASSWORD = conftest.PASSWORD


@pytest.fixture(scope="module")
def guarded():
    """A tacit that nobody enters without signing in, with an administrator."""
    with tempfile.TemporaryDirectory() as folder:
        s = conftest.Server(pathlib.Path(folder) / "tacit", "--auth", "required")
        s.command("user", "add", "root", "--role", "admin", "--workspace", "*", "--password-file", "-")
        for n in range(1, 8):  # what permissions are given on
            requests.post(s.url + "/api/2.0/mlflow/experiments/create", json={"name": f"granted.{n}"}, auth=("root", PASSWORD)).raise_for_status()
        requests.post(s.url + "/api/2.0/mlflow/registered-models/create", json={"name": "flights"}, auth=("root", PASSWORD)).raise_for_status()
        yield s
        s.stop()
        assert '"level":"ERROR"' not in s.output(), s.output()


@pytest.fixture
def by(monkeypatch):
    """The client's credentials are those of a user."""

    @contextlib.contextmanager
    def by(user, password=PASSWORD):
        with monkeypatch.context() as m:
            m.delenv("MLFLOW_TRACKING_TOKEN", raising=False)
            m.setenv("MLFLOW_TRACKING_USERNAME", user)
            m.setenv("MLFLOW_TRACKING_PASSWORD", password)
            yield

    return by


@pytest.fixture
def auth(guarded):
    return AuthServiceClient(guarded.url)


@contextlib.contextmanager
def refused(code, words=""):
    with pytest.raises(MlflowException, match=words) as e:
        yield
    assert e.value.error_code == code, e.value


@pytest.fixture
def user(auth, by, request):
    """A user of this test's own."""
    name = request.node.name.replace("_", "-").replace("[", ".").rstrip("]")
    with by("root"):
        made = auth.create_user(name, PASSWORD)
    assert (made.username, made.is_admin) == (name, False)
    yield name


def test_users(auth, by, user):
    with by("root"):
        assert auth.get_user(user).id == auth.get_user(user).id != auth.get_user("root").id
        assert auth.get_user("root").is_admin
        with refused("RESOURCE_ALREADY_EXISTS"):
            auth.create_user(user, PASSWORD)
        with refused("RESOURCE_DOES_NOT_EXIST"):
            auth.get_user("nobody")
        for name, password in [("", PASSWORD), ("short", "")]:
            with pytest.raises(MlflowException, match="Username and password cannot be empty."):
                auth.create_user(name, password)
        auth.update_user_admin(user, True)
        assert auth.get_user(user).is_admin
        auth.update_user_admin(user, False)
        assert not auth.get_user(user).is_admin


def test_who_may_do_what_to_users(auth, by, user):
    with by(user):
        assert auth.get_user(user).username == user
        for call in [
            lambda: auth.get_user("root"), lambda: auth.get_user("nobody"), lambda: auth.create_user("eve", PASSWORD), lambda: auth.delete_user(user),
            lambda: auth.update_user_admin(user, True), lambda: auth.update_user_password("root", "another battery"),
        ]:
            with refused("PERMISSION_DENIED", "Permission denied"):
                call()
    with by(user, "wrong"), refused("UNAUTHENTICATED", "You are not authenticated"):
        auth.get_user(user)


def test_password(auth, by, user):
    with by(user):
        auth.update_user_password(user, "another battery")
    with by(user), refused("UNAUTHENTICATED"):
        auth.get_user(user)
    with by("root"):
        auth.update_user_password(user, PASSWORD)
    with by(user):
        assert auth.get_user(user).username == user


def test_deleted_user_is_gone(guarded, auth, by, user):
    token = guarded.command("token", "create", "--user", user, "--name", "t")
    with by("root"):
        auth.delete_user(user)
        with refused("RESOURCE_DOES_NOT_EXIST"):
            auth.get_user(user)
        with refused("RESOURCE_DOES_NOT_EXIST"):
            auth.delete_user(user)
        with pytest.raises(MlflowException, match="cannot delete their own account"):
            auth.delete_user("root")
        auth.create_user(user, "another battery")
    with by(user), refused("UNAUTHENTICATED"):
        auth.get_user(user)
    assert requests.get(guarded.url + "/api/v1/me", headers={"Authorization": "Bearer " + token}).status_code == 401


def test_list_and_current(guarded, by, user):
    at = guarded.url + "/api/2.0/mlflow/users/"
    listed = requests.get(at + "list", auth=("root", PASSWORD)).json()["users"]
    assert {(u["username"], u["is_admin"]) for u in listed} >= {("root", True), (user, False)}
    me = requests.get(at + "current", auth=(user, PASSWORD)).json()
    assert (me["user"]["username"], me["user"]["is_admin"], me["is_basic_auth"]) == (user, False, True)
    assert requests.get(at + "list", auth=(user, PASSWORD)).status_code == 403


legacy = pytest.mark.skipif(not hasattr(AuthServiceClient, "create_experiment_permission"), reason="clients before 3.13")
roles = pytest.mark.skipif(not hasattr(AuthServiceClient, "create_role"), reason="clients since 3.13")


@legacy
@pytest.mark.parametrize("thing", ["experiment", "registered_model"])
def test_permissions_of_one_object(auth, by, user, thing):
    key = "1" if thing == "experiment" else "flights"
    create, get, update, delete = [getattr(auth, f"{verb}_{thing}_permission") for verb in ("create", "get", "update", "delete")]
    with by("root"):
        with refused("RESOURCE_DOES_NOT_EXIST"):
            get(key, user)
        with refused("RESOURCE_DOES_NOT_EXIST"):
            update(key, user, "READ")
        with refused("INVALID_PARAMETER_VALUE"):
            create(key, user, "WHATEVER")
        with refused("RESOURCE_DOES_NOT_EXIST"):
            create(key, "nobody", "READ")
        made = create(key, user, "MANAGE")
        assert (made.permission, made.user_id) == ("MANAGE", auth.get_user(user).id)
        with refused("RESOURCE_ALREADY_EXISTS"):
            create(key, user, "READ")
        for permission in ["READ", "EDIT", "NO_PERMISSIONS", "READ"]:
            update(key, user, permission)
            assert get(key, user).permission == permission
        held = auth.get_user(user)
        assert [p.permission for p in held.experiment_permissions + held.registered_model_permissions] == ["READ"]
    with by(user):
        for call in [lambda: get(key, user), lambda: create(key, "root", "READ"), lambda: update(key, user, "MANAGE"), lambda: delete(key, user)]:
            with refused("PERMISSION_DENIED"):
                call()
    with by("root"):
        delete(key, user)
        with refused("RESOURCE_DOES_NOT_EXIST"):
            delete(key, user)


@roles
def test_permissions_of_a_user(guarded, auth, by, user):
    with by("root"):
        assert (lambda r: (r.allowed, r.permission))(auth.get_user_permission(user, "experiment", "1")) == (False, "READ")  # of the role viewer
        auth.grant_user_permission(user, "experiment", "1", "EDIT")
        assert (lambda r: (r.allowed, r.permission))(auth.get_user_permission(user, "experiment", "1")) == (True, "EDIT")
        with refused("RESOURCE_ALREADY_EXISTS"):
            auth.grant_user_permission(user, "experiment", "01", "READ")
        auth.grant_user_permission(user, "registered_model", "flights", "DENY")
        assert auth.get_user_permission(user, "registered_model", "flights").permission == "NO_PERMISSIONS"
        auth.grant_user_permission(user, "gateway_secret", "s1", "USE")  # kept, and binds once there are gateways
        for kind, key, permission in [
            ("workspace", "*", "USE"), ("experiment", "2", "NO_PERMISSIONS"), ("experiment", "x", "READ"), ("run", "a", "READ"), ("nothing", "1", "READ"),
        ]:
            with refused("INVALID_PARAMETER_VALUE"):
                auth.grant_user_permission(user, kind, key, permission)
        with refused("RESOURCE_DOES_NOT_EXIST"):
            auth.grant_user_permission("nobody", "experiment", "1", "READ")
    with by(user):
        assert auth.get_user_permission(user, "experiment", "1").permission == "EDIT"
        with refused("PERMISSION_DENIED"):
            auth.get_user_permission("root", "experiment", "1")
        with refused("PERMISSION_DENIED"):
            auth.grant_user_permission(user, "experiment", "*", "MANAGE")
    listed = requests.get(guarded.url + "/api/3.0/mlflow/users/current/permissions", auth=(user, PASSWORD)).json()
    assert {(p["resource_type"], p["resource_pattern"], p["permission"]) for p in listed["permissions"]} == {
        ("experiment", "1", "EDIT"), ("registered_model", "flights", "DENY"), ("gateway_secret", "s1", "USE")}
    with by("root"):
        auth.revoke_user_permission(user, "experiment", "1")
        with refused("RESOURCE_DOES_NOT_EXIST"):
            auth.revoke_user_permission(user, "experiment", "1")


def test_what_a_permission_lets_through(guarded, auth, by, user):
    """READ on one experiment is that one alone, to read; NO_PERMISSIONS hides it."""
    mlflow.set_tracking_uri(guarded.url)
    client = mlflow.MlflowClient()

    def give(experiment, permission):
        if hasattr(auth, "create_experiment_permission"):
            auth.create_experiment_permission(experiment, user, permission)
        else:
            auth.grant_user_permission(user, "experiment", experiment, permission.replace("NO_PERMISSIONS", "DENY"))

    with by("root"):
        shown, hidden, edited = [client.create_experiment(f"{user}.{n}") for n in ("shown", "hidden", "edited")]
        run = client.create_run(shown).info.run_id
        give(hidden, "NO_PERMISSIONS")
    with by(user):  # a viewer, who reads all but what is taken
        names = [e.name for e in client.search_experiments(filter_string=f"name LIKE '{user}.%'")]
        assert sorted(names) == [f"{user}.edited", f"{user}.shown"]
        with refused("PERMISSION_DENIED", "Permission denied"):
            client.get_experiment(hidden)
    guarded.command("user", "role", user, "--role", "none")
    with by("root"):
        give(shown, "READ")
        give(edited, "EDIT")
    with by(user):
        assert sorted(e.name for e in client.search_experiments()) == [f"{user}.edited", f"{user}.shown"]
        assert client.get_run(run).info.run_id == run
        client.log_param(client.create_run(edited).info.run_id, "depth", "3")
        for call in [
            lambda: client.create_run(shown), lambda: client.log_param(run, "depth", "3"), lambda: client.set_experiment_tag(shown, "k", "v"),
            lambda: client.delete_experiment(edited), lambda: client.get_experiment(hidden), lambda: client.create_experiment(user + ".own"),
        ]:
            with refused("PERMISSION_DENIED", "Permission denied"):
                call()


def test_makers_manage_what_they_make(guarded, auth, by, user):
    """Who makes an experiment or a model may delete it and grant it, as MLflow grants its maker MANAGE."""
    client = mlflow.MlflowClient(guarded.url, guarded.url)
    other = user + "-other"
    with by("root"):
        auth.create_user(other, PASSWORD)
        theirs = client.create_experiment(user + ".theirs")
    guarded.command("user", "role", user, "--role", "contributor")
    with by(user):
        mine = client.create_experiment(user + ".mine")
        if hasattr(auth, "create_experiment_permission"):
            assert auth.get_experiment_permission(mine, user).permission == "MANAGE"
            auth.create_experiment_permission(mine, other, "EDIT")
        else:
            assert auth.get_user_permission(user, "experiment", mine).permission == "MANAGE"
            auth.grant_user_permission(other, "experiment", mine, "EDIT")
        with refused("PERMISSION_DENIED"):
            client.delete_experiment(theirs)
    with by(other):  # a viewer, but here
        client.set_experiment_tag(mine, "k", "v")
        with refused("PERMISSION_DENIED"):
            client.delete_experiment(mine)
    with by(user):
        client.delete_experiment(mine)
    guarded.command("user", "role", user, "--role", "maintainer")
    with by(user):
        client.create_registered_model(user)
        if hasattr(auth, "create_registered_model_permission"):
            auth.create_registered_model_permission(user, other, "NO_PERMISSIONS")
        else:
            auth.grant_user_permission(other, "registered_model", user, "DENY")
    with by(other):
        assert user not in [m.name for m in client.search_registered_models()]


@roles
def test_permission_routes_of_3_18_alone(guarded):
    """Scorers, gateways and workspaces have their permissions by users/permissions alone, as in 3.18."""
    for path in ["scorers/permissions/create", "gateway/secrets/permissions/create", "gateway/endpoints/permissions/create", "workspaces/default/permissions", "workspace-permissions"]:
        answer = requests.post(guarded.url + "/api/3.0/mlflow/" + path, json={"username": "root", "permission": "READ"}, auth=("root", PASSWORD))
        assert answer.status_code in (404, 405), (path, answer.status_code, answer.text)


@pytest.fixture
def role(auth, by, request):
    with by("root"):
        made = auth.create_role("default", request.node.name, "who trains")
    assert (made.name, made.workspace, made.description, made.permissions) == (request.node.name, "default", "who trains", [])
    yield made.id
    with by("root"):
        auth.delete_role(made.id)
        with refused("RESOURCE_DOES_NOT_EXIST"):
            auth.get_role(made.id)


@roles
def test_roles(auth, by, user, role, request):
    name = request.node.name
    with by("root"):
        with refused("RESOURCE_ALREADY_EXISTS"):
            auth.create_role("default", name)
        with refused("INVALID_PARAMETER_VALUE"):
            auth.create_role("default", " ")
        other = auth.create_role("team", name)
        assert {r.id for r in auth.list_all_roles()} >= {role, other.id}
        assert role in {r.id for r in auth.list_roles("default")} and [r.id for r in auth.list_roles("team")] == [other.id]
        assert auth.update_role(role, description="who rests").description == "who rests"
        assert auth.update_role(role, name=name + ".2").name == auth.get_role(role).name == name + ".2"
        with refused("INVALID_PARAMETER_VALUE"):
            auth.update_role(role)
        auth.delete_role(other.id)
        assert auth.list_roles("team") == []
    with by(user):
        assert auth.get_role(role).id == role
        for call in [lambda: auth.create_role("default", "mine"), lambda: auth.delete_role(role), lambda: auth.assign_role(user, role), lambda: auth.list_roles("team"),
                     lambda: auth.add_role_permission(role, "experiment", "*", "MANAGE")]:
            with refused("PERMISSION_DENIED"):
                call()


@roles
def test_permissions_of_a_role(auth, by, user, role):
    with by("root"):
        all_of = auth.add_role_permission(role, "experiment", "*", "READ")
        one = auth.add_role_permission(role, "experiment", "7", "MANAGE")
        whole = auth.add_role_permission(role, "workspace", "*", "USE")
        assert [(p.role_id, p.resource_type, p.resource_pattern, p.permission) for p in (all_of, one, whole)] == [
            (role, "experiment", "*", "READ"), (role, "experiment", "7", "MANAGE"), (role, "workspace", "*", "USE")]
        with refused("RESOURCE_ALREADY_EXISTS"):
            auth.add_role_permission(role, "experiment", "7", "READ")
        for kind, key, permission in [("workspace", "*", "READ"), ("run", "1", "READ"), ("experiment", "x", "READ"), ("experiment", "8", "ALL")]:
            with refused("INVALID_PARAMETER_VALUE"):
                auth.add_role_permission(role, kind, key, permission)
        assert auth.update_role_permission(one.id, "EDIT").permission == "EDIT"
        auth.remove_role_permission(whole.id)
        with refused("RESOURCE_DOES_NOT_EXIST"):
            auth.remove_role_permission(whole.id)
        assert {p.id: p.permission for p in auth.list_role_permissions(role)} == {all_of.id: "READ", one.id: "EDIT"}
        assert {p.id for p in auth.get_role(role).permissions} == {all_of.id, one.id}

        assigned = auth.assign_role(user, role)
        assert (assigned.role_id, assigned.user_id) == (role, auth.get_user(user).id)
        with refused("RESOURCE_ALREADY_EXISTS"):
            auth.assign_role(user, role)
        with refused("RESOURCE_DOES_NOT_EXIST"):
            auth.assign_role("nobody", role)
        assert [a.id for a in auth.list_role_users(role)] == [assigned.id]
        assert auth.get_user_permission(user, "experiment", "7").permission == "EDIT"
    with by(user):
        assert [r.id for r in auth.list_user_roles(user)] == [role]
        with refused("PERMISSION_DENIED"):
            auth.list_user_roles("root")
    with by("root"):
        auth.unassign_role(user, role)
        with refused("RESOURCE_DOES_NOT_EXIST"):
            auth.unassign_role(user, role)
        assert auth.list_user_roles(user) == []
