"""Checks of dlnotes.votenet.scans, on small files as the published program writes."""

import numpy as np
import pytest
import torch

from dlnotes.votenet.scans import NYU40, read_scannet, read_sunrgbd

CENTER, HALF, HEADING = np.array([1.0, 2.0, 0.5]), np.array([1.0, 0.4, 0.5]), 0.6


def write_scannet(folder, **changes):
    """Two chairs and a wall; each chair has its points in a cube."""
    rng = np.random.default_rng(0)
    points = rng.random((60, 6)) * [1, 1, 1, 255, 255, 255]
    points[20:40, :3] += 3
    instance = np.repeat([1, 2, 3], 20).astype("uint32")
    semantic = np.repeat([5, 39, 1], 20).astype("uint32")
    boxes = []
    for number, label in ((1, 5), (2, 39)):
        mine = points[instance == number, :3]
        low, high = mine.min(0), mine.max(0)
        boxes.append([*(low + high) / 2, *(high - low), label])
    files = {
        "vert": points,
        "sem_label": semantic,
        "ins_label": instance,
        "bbox": np.array(boxes),
    }
    for name, array in (files | changes).items():
        np.save(folder / f"scene0000_00_{name}.npy", array)
    return files


def write_sunrgbd(folder, **changes):
    """One box whose heading turns from the x axis towards the negative y axis."""
    rng = np.random.default_rng(0)
    along = np.array([np.cos(HEADING), -np.sin(HEADING), 0])
    aside = np.array([np.sin(HEADING), np.cos(HEADING), 0])
    local = rng.random((50, 3)) * 4 - 2
    points = CENTER + local @ np.array([along, aside, [0, 0, 1]])
    held = (np.abs(local) <= HALF).all(1)
    votes = np.zeros((50, 10))
    votes[held, 0] = 1
    votes[held, 1:] = np.tile(CENTER - points[held], 3)
    files = {
        "pc": np.concatenate([points, rng.random((50, 3))], 1),
        "bbox": np.array([[*CENTER, *HALF, HEADING, 4.0]]),
        "votes": votes,
    }
    files |= changes
    np.savez_compressed(folder / "000001_pc.npz", pc=files["pc"])
    np.save(folder / "000001_bbox.npy", files["bbox"])
    np.savez_compressed(folder / "000001_votes.npz", point_votes=files["votes"])
    return files, held


def test_a_scan_of_scannet_is_read(tmp_path):
    files = write_scannet(tmp_path)
    scan = read_scannet(tmp_path, "scene0000_00")
    np.testing.assert_allclose(scan.points, files["vert"][:, :3], rtol=1e-6)
    np.testing.assert_allclose(scan.colors * 255, files["vert"][:, 3:], rtol=1e-6)
    np.testing.assert_allclose(scan.boxes[:, :6], files["bbox"][:, :6], rtol=1e-6)
    assert not scan.boxes[:, 6].any()
    assert [NYU40[number] for number in scan.classes] == [5, 39]
    assert scan.on_object.tolist() == [True] * 40 + [False] * 20


def test_points_of_scannet_vote_for_the_center_of_their_box(tmp_path):
    """Eq. (true-votes) where the center is that of the stored box."""
    write_scannet(tmp_path)
    scan = read_scannet(str(tmp_path), "scene0000_00")
    reached = scan.points[:, None] + scan.offsets
    for first, box in ((0, 0), (20, 1)):
        wanted = scan.boxes[box, :3].expand(20, 3, 3)
        torch.testing.assert_close(reached[first : first + 20], wanted)
    assert not scan.offsets[40:].any()


def test_points_without_an_instance_do_not_vote(tmp_path):
    none = np.repeat([0, 2, 3], 20).astype("uint32")
    write_scannet(tmp_path, ins_label=none)
    scan = read_scannet(tmp_path, "scene0000_00")
    assert scan.on_object.tolist() == [False] * 20 + [True] * 20 + [False] * 20


def test_half_lengths_and_headings_of_sun_rgbd_are_brought_to_ours(tmp_path):
    """The points that vote are those in the box, turned counter-clockwise."""
    files, held = write_sunrgbd(tmp_path)
    scan = read_sunrgbd(tmp_path, "000001")
    box = scan.boxes[0]
    np.testing.assert_allclose(box[3:6], 2 * HALF, rtol=1e-6)
    flat = torch.complex(*(scan.points[:, :2] - box[:2]).T.contiguous())
    flat = flat * torch.polar(torch.tensor(1.0), -box[6])
    away = torch.stack([flat.real, flat.imag, scan.points[:, 2] - box[2]], 1).abs()
    inside = (away <= box[3:6] / 2).all(1)
    assert inside.tolist() == held.tolist() == scan.on_object.tolist()
    assert inside.any()
    reached = (scan.points[:, None] + scan.offsets)[held]
    torch.testing.assert_close(reached, box[:3].expand_as(reached))
    assert scan.classes.tolist() == [4]
    np.testing.assert_allclose(scan.colors, files["pc"][:, 3:], rtol=1e-6)


def test_a_scan_without_objects_is_read(tmp_path):
    write_sunrgbd(tmp_path, bbox=np.zeros((0, 8)), votes=np.zeros((50, 10)))
    scan = read_sunrgbd(tmp_path, "000001")
    assert scan.boxes.shape == (0, 7)
    assert scan.classes.shape == (0,)
    assert not scan.on_object.any()
    write_scannet(tmp_path, bbox=np.zeros((0, 7)))
    assert read_scannet(tmp_path, "scene0000_00").boxes.shape == (0, 7)


BOX = [1, 2, 3, 1, 1, 1, 0.0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vert": np.zeros((60, 5))}, r"_vert.npy: must have shape \(rows, 6\), has"),
        ({"vert": np.full((60, 6), np.nan)}, "_vert.npy: must be finite, .* row 0"),
        ({"bbox": np.array([[*BOX[:6], 2]])}, "_bbox.npy: classes .* one is 2"),
        ({"bbox": np.array([[0, 0, 0, 1, -1, 1, 5]])}, "_bbox.npy: sizes .* -1"),
        ({"sem_label": np.zeros(60)}, "_sem_label.npy: must hold whole numbers"),
        (
            {"ins_label": np.zeros(9, int)},
            r"_ins_label.npy: must be \(60,\), is \(9,\)",
        ),
    ],
)
def test_odd_files_of_scannet_are_refused_by_name(tmp_path, changes, message):
    write_scannet(tmp_path, **changes)
    with pytest.raises(ValueError, match=f"scene0000_00{message}"):
        read_scannet(tmp_path, "scene0000_00")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pc": np.zeros((50, 3))}, r"_pc.npz, key 'pc': must have shape \(rows, 6\)"),
        ({"bbox": np.array([[*BOX, 10]])}, "_bbox.npy: classes .* one is 10"),
        ({"bbox": np.array([[*BOX, 0.5]])}, "_bbox.npy: classes .* one is 0.5"),
        ({"bbox": np.zeros((2, 7))}, r"_bbox.npy: must have shape \(rows, 8\)"),
        ({"votes": np.zeros((49, 10))}, "_votes.npz, key 'point_votes': .* 50 rows"),
        ({"votes": np.full((50, 10), 2.0)}, "_votes.npz, key 'point_votes': .* 0 or 1"),
        ({"votes": 0.5 * np.eye(50, 10)}, "_votes.npz, key 'point_votes': .* 0 or 1"),
    ],
)
def test_odd_files_of_sun_rgbd_are_refused_by_name(tmp_path, changes, message):
    write_sunrgbd(tmp_path, **changes)
    with pytest.raises(ValueError, match=f"000001{message}"):
        read_sunrgbd(tmp_path, "000001")


def test_damaged_and_missing_files_are_named(tmp_path):
    write_sunrgbd(tmp_path)
    for name, key in (("votes", "point_votes"), ("pc", "pc")):
        path = tmp_path / f"000001_{name}.npz"
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(ValueError, match=f"000001_{name}.npz: is no complete"):
            read_sunrgbd(tmp_path, "000001")
        np.savez(path, other=np.zeros(3))
        with pytest.raises(ValueError, match=f"000001_{name}.npz: .* key '{key}'"):
            read_sunrgbd(tmp_path, "000001")
    with pytest.raises(FileNotFoundError, match=r"000002_pc.npz"):
        read_sunrgbd(tmp_path, "000002")
