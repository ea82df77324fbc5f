"""A small site with a figure in three dimensions, and what is seen of it."""

import base64
import io

import numpy as np
from PIL import Image

from tests.site.browser import SCHEMES, SETTLE
from tests.site.miniature import Project

ALT = "Four points, and a surface over a line."
COLORS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}
ABOVE = (255, 0, 255)  # of a point in the other axes, without perspective
INK = {"light": (35, 38, 45), "dark": (223, 227, 234)}  # of text, see twins.py
SCRIPT = f'''\
"""
# Shapes in space

Four points and a surface.
"""

import matplotlib.pyplot as plt
import numpy as np

# %%
# Turn it.

fig, (left, right) = plt.subplots(
    1, 2, figsize=(7, 3), subplot_kw={{"projection": "3d"}}, layout="constrained"
)
fig.set_label("{ALT}")
points = np.array([[0.2, 0.9, 0.1], [0.9, 0.2, 0.3], [0.2, 0.2, 0.9], [0.6, 0.6, 0.5]])
colors = ["#ff0000", "#00ff00", "#0000ff", "#23262d"]
left.scatter(*points.T, c=colors, s=90, depthshade=False)
left.set(xlim=(0, 1), ylim=(0, 1), zlim=(0, 1), title="Points", xlabel="x", zlabel="z")
left.view_init(elev=25, azim=-50, roll=15)
x, y = np.array([[0, 1, 1, 0], [0, 0, 1, 1]], float)
right.plot_trisurf(x, y, x + y, color="#ffa500")
right.plot([0, 1], [0, 1], [0, -1])
right.plot([0.5], [0.5], [1.8], "o", color="#ff00ff", markersize=9, zorder=99)
right.set_proj_type("ortho")
plt.show()
'''
SHOWS = """
# Space

{words}

<% figure("plot_shapes") %>

{words}
"""


def with_figure(project: Project) -> Project:
    """Add such a figure, far down on a note and on its own page."""
    project.write("examples/space/README.md", "## Space\n\nIn three dimensions.\n")
    project.write("examples/space/plot_shapes.py", SCRIPT)
    project.write("docs/notes/space.md", SHOWS.format(words="Words. " * 2000))
    project.change(
        "mkdocs.yml",
        "      - notes/waves.md\n",
        "      - notes/waves.md\n      - notes/space.md\n",
    )
    return project


def come_to_figure(tab):
    tab.locator(".solid").scroll_into_view_if_needed()
    tab.locator(".solid canvas").wait_for()
    tab.evaluate(SETTLE)
    return tab.locator(".solid")


def switch(tab, scheme):
    tab.evaluate(f"document.body.dataset.mdColorScheme = '{SCHEMES[scheme]}'")
    tab.evaluate(SETTLE)


def painted(figure) -> np.ndarray:
    """What the canvas shows, whatever lies on it."""
    figure.page.evaluate(SETTLE)
    content = figure.locator("canvas").evaluate("(e) => e.toDataURL()")
    return pixels(base64.b64decode(content.partition(",")[2]))


def seen(figure) -> np.ndarray:
    """What the reader sees there."""
    figure.page.evaluate(SETTLE)
    return pixels(figure.locator("canvas").screenshot())


def pixels(content) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), int)


def differ(one, other) -> bool:
    """Tell whether two pictures show different things."""
    return (np.abs(one - other).max(axis=2) > 60).mean() > 0.01


def middle(picture, color):
    """Where a color is in a picture, `(x, y)`."""
    y, x = np.nonzero((np.abs(picture - color) < 40).all(axis=2))
    assert len(x) > 20, f"the color {color} is not there"
    return np.array([x.mean(), y.mean()])
