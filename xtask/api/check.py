"""Holds a running demonstration to its own description of the API.

Usage: check.py ADDRESS FOLDER MINUTES

Takes a token as an editor would, looks whether /openapi.json is an OpenAPI 3.1 document, makes a Python client from it and
uses that, then lets Schemathesis send whatever the description allows and forbids. Everything that it writes goes to FOLDER.
"""

import html
import json
import pathlib
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

from openapi_spec_validator import OpenAPIV31SpecValidator

ADDRESS, FOLDER, MINUTES = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
TOOLS = pathlib.Path(sys.executable).parent


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing, so that a redirect is seen as one."""

    def redirect_request(self, *_):
        return None


class Somebody:
    """Somebody with a browser's cookie."""

    def __init__(self):
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(), Stay)

    def ask(self, path, fields=None):
        headers, data = {"Origin": ADDRESS}, None
        if fields is not None:
            headers["Content-Type"], data = "application/json", json.dumps(fields).encode()
        try:
            answer = self.opener.open(urllib.request.Request(ADDRESS + path, data, headers))
        except urllib.error.HTTPError as error:
            answer = error
        return answer.status, answer.read().decode()

    def become(self, label):
        _, page = self.ask("/choose-role")
        choices = re.findall(r'value="([^"]+)"[^>]*>\s*<label[^>]*>\s*([^<]+?)\s*<', page)
        value = next(value for value, text in choices if text.startswith(label))
        status, _ = self.ask("/choose-role", {"who": html.unescape(value)})
        assert status == 303, f"nobody became {label}: {status}"


def token():
    """A token with the scope to edit, of an editor at Ashmere."""
    editor = Somebody()
    editor.become("Editor at Ashmere")
    fields = {"name": "Trial", "scope": "edit", "organisation": "ashmere", "days": 7}
    status, body = editor.ask("/account/tokens.json", fields)
    found = re.search(r"commonhold_[0-9a-f]{72}", body)
    assert found, f"no token: {status} {body[:300]}"
    return found.group(0)


def document():
    """The description, which must be one of OpenAPI 3.1."""
    with urllib.request.urlopen(ADDRESS + "/openapi.json") as answer:
        described = json.load(answer)
    faults = [error.message[:300] for error in OpenAPIV31SpecValidator(described).iter_errors()]
    assert not faults, faults[:5]
    path = FOLDER / "openapi.json"
    path.write_text(json.dumps(described))
    print(f"{len(described['paths'])} addresses are described as OpenAPI {described['openapi']} has it")
    return described, path


def client(path, secret):
    """Makes a client and uses it: lists, a cursor, one thing with its validator, a write that is refused."""
    made, config = FOLDER / "client", FOLDER / "client.json"
    # The generator knows no type of file by its name: for it, bytes are bytes.
    files = ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "image/svg+xml", "image/png", "text/csv",
             "text/calendar", "application/atom+xml", "application/atom+xml; charset=utf-8", "application/zip", "application/gzip"]
    config.write_text(json.dumps({"content_type_overrides": {kind: "application/octet-stream" for kind in files}}))
    # Of an address that takes a form or JSON it makes code that does not import all that it uses, so it is given JSON alone.
    described, alone = json.loads(path.read_text()), FOLDER / "for-client.json"
    for item in described["paths"].values():
        for operation in item.values():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                content.pop("application/x-www-form-urlencoded", None)
    alone.write_text(json.dumps(described))
    command = [TOOLS / "openapi-python-client", "generate", "--path", alone, "--meta", "none", "--output-path", made,
               "--config", config]
    done = subprocess.run([*command, "--overwrite"], capture_output=True, text=True, cwd=FOLDER)
    assert done.returncode == 0, done.stdout + done.stderr
    left_out = re.findall(r"WARNING parsing (.*)", done.stdout + done.stderr)
    assert not left_out, f"the client has no part of: {left_out[:5]}"
    sys.path.insert(0, str(FOLDER))
    from client import AuthenticatedClient
    from client.models import Problem
    from client.types import UNSET

    def call(name, **named):
        module = __import__(f"client.api.{name}", fromlist=["sync_detailed"])
        return module.sync_detailed(client=asking, **named)

    def of(operation):
        (found,) = [p for p in (made / "api").rglob(f"{operation}.py")]
        return f"{found.parent.name}.{operation}"

    asking = AuthenticatedClient(base_url=ADDRESS, token=secret, follow_redirects=False)
    listed = call(of("get_organisations_id_systems"), id="ashmere")
    assert listed.status_code == 200 and listed.parsed.total > 100, listed
    following = urllib.parse.parse_qs(urllib.parse.urlparse(listed.parsed.next_).query)["after"][0]
    more = call(of("get_organisations_id_systems"), id="ashmere", after=following)
    first = {system.id for system in listed.parsed.systems}
    assert more.parsed.systems and not first & {system.id for system in more.parsed.systems}, "the cursor goes on"
    one = listed.parsed.systems[0]
    shown = call(of("get_systems_id"), id=one.id)
    assert shown.status_code == 200, shown
    again = call(of("get_systems_id"), id=one.id, if_none_match=shown.headers["etag"])
    assert again.status_code == 304 and not again.content, again
    refused = call(of("get_organisations_id_systems"), id="ashmere", after="damaged")
    assert refused.status_code == 400 and isinstance(refused.parsed, Problem), refused
    assert refused.parsed.type_.endswith(":invalid"), refused.parsed

    from client.models import PostSystemsIdEditBody as Fields

    odd = Fields.from_dict({"annual_cost": "12k5"})
    refused = call(of("post_systems_id_edit"), id=one.id, body=odd)
    assert refused.status_code == 422 and isinstance(refused.parsed, Problem), refused
    assert [error.field for error in refused.parsed.errors] == ["annual_cost"], refused.parsed
    good = call(of("post_systems_id_edit"), id=one.id, body=Fields.from_dict({"version": "9.1"}))
    assert good.status_code == 200, good
    assert UNSET is not None
    print("a generated client lists, follows a cursor, asks again with an ETag, writes, and is refused with a typed problem")


def things(secret):
    """Identifiers of things that there are, by the pattern of the paths that they stand in."""

    def ask(path):
        headers = {"Authorization": f"Bearer {secret}"}
        with urllib.request.urlopen(urllib.request.Request(ADDRESS + path, headers=headers)) as answer:
            return json.load(answer)

    system = ask("/organisations/ashmere/systems.json")["systems"][5]["id"]
    contract = ask("/organisations/ashmere/contracts.json")["contracts"][0]["id"]
    product = ask("/products.json")["products"][0]["id"]
    imported = ask("/organisations/ashmere/imports.json")["imports"][0]["id"]
    return {"/systems/": system, "/contracts/": contract, "/products/": product, "/elements/": "lgam-forms",
            "/organisations/": "ashmere", "import": imported}


def fuzz(described, path, secret):
    """Lets Schemathesis send what the description allows, and what it forbids."""
    known = things(secret)
    for address, item in described["paths"].items():
        for operation in item.values():
            for parameter in operation["parameters"]:
                if parameter.get("in") != "path" or parameter["name"] not in ("id", "import"):
                    continue
                start = next((start for start in known if address.startswith(start)), None)
                value = known["import"] if parameter["name"] == "import" else known.get(start)
                if value:
                    parameter["example"] = value
    path.write_text(json.dumps(described))
    command = [
        TOOLS / "st", "--config-file", pathlib.Path(__file__).with_name("schemathesis.toml"), "run", path, "--url", ADDRESS,
        "--header", f"Authorization: Bearer {secret}", "--phases", "examples,coverage,fuzzing", "--workers", "1", "--seed", "1",
        "--max-time", str(MINUTES * 60), "--continue-on-failure", "--generation-database", "none", "--no-color",
        "--warnings", "off", "--max-redirects", "0",
    ]
    done = subprocess.run(command, cwd=FOLDER)
    assert done.returncode == 0, "Schemathesis found what the description does not say"


def main():
    secret = token()
    described, path = document()
    client(path, secret)
    fuzz(described, path, secret)


main()
