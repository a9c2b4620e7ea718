"""Write the man pages of section 1 with help2man: each program's, under the name it is
installed by, and one that leads there from its own name."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# Others have commands of these names.
TAKEN = {"whoami"}

# help2man takes for a heading what argp indents unless it is told not to.
ENVIRONMENT = {**os.environ, "ARGP_HELP_FMT": "header-col=0", "LC_ALL": "C.UTF-8"}


def summary(text):
    """The first sentence behind the usage: what apropos shows."""
    words = " ".join(text.split("\n", 1)[1].split())
    sentence = re.match(r"(.*?)\.(?= |$)", words)[1]
    return sentence[0].lower() + sentence[1:]


def see_also(name, names):
    others = [f".BR {other} (1)" for other in sorted(names) if other != name]
    return "[SEE ALSO]\n" + ",\n".join([*others, ".BR mcpauth (3)"]) + "\n"


def write(help2man, target, version, program, names):
    """The page; help2man reads whatever answers to the name."""
    with tempfile.TemporaryDirectory() as scratch:
        link = pathlib.Path(scratch) / f"mcpauth-{program.name}"
        link.symlink_to(program.resolve())
        text = subprocess.run([link, "--help"], check=True, capture_output=True, text=True).stdout
        included = pathlib.Path(scratch) / "see_also"
        included.write_text(see_also(link.name, names), encoding="utf-8")
        subprocess.run([help2man, "--no-info", "--section=1", "--manual=mcpauth",
                        f"--source=mcpauth {version}", f"--version-string={version}",
                        f"--name={summary(text)}", f"--include={included}",
                        f"--output={target / link.name}.1", link],
                       check=True, env=ENVIRONMENT)
    if program.name not in TAKEN:
        (target / f"{program.name}.1").write_text(f".so man1/{link.name}.1\n", encoding="utf-8")


def main():
    help2man, target, version, *programs = sys.argv[1:]
    target = pathlib.Path(target)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    programs = [pathlib.Path(program) for program in programs]
    names = [f"mcpauth-{program.name}" for program in programs]
    for program in programs:
        write(help2man, target, version, program, names)


if __name__ == "__main__":
    main()
