"""The README's program refuses whom it must and greets whom it may."""
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

program, authorization_server = sys.argv[1:]


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
    sys.exit("the README's program does not listen")


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


def main():
    issuer_process = subprocess.Popen([authorization_server, "--port", "0"],
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    issuer = issuer_process.stdout.readline().decode().strip().split(" ")[-1]
    port = free_port()
    resource = f"http://127.0.0.1:{port}/mcp"
    process = subprocess.Popen([program, resource, issuer, str(port)], stdin=subprocess.PIPE)
    try:
        wait_for(port)
        status, _, text = ask(f"http://127.0.0.1:{port}/.well-known/oauth-protected-resource/mcp")
        assert status == 200 and json.loads(text)["resource"] == resource, text
        status, headers, _ = ask(resource)
        assert status == 401 and "resource_metadata=" in headers["WWW-Authenticate"], status
        token, client = access_token(issuer, resource, "user")
        status, headers, _ = ask(resource, {"Authorization": "Bearer " + token})
        assert status == 403 and 'scope="read:notes"' in headers["WWW-Authenticate"], status
        token, client = access_token(issuer, resource, "read:notes")
        status, _, text = ask(resource, {"Authorization": "Bearer " + token})
        assert (status, text) == (200, client), (status, text)
        process.communicate(b"\n", timeout=10)
        assert process.returncode == 0, process.returncode
    finally:
        process.kill()
        issuer_process.terminate()
        issuer_process.wait(10)


main()
