"""Apache httpd with liboauth2's module, configured for this one server."""
import pathlib
import shutil
import tempfile

from . import machine
from .issuer import RESOURCE

PACKAGES = ("apache2-bin", "libapache2-mod-oauth2")
MODULES = pathlib.Path("/usr/lib/apache2/modules")
# It compares a claim as a whole, so this is every scope that the tokens have.
SCOPE = "openid profile read:notes write:notes"
# Documentation's way; the cache of verified tokens is on by default.
CONFIGURATION = """
ServerRoot "{folder}"
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile "{folder}/pid"
DefaultRuntimeDir "{folder}"
ErrorLog "{folder}/error.log"
LogLevel emerg
Mutex file:{folder}
{modules}
User #{user}
Group #{group}
DocumentRoot "{folder}/htdocs"
# Threads for all connections, and no process that comes or goes while it is measured.
StartServers 2
ServerLimit 4
ThreadLimit 100
ThreadsPerChild 100
MaxRequestWorkers 400
MaxSpareThreads 400
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
<Directory "{folder}/htdocs">
	Require all granted
	AllowOverride None
	ForceType application/json
	FileETag None
</Directory>
OAuth2TokenVerify jwks_uri {jwks} \
jwks_uri.ssl_verify=false&verify.iss={issuer}&verify.exp=required
<Location "/notes">
	AuthType oauth2
	<RequireAll>
		Require oauth2_claim aud:{resource}
		Require oauth2_claim "scope:{scope}"
	</RequireAll>
</Location>
"""
NEEDED = ("mpm_event", "authz_core", "authn_core", "authz_host", "oauth2")


def write(folder, port, issuer, body):
    """Everything in one folder, world-readable: Apache may change its user."""
    folder.chmod(0o755)
    documents = folder / "htdocs"
    metadata = documents / ".well-known" / "oauth-protected-resource"
    metadata.mkdir(parents=True)
    (documents / "open").write_text(body)
    (documents / "notes").write_text(body)
    (metadata / "notes").write_text(
        '{"resource":"%s","authorization_servers":["%s"]}' % (RESOURCE, issuer.url))
    modules = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in NEEDED
                        if (MODULES / f"mod_{name}.so").exists())
    configuration = folder / "httpd.conf"
    # The unprivileged user that every system has.
    configuration.write_text(CONFIGURATION.format(
        folder=folder, port=port, modules=modules, user=65534, group=65534,
        jwks=issuer.jwks, issuer=issuer.url, resource=RESOURCE, scope=SCOPE))
    return configuration


class Apache(machine.Process):
    def __init__(self, issuer, body):
        program = shutil.which("apache2") or "/usr/sbin/apache2"
        self.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(self.folder.name)
        port = machine.free_port()
        configuration = write(folder, port, issuer, body)
        try:
            super().__init__([program, "-f", configuration, "-D", "FOREGROUND"], port)
        except machine.Unavailable:
            self.folder.cleanup()
            raise

    def stop(self, *arguments):
        super().stop(*arguments)
        self.folder.cleanup()
