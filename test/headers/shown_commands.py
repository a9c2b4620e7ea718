"""Commands of pages for those who work on the project, which no test runs: the files, programs,
options and suites that they name are there. Those of the guides are run (test/readme)."""
import pathlib
import re
import shlex
import sys

root = pathlib.Path(__file__).resolve().parents[2]
# Why they are not run here.
NOT_RUN = {
    "CONTRIBUTING.md": "test/run runs this test",
    "test/analysis/README.md": "minutes each; test/run and --long run them",
    "test/bench/README.md": "a benchmark is no test",
    "test/bench/servers/README.md": "25 minutes of a quiet machine",
    "test/fuzz/README.md": "wants clang's libFuzzer; test/run --long fuzzes",
    "test/install/README.md": "wants root and a bare machine; test/run runs test/install/run",
}
MESONS_OWN = {"b_lundef", "b_sanitize", "buildtype", "c_args", "default_library", "libdir",
              "optimization"}
FEATURES = set(re.findall(r"^option\('([\w-]+)', type: 'feature'",
                          (root / "meson_options.txt").read_text(encoding="utf-8"), re.M))
SUITES = {name for file in root.glob("**/meson.build")
          if not file.relative_to(root).parts[0].startswith("build")
          for name in re.findall(r"suite: '([\w-]+)'", file.read_text(encoding="utf-8"))}
PROGRAM = re.compile(r"build[\w-]*/(test/(?:\w+/)*(\w+)/\2_(\w+))$")


def commands(block):
    """Each as its words; what a shell does to them besides is left out."""
    block = re.sub(r"\\\n\s*", " ", block)
    for line in block.splitlines():
        words = shlex.split(line, comments=True)
        while words:
            end = next((at for at, word in enumerate(words) if word in ("&&", "||", "|", ";", "&")),
                       len(words))
            if end:
                yield words[:end]
            words = words[end + 1:]


def source_of(word):
    """The text that has to know a program's options; None for others' programs."""
    built = PROGRAM.match(word)
    if built is not None:
        folder = root / pathlib.Path(built[1]).parent
        files = [folder / f"{built[3]}.c", folder / f"{built[2]}.c"]
        return "".join(file.read_text(encoding="utf-8") for file in files if file.is_file())
    if word.startswith(("test/", "examples/")):
        file = root / word
        return file.read_text(encoding="utf-8") if file.is_file() else ""
    return None


def faults_of_meson(words):
    for name, value in re.findall(r"-D([\w-]+)=(\S*)", " ".join(words)):
        if name in FEATURES and value not in ("enabled", "disabled", "auto"):
            yield f"{name} is never {value}"
        elif name not in FEATURES | MESONS_OWN:
            yield f"there is no option {name}"
    for flag, suite in zip(words, words[1:]):
        if flag == "--suite" and suite not in SUITES:
            yield f"there is no suite {suite}"


def faults(words):
    words = [word for word in words if not re.match(r"[A-Z]+=", word)]
    if words and words[0] == "meson":
        yield from faults_of_meson(words)
    for word in words:
        built = PROGRAM.match(word)
        if built is not None and not (root / built[1]).with_name(f"{built[3]}.c").is_file():
            yield f"nothing builds {word}"
        for path in re.findall(r"(?:^|=)((?:test|examples)/[\w./-]+)", word):
            if not (root / path).exists():
                yield f"there is no {path}"
    text = source_of(words[0]) if words else None
    if not text:
        return
    for word in words[1:]:
        # libFuzzer's own have one dash.
        if word.startswith("--") and word not in re.findall(r"--[\w-]+", text):
            yield f"{words[0]} knows no {word}"


def blocks_of(page):
    return re.findall(r"^ *```sh\n(.*?)^ *```$", page.read_text(encoding="utf-8"), re.S | re.M)


pages = [page for page in sorted((root / "CONTRIBUTING.md", *root.glob("test/**/*.md"),
                                  *root.glob("lib/**/*.md")))
         if "node_modules" not in page.parts and blocks_of(page)]
wrong, count = [], 0
for page in pages:
    name = str(page.relative_to(root))
    shown = [words for block in blocks_of(page) for words in commands(block)]
    count += len(shown)
    wrong += [f"{name}: {' '.join(words)}: {fault}" for words in shown for fault in faults(words)]
    if name in NOT_RUN:
        print(f"not run: {len(shown)} of {name}: {NOT_RUN[name]}")
    else:
        wrong.append(f"{name}: nobody runs its commands, and nobody says why")
wrong += [f"{name} has no commands" for name in NOT_RUN
          if name not in {str(page.relative_to(root)) for page in pages}]
print("\n".join(wrong) or f"{count} commands name what is there")
sys.exit(bool(wrong) or count < 40)
