"""The picture of the house, lib/house.svg: where its rooms are, and the arrows between them."""
import collections
import xml.sax.saxutils

# From outside a frame its rooms are one.
FRAME = {"client": ("client", "discovery", "storage", "registration", "login", "grants",
                    "session", "tokens", "request")}

# Where a room is, and what it is for: x, y, width, height.
PLACES = {
    "chain": (32, 126, 112, 50, "stages in order"),
    "stages": (190, 126, 112, 50, "one file each"),
    "middleware": (348, 126, 130, 50, "requests, routes"),
    "monitoring": (230, 198, 112, 40, "log, metrics"),
    "origins": (532, 84, 112, 40, "hosts, pages"),
    "mcp": (532, 131, 112, 40, "messages, tools"),
    "clients": (532, 178, 112, 40, "addresses"),
    "scope_list": (700, 131, 112, 40, "of a challenge"),
    "lib": (32, 330, 130, 50, "the public object"),
    "token": (216, 330, 112, 50, "who judges it"),
    "diagnosis": (80, 430, 92, 40, "why not"),
    "endpoint": (382, 330, 112, 50, "issuers, asked"),
    "jose": (548, 304, 112, 40, "keys, signatures"),
    "metadata": (548, 366, 112, 40, "documents"),
    "net": (714, 335, 112, 40, "network thread"),
    "settings": (32, 600, 130, 40, "files, by calls"),
    "request": (202, 520, 104, 40, "a program's"),
    "tokens": (344, 520, 104, 40, "the way to one"),
    "login": (486, 448, 104, 36, "browser"),
    "grants": (486, 498, 104, 36, "questions"),
    "registration": (486, 548, 104, 36, "who it is"),
    "session": (486, 598, 104, 36, "one server's"),
    "discovery": (630, 470, 104, 40, "whose server"),
    "storage": (630, 548, 104, 40, "what is kept"),
    "client": (760, 598, 84, 36, "ask, dpop"),
}
FRAMES = {
    "client": (186, 424, 664, 226, "lib/client"),
    "wing": (16, 68, 844, 184, "middleware: libmcpauth-mhd"),
    "lib wing": (16, 276, 844, 390, "lib: libmcpauth"),
}
# Arrows that would run through a room go round it.
ROUTES = {
    ("lib", "client"): [(56, 380), (56, 540), (186, 540)],
    ("lib", "diagnosis"): [(112, 380), (112, 430)],
    ("diagnosis", "token"): [(146, 430), (146, 404), (250, 404), (250, 380)],
    ("client", "endpoint"): [(438, 424), (438, 380)],
    ("discovery", "client"): [(734, 490), (802, 490), (802, 598)],
}
LABEL = {"lib": "lib/*.c", "middleware": "*.c", "chain": "chain.c", "client": "*.c"}

# A request (numbers) and a token (letters) on their way; the page's text goes by them.
WAYS = {
    "request": [
        [("1", 372, 84), "M372 42 V124"],
        [("2", 325, 138), "M346 138 H306"],
        [("3", 325, 164), "M304 164 H344"],
        [("4", 452, 84), "M452 124 V44"],
    ],
    "token": [
        [("A", 140, 264), "M206 178 V264 H140 V326"],
        [("B", 189, 342), "M164 342 H212"],
        [("C", 355, 342), "M330 342 H378"],
        [("D", 690, 290), "M470 328 V290 H770 V331"],
        [("E", 882, 355), "M828 355 H908"],
        [("F", 521, 324), "M496 332 L544 318"],
    ],
}

STYLE = """
text { font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
.job { font-size: 11px; fill: #57606a }
.wing { fill: #f6f8fa; stroke: #d0d7de }
.frame { fill: #ffffff; stroke: #8c959f; stroke-dasharray: 4 3 }
.room { fill: #ffffff; stroke: #57606a }
.paper { fill: #ffffff }
.arrow { fill: none; stroke: #6e7781; stroke-width: 1.2; marker-end: url(#head) }
.head { fill: #6e7781 }
.request { fill: none; stroke: #0550ae; stroke-width: 3 }
.token { fill: none; stroke: #bc4c00; stroke-width: 3 }
.request-dot { fill: #0550ae }
.token-dot { fill: #bc4c00 }
.on-dot { fill: #ffffff; font-weight: 600; font-size: 12px }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .job { fill: #9da7b1 }
  .paper { fill: #0d1117 }
  .wing { fill: #161b22; stroke: #30363d }
  .frame { fill: #0d1117; stroke: #6e7681 }
  .room { fill: #21262d; stroke: #8b949e }
  .arrow { stroke: #8b949e }
  .head { fill: #8b949e }
  .request { stroke: #58a6ff }
  .token { stroke: #f0883e }
  .request-dot { fill: #58a6ff }
  .token-dot { fill: #f0883e }
  .on-dot { fill: #0d1117 }
}
"""


def arrows(rooms, edges):
    """What is drawn: from outside, a frame is one; no arrow where a longer way leads."""
    drawn = {(of, to) for of, to in edges if of in rooms and to in rooms and to != "base"}
    inside = {name: frame for frame, names in FRAME.items() for name in names}

    def outer(of, to):
        crosses = inside.get(of) != inside.get(to)
        return (inside.get(of, of), inside.get(to, to)) if crosses else (of, to)

    plain = {outer(of, to) for of, to in drawn}
    # A frame has the name of its lowest room: the two must not be taken for one.
    inner = {(of, to) for of, to in drawn if inside.get(of) == inside.get(to) is not None}
    kept = reduce(inner) | reduce({pair for pair in plain if pair not in inner})
    return sorted(kept), inner


def reduce(pairs):
    """Without the pairs between which a longer way leads."""
    follow = collections.defaultdict(set)
    for of, to in pairs:
        follow[of].add(to)

    def leads(of, to):
        return any(step == to or leads(step, to) for step in follow[of])

    return {(of, to) for of, to in pairs
            if not any(step != to and leads(step, to) for step in follow[of])}


def border(box, towards):
    """Where a line from the box's middle leaves it."""
    x, y, width, height = box[:4]
    middle = (x + width / 2, y + height / 2)
    dx, dy = towards[0] - middle[0], towards[1] - middle[1]
    scale = min(width / 2 / abs(dx) if dx else 9e9, height / 2 / abs(dy) if dy else 9e9)
    return middle[0] + dx * scale, middle[1] + dy * scale


def centre(box):
    return box[0] + box[2] / 2, box[1] + box[3] / 2


def draw_arrow(of, to, is_inner):
    start = FRAMES[of] if of in FRAMES and not is_inner else PLACES[of]
    end = FRAMES[to] if to in FRAMES and not is_inner else PLACES[to]
    points = ROUTES.get((of, to), [border(start, centre(end)), border(end, centre(start))])
    path = " L".join(f"{x:.0f} {y:.0f}" for x, y in points)
    return f'<path class="arrow" d="M{path}"><title>{of} includes {to}</title></path>'


def draw_room(name):
    x, y, width, height, job = PLACES[name]
    text = xml.sax.saxutils.escape(LABEL.get(name, name))
    middle = x + width / 2
    return (f'<rect class="room" x="{x}" y="{y}" width="{width}" height="{height}" rx="4"/>\n'
            f'<text x="{middle:.0f}" y="{y + height / 2 - 2:.0f}" text-anchor="middle">{text}</text>\n'
            f'<text class="job" x="{middle:.0f}" y="{y + height / 2 + 12:.0f}"'
            f' text-anchor="middle">{job}</text>')


def draw_frame(name):
    x, y, width, height, text = FRAMES[name]
    kind = "wing" if "wing" in name else "frame"
    return (f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="6"/>\n'
            f'<text x="{x + 10}" y="{y + 18}">{text}</text>')


def draw_way(kind):
    for (mark, x, y), path in WAYS[kind]:
        yield f'<path class="{kind}" d="{path}" marker-end="url(#{kind}-head)"/>'
        yield f'<circle class="{kind}-dot" cx="{x}" cy="{y}" r="9"/>'
        yield f'<text class="on-dot" x="{x}" y="{y + 4}" text-anchor="middle">{mark}</text>'


def draw_text(x, y, text, kind=""):
    kind = f' class="{kind}"' if kind else ""
    return f'<text{kind} x="{x}" y="{y}">{text}</text>'


def heads():
    for name, kind, size in (("head", "head", 8), ("request-head", "request-dot", 4),
                             ("token-head", "token-dot", 4)):
        yield (f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="{size}"'
               f' markerHeight="{size}" orient="auto"><path class="{kind}" d="M0 0 L8 4 L0 8z"/>'
               '</marker>')


def draw(rooms, edges):
    pairs, inner = arrows(rooms, edges)
    lines = ['<svg xmlns="http://www.w3.org/2000/svg" width="960" height="752"'
             ' viewBox="0 0 960 752" role="img" aria-label="The rooms of mcpauth, which includes'
             ' which, and the way of a request and of a token through them">',
             f"<style>{STYLE}</style>", "<defs>", *heads(), "</defs>",
             '<rect class="paper" width="960" height="752"/>']
    lines += [draw_frame(name) for name in ("wing", "lib wing", "client")]
    lines += [draw_arrow(of, to, (of, to) in inner) for of, to in pairs]
    lines += [draw_room(name) for name in rooms if name != "base"]
    lines += [*draw_way("request"), *draw_way("token")]
    lines += [
        draw_text(306, 36, "libmicrohttpd"), draw_text(426, 36, "your handler"),
        draw_text(882, 338, "the issuer"),
        '<rect class="wing" x="16" y="682" width="844" height="30" rx="6"/>',
        draw_text(26, 702, "lib/base, and the public headers: every room may include them"),
        draw_text(16, 736, "A grey arrow: includes headers of. Left out where a longer way of arrows"
                  " leads there. The middleware includes nothing else of lib.", "job"),
        "</svg>"]
    return "\n".join(lines) + "\n"


def misplaced(rooms):
    """What is wrong with the places: one for each room, but for base, which is the floor."""
    shown = set(rooms) - {"base"}
    for name in sorted(shown - set(PLACES)):
        yield f"{name}: has no place in house_picture.py"
    for name in sorted(set(PLACES) - shown):
        yield f"{name}: no such room, but a place in house_picture.py"
