"""What is saved of 3-D axes is what matplotlib draws, in few bytes, or is refused."""

import json
import shutil
import struct
from types import SimpleNamespace

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from mpl_toolkits.mplot3d import proj3d
from mpl_toolkits.mplot3d.art3d import Poly3DCollection

from sitebuild.freshness import keys
from sitebuild.jobs import Job
from sitebuild.worker import figures, solid
from tests.site.tree import Tree

KINDS = ("<i2", "<u2", "<u2", "u1", "u1", "u1")
TRIANGLE = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])


@pytest.fixture
def ax():
    """3-D axes with limits that are not those of the data."""
    with mpl.rc_context():
        figures.apply_style()
        fig = plt.figure(figsize=(4, 3), label="A cloud.", layout="constrained")
        ax = fig.add_subplot(projection="3d", xlim=(-2, 3), ylim=(0, 4), zlim=(-1, 1))
        yield ax
        plt.close(fig)


def saved(ax, path):
    """The header of a figure, and the arrays of all groups."""
    ax.figure.savefig(path.with_suffix(".svg"))
    solid.save(ax.figure, [solid.places(ax.figure)], path)
    content = path.read_bytes()
    (length,) = struct.unpack("<I", content[:4])
    header, at = json.loads(content[4 : 4 + length]), 4 + length + length % 2
    groups = []
    for group in header["panels"][0]["groups"]:
        arrays = []
        for kind, count in zip(KINDS, group["counts"], strict=True):
            arrays.append(np.frombuffer(content, kind, count, at))
            at += arrays[-1].nbytes + arrays[-1].nbytes % 2
        groups.append(arrays)
    assert at == len(content)
    return header, groups


def data(vertices, ax):
    """Quantised vertices in the units of the axes."""
    low, high = np.array([ax.get_xlim(), ax.get_ylim(), ax.get_zlim()]).T
    return low + (vertices.reshape(-1, 3) / 2**14 + 0.5) * (high - low)


def colors(header, places):
    return [header["palette"][place] for place in places]


def test_points_keep_their_places_colors_and_sizes(ax, tmp_path):
    points = np.random.default_rng(0).uniform([-2, 0, -1], [3, 4, 1], (50, 3))
    points[7] = np.nan
    names = np.array(["#ff0000", figures.LIGHT, "#0000ff"])[np.arange(50) % 3]
    ax.scatter(*points.T, c=names, s=np.arange(50) + 4, linewidths=0)
    header, ((vertices, _, _, fill, _, size),) = saved(ax, tmp_path / "it.bin")
    there = np.arange(50) != 7
    half = np.array([5, 4, 2]) / 2**14 / 2  # the limits over the steps, rounded
    assert (np.abs(data(vertices, ax) - points[there]) <= half * 1.0001).all()
    assert colors(header, fill) == [f"{name}ff" for name in names[there]]
    radius = np.sqrt((np.arange(50) + 4)[there]) / 2
    assert np.abs(size / 8 - radius).max() <= 1 / 16 + 1e-12
    assert header["ink"] == figures.LIGHT
    assert header["panels"][0]["groups"][0]["fades"]


def test_colors_of_a_map_are_those_before_shading(ax, tmp_path):
    ax.scatter([0, 1, 2], [1, 2, 3], [0, 0.5, 1], c=[0.0, 0.5, 1.0], cmap="viridis")
    header, ((_, _, _, fill, _, _),) = saved(ax, tmp_path / "it.bin")
    viridis = mpl.colormaps["viridis"]([0.0, 0.5, 1.0])
    drawn = [mpl.colors.to_hex(color, keep_alpha=True) for color in viridis]
    assert colors(header, fill) == drawn


def test_lines_are_broken_where_they_have_no_number(ax, tmp_path):
    line = np.array(
        [[0, 1, 0], [1, 1, 0], [np.nan, 1, 0], [1, 2, 0], [2, 2, 0], [2, 3, 0]]
    )
    ax.plot(*line.T, "--", color="C1", linewidth=2.5)
    ax.plot(*line[:2].T, "o", color="C2", markersize=7)
    header, (drawn, dots) = saved(ax, tmp_path / "it.bin")
    vertices, lengths, indices, fill, _, size = drawn
    found = np.split(data(vertices, ax)[indices], np.cumsum(lengths)[:-1])
    for run, expected in zip(found, (line[:2], line[3:]), strict=True):
        assert np.allclose(run, expected, atol=3e-4)
    assert colors(header, fill) == [f"{figures.COLORS[1]}ff"]
    assert list(size) == [20]  # eighths of a point
    assert [group["dashed"] for group in header["panels"][0]["groups"]] == [True, False]
    assert np.allclose(data(dots[0], ax), line[:2], atol=3e-4)
    assert (list(dots[-1]), colors(header, dots[3])) == (
        [28],
        [f"{figures.COLORS[2]}ff"],
    )


def test_collections_of_lines_and_faces_share_their_vertices(ax, tmp_path):
    ax.plot_wireframe(*np.meshgrid([0, 1, 2], [1, 2], indexing="ij"), np.zeros((3, 2)))
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    faces = Poly3DCollection([TRIANGLE, square], facecolors=["#ff000080", "#00ff00"])
    ax.add_collection3d(faces)
    faces.set_edgecolor(figures.LIGHT)
    header, (wires, (vertices, lengths, indices, fill, edge, _)) = saved(
        ax, tmp_path / "it.bin"
    )
    assert (len(wires[0]), sorted(wires[1])) == (6 * 3, [2, 2, 2, 3, 3])
    assert (len(vertices), list(lengths)) == (4 * 3, [3, 4])
    found = np.split(data(vertices, ax)[indices], [3])
    for face, expected in zip(found, (TRIANGLE, square), strict=True):
        assert np.allclose(face, expected, atol=3e-4)
    assert colors(header, fill) == ["#ff000080", "#00ff00ff"]
    assert colors(header, edge) == [f"{figures.LIGHT}ff"]


def test_surfaces_keep_the_colors_that_light_gives_them(ax, tmp_path):
    x, y = np.meshgrid(np.linspace(-2, 3, 9), np.linspace(0, 4, 9))
    surface = ax.plot_surface(x, y, np.sin(x) / 2, color="C0")
    header, ((_, lengths, indices, fill, _, _),) = saved(ax, tmp_path / "it.bin")
    assert (list(lengths), len(indices), len(fill)) == ([4], 4 * 64, 64)
    drawn = {
        bytes(np.round(c * 255).astype("u1")).hex() for c in surface.get_facecolor()
    }
    assert {color[1:] for color in colors(header, fill)} == drawn


@pytest.mark.parametrize("projection", ["persp", "ortho"])
def test_a_viewer_can_find_every_place_of_the_image(ax, tmp_path, projection):
    """By the numbers of the header, computed here as paint.js does it."""
    ax.set_box_aspect((4, 3, 2), zoom=1.1)
    ax.view_init(elev=20, azim=35, roll=15)
    ax.set_proj_type(
        projection, **({"focal_length": 0.7} if projection == "persp" else {})
    )
    point = np.array([1.5, 3.0, -0.5])
    ax.scatter(*point)
    header, _ = saved(ax, tmp_path / "it.bin")
    panel, place = header["panels"][0], header["places"][0]["panels"][0]["place"]
    low, high = np.array([ax.get_xlim(), ax.get_ylim(), ax.get_zlim()]).T
    at = ((point - low) / (high - low) - 0.5) * panel["box"]
    e, a, r = np.deg2rad(panel["view"])
    out = np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])
    aside = np.array([-np.sin(a), np.cos(a), 0])
    above = np.cross(out, aside)
    far = panel["distance"] - (at @ out / panel["focal"] if panel["focal"] else 0)
    x = (np.cos(r) * (at @ aside) - np.sin(r) * (at @ above)) / far
    y = (np.sin(r) * (at @ aside) + np.cos(r) * (at @ above)) / far
    width, height = ax.figure.bbox.size
    *_, left, down, unit = place
    found = [left * width + x * unit * width, (1 - down) * height + y * unit * width]
    expected = ax.transData.transform(proj3d.proj_transform(*point, ax.get_proj())[:2])
    assert np.allclose(found, expected, atol=0.3)  # pixels


def test_axes_are_told_with_their_ticks_or_not_at_all(ax, tmp_path):
    ax.scatter([0], [1], [0])
    ax.set(xlabel="$x$ in m", xticks=[-2, 0.5, 9], zticks=[0], zticklabels=["sea"])
    ax.set_xlim(-2, 3)  # without the last tick
    ax.text(0, 1, 0, "here")
    header, _ = saved(ax, tmp_path / "it.bin")
    across, _, up = header["places"][0]["panels"][0]["axes"]
    low, high = ax.get_xlim()
    assert across["name"] == "x in m"
    assert [text for _, text in across["ticks"]] == ["−2.0", "0.5"]
    assert across["ticks"][1][0] == pytest.approx((0.5 - low) / (high - low), abs=1e-4)
    assert up["ticks"] == [[0.5, "sea"]]
    assert header["panels"][0]["texts"][0][3] == "here"
    ax.set_axis_off()
    header, _ = saved(ax, tmp_path / "it.bin")
    assert header["places"][0]["panels"][0]["axes"] == []


def test_a_figure_is_saved_where_its_axes_stay(tmp_path):
    """Neither more drawing nor the color bar's place changes what the file says."""
    with mpl.rc_context():
        figures.apply_style()
        fig, ax = plt.subplots(
            figsize=(4.2, 3), subplot_kw={"projection": "3d"}, layout="constrained"
        )
        points = ax.scatter([0, 1], [0, 1], [0, 1], c=[0, 1])
        ax.set(xlabel="how far", ylabel="how near", zlabel="how high", title="Two")
        bar = fig.colorbar(points, ax=ax, shrink=0.6)
        first = solid._place(ax, fig)
        solid.settle(fig)
        (panel,) = solid.places(fig)["panels"]
        fig.savefig(tmp_path / "it.svg")
        (again,) = solid.places(fig)["panels"]
        around = fig.get_tightbbox()  # in inches
        plt.close(fig)
    assert np.allclose(panel["place"], again["place"], atol=0.002)
    assert not np.allclose(panel["place"], first, atol=0.01)  # it did move before
    assert panel["axes"] == again["axes"]
    assert around.x0 > -0.02
    assert around.y0 > -0.02
    assert panel["place"][2] <= bar.ax.get_tightbbox().x0 / fig.bbox.width + 1e-3


def test_more_colors_than_a_byte_can_count_are_taken_together(ax, tmp_path):
    shades = np.random.default_rng(0).uniform(size=(400, 3))
    ax.scatter(
        *np.full((3, 401), 0.5),
        c=[*map(tuple, shades), mpl.colors.to_rgb(figures.LIGHT)],
    )
    header, ((_, _, _, fill, _, _),) = saved(ax, tmp_path / "it.bin")
    assert len(header["palette"]) <= 256
    found = [list(bytes.fromhex(color[1:7])) for color in colors(header, fill)]
    assert np.abs(found[:400] - shades * 255).max() < 40
    assert colors(header, fill)[-1] == f"{figures.LIGHT}ff"  # which follows the scheme
    assert all(color.endswith("ff") for color in header["palette"])


@pytest.mark.parametrize(
    ("draw", "why"),
    [
        (lambda ax: ax.scatter(*np.full((3, 9), 99)), "far beyond the limits"),
        (lambda ax: ax.legend(handles=ax.plot([0], [0], [0])), "show a Legend, which"),
        (lambda ax: ax.text2D(0, 0, "here"), "show a Text, which cannot be turned"),
        (lambda ax: ax.set_xlabel(r"$\alpha$"), r"take no TeX: '\$\\\\alpha\$'"),
        (lambda ax: ax.set_zscale("log"), "needs linear ones"),
        (lambda ax: ax.view_init(vertical_axis="x"), "with z upwards"),
    ],
)
def test_what_a_viewer_could_not_show_is_refused(ax, tmp_path, draw, why):
    ax.scatter([1], [1], [0.5])
    draw(ax)
    ax.set(xlim=(-2, 3), ylim=(0, 4), zlim=(0.1, 1))
    with pytest.raises(ValueError, match=why):
        saved(ax, tmp_path / "it.bin")


def test_a_cloud_that_is_too_large_is_refused_by_its_script(ax, tmp_path):
    rng = np.random.default_rng(0)
    ax.scatter(*rng.uniform(0, 1, (3, 5000)), s=1, rasterized=True)
    paths = iter([tmp_path / "it.png"])
    script = SimpleNamespace(run_vars=SimpleNamespace(image_path_iterator=paths))
    why = (
        r"'A cloud.' has [\d,]+ bytes in three dimensions, more than 30,000: draw fewer"
    )
    with pytest.raises(ValueError, match=why):
        figures.save_figures(None, script)
    assert not (tmp_path / "it.bin").exists()


def test_some_thousand_points_fit(ax, tmp_path):
    rng = np.random.default_rng(0)
    ax.scatter(
        *rng.uniform(0, 1, (3, 3700)), c=rng.uniform(size=3700), s=1, rasterized=True
    )
    saved(ax, tmp_path / "it.bin")
    assert (tmp_path / "it.bin").stat().st_size <= solid.LARGEST


def test_a_flat_figure_has_no_such_file(tmp_path):
    fig, flat = plt.subplots()
    flat.plot([0, 1])
    solid.save(fig, [solid.places(fig)], tmp_path / "it.bin")
    plt.close(fig)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["artists.py", "solid.py"])
def test_a_change_in_what_reads_figures_makes_their_scripts_stale(
    tmp_path, monkeypatch, name
):
    worker = tmp_path / "worker"
    shutil.copytree(keys.WORKER, worker)
    monkeypatch.setattr(keys, "WORKER", worker)
    job = Job("gallery", Tree(tmp_path, "").script, tmp_path)
    before = keys.key(job, {})
    assert keys.key(job, {}) == before
    text = (worker / name).read_text("utf-8")
    (worker / name).write_text(f"{text}\n# Changed.\n", "utf-8")
    assert keys.key(job, {}) != before
