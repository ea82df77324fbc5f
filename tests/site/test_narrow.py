"""On a narrow page the panels of a figure stand below each other."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import pytest

from sitebuild.worker.narrow import WIDTH, insist_that_all_fits, lay_out_narrow


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


def boxes(axes) -> list[tuple[float, ...]]:
    return [ax.get_position().extents for ax in axes]


def test_the_panels_of_a_row_come_below_each_other():
    fig, axes = plt.subplots(1, 3, figsize=(7, 2.5), layout="constrained")
    lay_out_narrow(fig)
    assert tuple(fig.get_size_inches()) == (WIDTH, 7.5)
    first, second, third = boxes(axes)
    assert first[1] > second[3] > second[1] > third[3]
    assert first[2] - first[0] > 0.8


def test_a_grid_gets_half_as_many_columns():
    fig, axes = plt.subplots(2, 8, figsize=(7, 2.4), layout="constrained")
    lay_out_narrow(fig)
    assert tuple(fig.get_size_inches()) == (WIDTH, 4.8)
    places = boxes(axes.flat)
    assert places[3][0] > places[0][0] == pytest.approx(places[4][0])
    assert places[0][1] > places[4][3]


def test_panels_that_shared_an_axis_tell_its_values():
    fig, axes = plt.subplots(1, 2, figsize=(7, 3), sharey=True, layout="constrained")
    axes[0].set_ylabel("height")
    lay_out_narrow(fig)
    assert axes[1].get_ylabel() == "height"
    assert axes[1].yaxis.get_tick_params()["labelleft"]


def test_a_legend_beside_the_panels_goes_below_them():
    fig, ax = plt.subplots(figsize=(7, 3), layout="constrained")
    ax.plot([0, 1], label="line")
    fig.legend(loc="outside right")
    lay_out_narrow(fig)
    (legend,) = fig.legends
    assert [text.get_text() for text in legend.get_texts()] == ["line"]
    assert legend.get_window_extent().y1 < ax.get_window_extent().y0


def test_a_title_that_does_not_fit_is_refused():
    fig, ax = plt.subplots(figsize=(7, 3), layout="constrained", label="A wave")
    lay_out_narrow(fig)
    insist_that_all_fits(fig)
    ax.set_title("What the shore sees of a wave " * 3)
    with pytest.raises(ValueError, match=r"the figure 'A wave' is .* inches too wide"):
        insist_that_all_fits(fig)


def test_colorbars_and_labels_stay_inside():
    fig, axes = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
    for ax in axes:
        image = ax.imshow([[0, 1]])
        ax.set(xlabel="column", ylabel="row")
        fig.colorbar(image, ax=ax, label="value")
    lay_out_narrow(fig)
    fig.draw_without_rendering()  # as saving does
    insist_that_all_fits(fig)
    around, page = fig.get_tightbbox(), fig.bbox_inches
    assert page.y0 <= around.y0 < around.y1 <= page.y1
