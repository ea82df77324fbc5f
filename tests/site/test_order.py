"""Checks of the order in which a build runs its scripts."""

from sitebuild import runner
from sitebuild.jobs import Job


def test_what_may_take_long_runs_first(tmp_path, monkeypatch):
    texts = {"a": "", "b": "for seed in range(seeds):", "c": "", "d": "range(seeds)"}
    jobs = []
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text(text, "utf-8")
        jobs.append(Job("gallery", tmp_path / f"{name}.py", tmp_path))
    known = {"c.py": {"seconds": 3}, "d.py": {"seconds": 50}}
    monkeypatch.setattr(runner.keys, "stored", lambda job: known.get(job.label))
    order = [job.label for job in runner._longest_first(jobs)]
    assert order == ["b.py", "a.py", "d.py", "c.py"]
