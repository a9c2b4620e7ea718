"""The README's program, and the same by call, refuse whom they must and greet whom they may,
and keep the connection."""
import http.client
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

readme, program, by_call, authorization_server = sys.argv[1:]
program, by_call = map(os.path.abspath, (program, by_call))


def ask(url, headers=None, data=None):
    request = urllib.request.Request(url, headers=headers or {}, data=data)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, answer.read().decode()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port):
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit("the program does not listen")


def access_token(issuer, resource, scope):
    """By client credentials: nobody has to log in for it."""
    _, _, text = ask(issuer + "/register", {"Content-Type": "application/json"}, json.dumps({
        "redirect_uris": ["http://127.0.0.1/callback"], "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "client_secret_post"}).encode())
    client = json.loads(text)
    _, _, text = ask(issuer + "/token", data=urllib.parse.urlencode({
        "grant_type": "client_credentials", "client_id": client["client_id"],
        "client_secret": client["client_secret"], "resource": resource,
        "scope": scope}).encode())
    return json.loads(text)["access_token"], client["client_id"]


def write_settings(folder, resource, issuer):
    """The README's file, with addresses of this test."""
    text = re.search(r"^```json\n(.*?)^```$", pathlib.Path(readme).read_text(encoding="utf-8"),
                     re.S | re.M)[1]
    for wanted, instead in (("http://127.0.0.1:8080/mcp", resource),
                            ("https://auth.example.com", issuer)):
        assert text.count(wanted) == 1, wanted
        text = text.replace(wanted, instead)
    pathlib.Path(folder, "server.json").write_text(text, encoding="utf-8")


def check(resource, issuer):
    origin = resource.removesuffix("/mcp")
    status, _, text = ask(origin + "/.well-known/oauth-protected-resource/mcp")
    assert status == 200 and json.loads(text)["resource"] == resource, text
    status, headers, _ = ask(resource)
    assert status == 401 and "resource_metadata=" in headers["WWW-Authenticate"], status
    token, client = access_token(issuer, resource, "user")
    status, headers, _ = ask(resource, {"Authorization": "Bearer " + token})
    assert status == 403 and 'scope="read:notes"' in headers["WWW-Authenticate"], status
    token, client = access_token(issuer, resource, "read:notes")
    status, _, text = ask(resource, {"Authorization": "Bearer " + token})
    assert (status, text) == (200, client), (status, text)
    check_connection(resource, token, client)
    token, client = access_token(issuer, resource + "2", "read:notes")
    status, _, _ = ask(resource, {"Authorization": "Bearer " + token})
    assert status == 401, status


def check_connection(resource, token, client):
    """A handler that answers before it has the whole request ends the connection, and a client
    that is still sending then never reads the answer."""
    url = urllib.parse.urlparse(resource)
    connection = http.client.HTTPConnection(url.netloc, timeout=10)
    connection.connect()
    kept = connection.sock
    for body in (None, b"x" * 4_000_000, None):
        connection.request("POST" if body else "GET", url.path, body,
                           {"Authorization": "Bearer " + token})
        answer = connection.getresponse()
        text = answer.read().decode()
        assert (answer.status, text) == (200, client), (answer.status, text)
        assert connection.sock is kept, "the connection was closed"
    connection.close()


def run(issuer, folder, start):
    port = free_port()
    resource = f"http://127.0.0.1:{port}/mcp"
    write_settings(folder, resource, issuer)
    process = subprocess.Popen(start(resource, str(port)), stdin=subprocess.DEVNULL, cwd=folder)
    try:
        wait_for(port)
        check(resource, issuer)
        process.terminate()
        assert process.wait(10) == 0, process.returncode
    finally:
        process.kill()
        process.wait()


def main():
    issuer_process = subprocess.Popen([authorization_server, "--port", "0"],
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    issuer = issuer_process.stdout.readline().decode().strip().split(" ")[-1]
    try:
        with tempfile.TemporaryDirectory() as folder:
            run(issuer, folder, lambda resource, port: [program, port])
            run(issuer, folder, lambda resource, port: [by_call, resource, issuer, port])
    finally:
        issuer_process.terminate()
        issuer_process.wait(10)


main()
