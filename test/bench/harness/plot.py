"""Bar charts as SVG, readable on a light and on a dark page."""
import html
import math

WIDTH = 860
CHARACTER = 6.9  # of the widest usual digits and letters at 12 px
BAR = 15
STEP = 19
HEADING = 26
TOP = 44
AXIS = 34
STYLE = """
text { font: 12px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #24292f }
.title { font-size: 15px; font-weight: 600 }
.heading { font-weight: 600 }
.small { font-size: 11px; fill: #57606a }
.bar { fill: #9aa7b4 }
.ours { fill: #1f7a4d }
.base { fill: #c4ccd4 }
.line { stroke: #d0d7de }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .small { fill: #9da7b1 }
  .bar { fill: #6b7784 }
  .ours { fill: #3fb37a }
  .base { fill: #4a535d }
  .line { stroke: #30363d }
}
"""


def number(value):
    """Three figures, as a table wants them."""
    if value >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def ticks(highest, lowest, log):
    if log:
        return [10 ** power for power in range(math.floor(math.log10(lowest)),
                                               math.ceil(math.log10(highest)) + 1)]
    step = 10 ** math.floor(math.log10(highest))
    step = step / 2 if highest / step < 3 else step
    return [step * i for i in range(math.ceil(highest / step) + 1)]


class Scale:
    def __init__(self, values, log, left, right):
        self.ticks = ticks(max(values), min(values), log)
        self.log, self.left, self.right = log, left, right

    def at(self, value):
        first, last = self.ticks[0], self.ticks[-1]
        if self.log:
            first, last, value = math.log10(first), math.log10(last), math.log10(value)
        return self.left + (value - first) / (last - first) * (self.right - self.left)


def text(x, y, words, style="", anchor="start"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" text-anchor="{anchor}">'
            f'{html.escape(words)}</text>')


def draw_axis(scale, top, bottom):
    parts = []
    for value in scale.ticks:
        x = scale.at(value)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}" class="line"/>')
        parts.append(text(x, bottom + 15, f"{value:g}", "small", "middle"))
    return parts


def draw_group(scale, y, heading, bars):
    """@param bars  (label, value, class)"""
    parts = [text(scale.left, y + 17, heading, "heading")]
    y += HEADING
    for label, value, style in bars:
        end = scale.at(value)
        parts.append(text(scale.left - 8, y + 12, label, "", "end"))
        parts.append(f'<rect x="{scale.left:.1f}" y="{y}" width="{max(end - scale.left, 1):.1f}" '
                     f'height="{BAR}" rx="2" class="{style}"/>')
        parts.append(text(end + 6, y + 12, number(value)))
        y += STEP
    return parts


def bars(title, unit, groups, log=False):
    """
    @param groups  (heading, [(label, value, class)]), from the top
    @return the SVG's text; None if there is nothing to show
    """
    groups = [(heading, found) for heading, found in groups if found]
    values = [value for _, found in groups for _, value, _ in found if value > 0]
    if not values:
        return None
    labels = max(len(label) for _, found in groups for label, _, _ in found)
    left = labels * CHARACTER + 16
    scale = Scale(values, log, left, WIDTH - 80)
    heights = [HEADING + STEP * len(found) for _, found in groups]
    bottom = TOP + sum(heights) + 4
    parts = [text(12, 24, title, "title")] + draw_axis(scale, TOP, bottom)
    y = TOP
    for (heading, found), height in zip(groups, heights):
        parts += draw_group(scale, y, heading, found)
        y += height
    parts.append(text(12, bottom + 15, unit + (", logarithmic" if log else ""), "small"))
    height = bottom + AXIS
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{html.escape(title)}">\n'
            f'<style>{STYLE}</style>\n' + "\n".join(parts) + "\n</svg>\n")
