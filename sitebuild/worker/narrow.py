"""Lays a figure out for a narrow page: the panels of a row come below each other."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec

WIDTH = 4.2  # inches; a phone shows text of this figure nearly as large as its own
HEIGHT = 3.0  # of a panel, at most
SLACK = 0.05  # what a reader does not notice


def lay_out_narrow(fig: Figure) -> None:
    """Change a figure to the width of a phone, with type as large as before."""
    panels = {ax: spec for ax in fig.axes if (spec := ax.get_subplotspec())}
    rows = _stack(panels, fig) if panels else 1
    fig.set_size_inches(WIDTH, rows * min(HEIGHT, fig.get_figheight()))
    for legend in list(fig.legends):
        handles = [handle for handle in legend.legend_handles if handle]
        names = [text.get_text() for text in legend.get_texts()]
        legend.remove()
        fig.legend(handles, names, loc="outside lower center", ncols=2)
    fig.draw_without_rendering()  # the layout finds its place in two steps


def insist_that_all_fits(fig: Figure) -> None:
    """Refuse a figure whose titles or labels are wider than a phone.

    Raises:
        ValueError: If something reaches beyond the figure.
    """
    around, page = fig.get_tightbbox(), fig.bbox_inches
    beyond = max(page.x0 - around.x0, around.x1 - page.x1)
    if beyond > SLACK:
        raise ValueError(
            f"on a phone the figure {fig.get_label()!r} is {beyond:.2f} inches too "
            "wide: shorten its titles or labels, or break them"
        )


def _stack(panels: dict[Axes, SubplotSpec], fig: Figure) -> int:
    """Put panels into fewer columns; give how many rows one row becomes."""
    first, spec = next(iter(panels.items()))
    old = spec.get_gridspec()
    columns = 1 if old.nrows == 1 else old.ncols // 2
    rows = -(-len(panels) // columns)
    grid = fig.add_gridspec(rows, columns)
    for place, ax in enumerate(panels):
        ax.set_subplotspec(grid[place])
        if columns == 1 and first.get_shared_y_axes().joined(first, ax):
            ax.tick_params(labelleft=True)
            ax.set_ylabel(first.get_ylabel())
    return rows // old.nrows
