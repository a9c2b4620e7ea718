"""The authorization server that mints what all targets are shown."""
import json
import pathlib
import tempfile
import urllib.request

from .machine import BENCH, Process

RESOURCE = "https://notes.example.com/notes"


class Issuer:
    def __init__(self, environment, tokens):
        self.folder = tempfile.TemporaryDirectory()
        self.process = Process(
            ["node", BENCH / "peers" / "authorization_server.mjs", self.folder.name, RESOURCE,
             tokens], environment=environment)
        self.url = self.process.url
        self.jwks = self.url + "/jwks"

    def file(self, name):
        return pathlib.Path(self.folder.name, name)

    def tokens(self, name):
        return self.file(name).read_text().split()

    def counts(self):
        with urllib.request.urlopen(self.url + "/counts", timeout=5) as answer:
            return json.load(answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stop()
        self.folder.cleanup()
