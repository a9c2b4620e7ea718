"""What was built, installed into a folder of a test's own, as if that were the root of the
system, and the environment in which compilers find it there."""
import os
import subprocess
import sys


def install(build, folder):
    done = subprocess.run(["meson", "install", "--no-rebuild", "--quiet", "-C", build,
                           "--destdir", folder], text=True, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"meson install: {done.stdout}{done.stderr}")
    (config,) = folder.rglob("mcpauth-mhd.pc")
    (program,) = folder.rglob("mcpauth-whoami")
    return dict(os.environ, PATH=f"{program.parent}:{os.environ['PATH']}",
                PKG_CONFIG_PATH=str(config.parent), PKG_CONFIG_SYSROOT_DIR=str(folder),
                LD_LIBRARY_PATH=str(config.parent.parent))
