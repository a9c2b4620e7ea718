"""Breaks a copy of the headers, or of what the libraries export, in one place each, and
expects that test/install/abi notices; what programs do not mind it has to let pass."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIBRARIES = ("libmcpauth.so", "libmcpauth-mhd.so")
CLOCK = "\tmcpauth_clock_fn clock; /**< default: the system's clocks */\n"
TOLERANCE = "\tunsigned clock_tolerance;\n"
STORE = "\tvoid *store_user; /**< borrowed until the last mcpauth_free() */\n"

# What is changed, in which header, from what to what, and whether programs break.
SEEDS = (
    ("nothing", "error.h", "", "", False),
    ("fields in another order", "auth.h", CLOCK + "\tvoid *clock_user;",
     "\tvoid *clock_user;\n" + CLOCK.rstrip("\n") + " //", True),
    ("a field of another type", "auth.h", TOLERANCE, "\tlong clock_tolerance;\n", True),
    ("a field less", "auth.h", TOLERANCE, "", True),
    ("a field in between", "auth.h", TOLERANCE, TOLERANCE + "\tunsigned extra;\n", True),
    ("a field at the end", "auth.h", STORE, STORE + "\tvoid *extra;\n", False),
    ("a field in what was padding", "client.h", "\tenum mcpauth_client_grant grant;\n",
     "\tenum mcpauth_client_grant grant;\n\tunsigned extra;\n", True),
    ("a struct without size that grows", "error.h",
     "\tchar message[MCPAUTH_ERROR_MESSAGE_SIZE];\n",
     "\tchar message[MCPAUTH_ERROR_MESSAGE_SIZE];\n\tint extra;\n", True),
    ("an array of another length", "error.h", "MESSAGE_SIZE 256", "MESSAGE_SIZE 255", True),
    ("an enumerator with another number", "error.h", "MCPAUTH_E_DUPLICATE = 103",
     "MCPAUTH_E_DUPLICATE = 113", True),
    ("an enumerator less", "error.h", "\tMCPAUTH_E_EXPIRED = 410,\n", "", True),
    ("an enumerator more", "error.h", "\tMCPAUTH_RETRY = 2,\n",
     "\tMCPAUTH_RETRY = 2,\n\tMCPAUTH_EXTRA = 3,\n", False),
    ("a constant with another value", "api.h", "MCPAUTH_NONE 0xffffffffu",
     "MCPAUTH_NONE 0xfffffffeu", True),
    ("an argument less", "error.h", "mcpauth_code_name(enum mcpauth_code code)",
     "mcpauth_code_name(void)", True),
    ("another result", "auth.h", "MCPAUTH_API int64_t mcpauth_monotonic_ms",
     "MCPAUTH_API int mcpauth_monotonic_ms", True),
    ("a function more", "error.h", "MCPAUTH_API const char *mcpauth_code_name",
     "MCPAUTH_API int mcpauth_extra(void);\nMCPAUTH_API const char *mcpauth_code_name", False),
    ("a callback that is called otherwise", "auth.h",
     "(*mcpauth_clock_fn)(int64_t *real, int64_t", "(*mcpauth_clock_fn)(int64_t *real, int32_t",
     True),
)


def exported(build, name):
    """@return name and version of each symbol of a library"""
    library = next(build.rglob(name))
    text = subprocess.run(["nm", "-D", "--defined-only", "--with-symbol-versions", library],
                          check=True, capture_output=True, text=True).stdout
    return re.findall(r" T (\w+)@@(\S+)", text)


def library(folder, name, symbols):
    """Links a library of these symbols, which does nothing."""
    nodes = {}
    for symbol, version in symbols:
        nodes.setdefault(version, []).append(symbol)
    source, versions = folder / "empty.c", folder / "empty.map"
    source.write_text("".join(f"void {symbol}(void) {{}}\n" for symbol, _ in symbols))
    versions.write_text("".join(
        f"{version} {{ global: {'; '.join(names)}; }};\n" for version, names in nodes.items()))
    subprocess.run(["cc", "-shared", "-fPIC", source, f"-Wl,--version-script={versions}",
                    "-o", folder / name], check=True)


class Tests:
    def __init__(self, build):
        self.build = build
        self.count = 0

    def try_out(self, label, headers, build, breaks):
        done = subprocess.run([HERE / "abi", *(f"--headers={folder}" for folder in headers), build],
                              capture_output=True, text=True)
        good = "promises" in done.stdout and (done.returncode != 0) == breaks \
            and ("breaks programs" in done.stdout) == breaks
        self.count += 1
        print(f"{'ok' if good else 'not ok'} {self.count} - {label} "
              f"{'is noticed' if breaks else 'passes'}")
        if not good:
            print(done.stdout + done.stderr)

    def try_seeds(self, scratch):
        for number, (label, header, old, new, breaks) in enumerate(SEEDS):
            folders = [scratch / str(number) / side for side in ("lib", "middleware")]
            for folder in folders:
                shutil.copytree(ROOT / folder.name / "include", folder)
            path = next(folder for folder in folders
                        if (folder / "mcpauth" / header).exists()) / "mcpauth" / header
            text = path.read_text()
            if old not in text:
                print(f"not ok - {label}: {header} no longer has its text")
                continue
            path.write_text(text.replace(old, new, 1))
            self.try_out(label, folders, self.build, breaks)

    def try_symbols(self, scratch):
        first, second = (exported(self.build, name) for name in LIBRARIES)
        library(scratch, LIBRARIES[1], second)
        for label, symbols, breaks in (
            ("every symbol as it was", first, False),
            ("a symbol more", [*first, ("mcpauth_extra", "MCPAUTH_99")], False),
            ("a symbol less", first[1:], True),
            ("a symbol of another version", [(first[0][0], "MCPAUTH_99"), *first[1:]], True),
        ):
            library(scratch, LIBRARIES[0], symbols)
            self.try_out(label, [], scratch, breaks)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        tests = Tests(pathlib.Path(sys.argv[1]))
        tests.try_seeds(pathlib.Path(name))
        tests.try_symbols(pathlib.Path(name))
        print(f"1..{tests.count}")
