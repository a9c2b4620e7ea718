"""What the libraries export is what the headers declare, no more and no less."""
import pathlib
import re
import subprocess
import sys

build = pathlib.Path(sys.argv[1])
root = pathlib.Path(__file__).resolve().parents[2]


def declared(folder):
    names = set()
    for header in (root / folder).glob("*.h"):
        text = re.sub(r"/\*.*?\*/", "", header.read_text(encoding="utf-8"), flags=re.S)
        for declaration in re.findall(r"MCPAUTH_API\b([^;{]*)", text):
            match = re.search(r"\b(mcpauth_\w+)\s*\(", declaration)
            if match:
                names.add(match.group(1))
    return names


def exported(library):
    text = subprocess.run(["nm", "-D", "--defined-only", str(library)], check=True,
                          capture_output=True, text=True).stdout
    return {line.split()[-1].split("@")[0] for line in text.splitlines()
            if " A " not in line}


wrong = 0
for folder, library in (("lib/include/mcpauth", "lib/libmcpauth.so"),
                        ("middleware/include/mcpauth", "middleware/libmcpauth-mhd.so")):
    want, have = declared(folder), exported(build / library)
    for name in sorted(want ^ have):
        print(f"{name}: {'declared, not exported' if name in want else 'exported, not declared'}")
        wrong += 1
    print(f"{library}: {len(have)} symbols")
sys.exit(wrong != 0)
