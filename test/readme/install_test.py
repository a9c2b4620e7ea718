"""The README's ways to build against what is installed: install_test.py README BUILD_FOLDER.
(As a part of one's own build, and static, is what test/install/run tries.)
The program is the README's own, the library is installed into a folder that is removed."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import installed

readme, build = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
text = readme.read_text(encoding="utf-8")


def block(language):
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", text, re.S | re.M)
    return found


def run(folder, environment, *command):
    done = subprocess.run(command, cwd=folder, text=True, capture_output=True, timeout=150,
                          env=environment, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}:\n{done.stdout}{done.stderr}")


def check_started(folder, environment, program="server"):
    """Without a settings file it says so: it is linked, and runs."""
    done = subprocess.run([folder / program], cwd=folder, text=True, capture_output=True,
                          env=environment, timeout=20, check=False)
    if done.returncode != 1 or "server.json" not in done.stderr:
        sys.exit(f"{program}: {done}")


def a_folder(root, name, file=None, content=None):
    folder = root / name
    folder.mkdir()
    program = re.search(r"^```c\n(.*?)^```$", text, re.S | re.M)[1]
    (folder / "server.c").write_text(program, encoding="utf-8")
    if file is not None:
        (folder / file).write_text(content, encoding="utf-8")
    return folder


def by_hand(root, where):
    folder = a_folder(root, "shell")
    run(folder, where, "sh", "-c", re.search(r"`(cc server\.c .*?-o server)`", text)[1])
    check_started(folder, where)


def by_make(root, where):
    folder = a_folder(root, "make", "Makefile", block("make"))
    run(folder, where, "make")
    check_started(folder, where)


def by_meson(root, where):
    folder = a_folder(root, "meson", "meson.build", block("meson"))
    run(folder, where, "meson", "setup", "out")
    run(folder, where, "ninja", "-C", "out")
    check_started(folder, where, "out/server")


def by_cmake(root, where):
    if shutil.which("cmake") is None:
        print("not run: CMake is not there")
        return
    folder = a_folder(root, "cmake", "CMakeLists.txt", block("cmake"))
    place = pathlib.Path(where["LD_LIBRARY_PATH"], "cmake/mcpauth")
    run(folder, where, "cmake", "-B", "out", f"-Dmcpauth_DIR={place}")
    run(folder, where, "cmake", "--build", "out")
    check_started(folder, where, "out/server")


with tempfile.TemporaryDirectory() as temporary:
    top = pathlib.Path(temporary)
    environment_there = installed.install(build, top / "system")
    for way in (by_hand, by_make, by_meson, by_cmake):
        way(top, environment_there)
