"""What a job reads is noted with its state, or refused, whichever way it reads it."""

import compileall
import json

import pytest

from sitebuild.freshness.files import file_hash, state
from tests.site.alone import run_alone

HEAD = """
import json, os, pathlib, tempfile
from sitebuild.worker.watch import Watch
home = tempfile.mkdtemp()
tempfile.tempdir = home
watch = Watch(pathlib.Path({root!r}), [pathlib.Path(home)])
{code}
print(json.dumps(watch.finish()))
"""
# Runs pieces of code one by one; tells what was refused, however it was caught.
TRIALS = """
found = []
for code in json.loads({trials!r}):
    try:
        exec(compile(code, 'trial', 'exec'), {{}})
    except BaseException:
        pass
    found.append(watch.refused[-1] if watch.refused else "")
    watch.refused.clear()
print(json.dumps(found))
"""


@pytest.fixture
def reads(tmp_path):
    """Run code in a small project; give what it opened and what it imported."""
    root = tmp_path / "project"
    for name in ("data/a.txt", "lib/__init__.py", "site/b.txt", ".cache/c.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("4.5\n")
    (root / "lib/__init__.py").write_text("")
    (root / "lib/part.py").write_text("X = 1\n")
    (root / "lib/loud.py").write_text("import warnings\nwarnings.warn('Loud')\n")

    def run(code: str) -> dict[str, dict[str, str]]:
        text = HEAD.format(root=str(root), code=code)
        return json.loads(run_alone(text, root, tmp_path / "printed").splitlines()[0])

    return run


IN_C = "try:\n    {}\nexcept Exception: pass"  # no file of the kind that it reads
OPENED = {
    "open.txt": "open('data/open.txt')",
    "pathlib.txt": "pathlib.Path('data/pathlib.txt').read_text()",
    "absolute.txt": "open(os.path.abspath('data/absolute.txt'), 'rb')",
    "bytes.txt": "open(b'data/bytes.txt')",
    "os.txt": "os.close(os.open('data/os.txt', os.O_RDONLY))",
    "detour.txt": "open('data/../lib/../data/detour.txt')",
    "numpy.txt": "import numpy; numpy.fromfile('data/numpy.txt')",
    "memmap.txt": "import numpy; numpy.memmap('data/memmap.txt', mode='r')",
    "link.txt": "os.symlink(os.path.abspath('data/link.txt'), home + '/x'); "
    "open(home + '/x')",
    "hard.txt": "os.link('data/hard.txt', home + '/hard')",
    "copy.txt": "import shutil; shutil.copy('data/copy.txt', home)",
    "folder.txt": "os.chdir('data'); open('folder.txt'); os.chdir('..')",
    "missed.txt": IN_C.format("open('data/missed.txt')"),
    "exists.txt": "os.path.exists('data/exists.txt')",
    "is_file.txt": "pathlib.Path('data/is_file.txt').is_file()",
    "access.txt": "os.access('data/access.txt', os.R_OK)",
    "size.txt": "os.path.getsize('data/size.txt')",
    "line.txt": "import linecache; linecache.getline('data/line.txt', 1)",
    "sql.txt": "import sqlite3; sqlite3.connect('data/sql.txt')",
    "torch.txt": "import torch; torch.from_file('data/torch.txt', size=1)",
    "storage.txt": "torch.UntypedStorage.from_file('data/storage.txt', False, 1)",
    "jit.txt": IN_C.format("torch.jit.load('data/jit.txt')"),
    "load.txt": IN_C.format("torch.load('data/load.txt')"),
    "thread.txt": "import threading; t = threading.Thread(target=open, "
    "args=('data/thread.txt',)); t.start(); t.join()",
    "run.txt": "import runpy; runpy.run_path('data/run.txt')",
}
NOT_THERE = {"missed.txt", "exists.txt", "is_file.txt", "access.txt"}


def test_files_that_are_opened_are_noted(reads, tmp_path):
    """Missed ones too: were they there, the script could behave otherwise."""
    data = tmp_path / "project/data"
    for name in OPENED.keys() - NOT_THERE:
        (data / name).write_text("1.5  # long enough")
    opened = reads("\n".join(OPENED.values()))["opened"]
    for name in OPENED:
        assert opened.get(f"data/{name}") == file_hash(data / name), name
    assert {n for n in OPENED if opened[f"data/{n}"] == "missing"} == NOT_THERE
    assert set(opened) - {f"data/{n}" for n in OPENED} <= {"data"}


LISTED = {
    "os.listdir('data')": "data/",
    "list(os.scandir(b'data'))": "data/",
    "os.chdir('data'); os.listdir(); os.chdir('..')": "data/",
    "import glob; glob.glob('data/*')": "data/",
    "list(pathlib.Path('data').iterdir())": "data/",
    "list(os.walk('data'))": "data/",
    "os.open('a.txt', os.O_RDONLY, dir_fd=os.open('data', os.O_RDONLY))": "data/**",
}


@pytest.mark.parametrize(("code", "name"), LISTED.items())
def test_folders_that_are_listed_are_noted(reads, tmp_path, code, name):
    """A new file, and another size, show in a listing; a folder's name says less."""
    root = tmp_path / "project"
    assert reads(code)["opened"][name] == state(root, name)
    before = state(root, name)
    (root / "data/a.txt").write_text("longer\n")
    longer = state(root, name)
    (root / "data/new.txt").write_text("")
    assert len({before, longer, state(root, name)}) == 3
    assert state(root, "data") == "folder"


def test_the_hash_is_that_of_the_time_of_reading(reads, tmp_path):
    path = tmp_path / "project/data/a.txt"
    before = file_hash(path)
    change = f"import ctypes\nwatch.over = True\nopen({str(path)!r}, 'w').write('new')"
    read = reads(f"open('data/a.txt')\n{change}")
    assert read["opened"]["data/a.txt"] == before != file_hash(path)


def test_files_outside_the_project_are_noted(reads, tmp_path):
    path = tmp_path / "outside.txt"
    path.write_text("1")
    read = reads(f"open({str(path)!r}); open(home + '/own', 'w'); open(home + '/own')")
    assert read["opened"] == {str(path): file_hash(path)}


def test_imports_are_told_from_other_reading(reads, tmp_path):
    """With and without compiled files; a module may also be read as a text."""
    wanted = {
        name: file_hash(tmp_path / "project" / name)
        for name in ("lib/__init__.py", "lib/part.py")
    }
    for _ in range(2):
        assert reads("import lib.part") == {"opened": {}, "imported": wanted}
        compileall.compile_dir(tmp_path / "project/lib", quiet=1)
    read = reads("import lib.part; open(lib.part.__file__)")
    assert read["opened"] == {"lib/part.py": wanted["lib/part.py"]}
    read = reads("import sys; sys.path.insert(0, os.path.abspath('lib')); import part")
    assert read["opened"] == {"lib/part.py": wanted["lib/part.py"]}


NOT_NOTED = """
open(os.__file__)
open(os.devnull)
import lib.loud
os.path.realpath('data/a.txt')
import importlib.metadata, inspect, random, uuid, logging
importlib.metadata.version('torch')
inspect.getmodule(inspect.currentframe())
logging.warning('A message has a time.')
"""


def test_other_files_are_not_noted(reads):
    """Nor the line that a warning shows, else a comment beside it would count."""
    assert reads(NOT_NOTED)["opened"] == {}


def test_nothing_is_noted_after_the_end(reads):
    """The build itself reads the code that was reached, comments and all."""
    assert reads("watch.finish()\nopen('data/a.txt')")["opened"] == {}


PROCESS = "it starts another process"
REFUSED = {
    "import subprocess; subprocess.run(['true'])": f"{PROCESS}: true",
    "import os; os.system('true')": f"{PROCESS}: true",
    "import os; os.popen('true')": f"{PROCESS}: /bin/sh -c true",
    "import os; os.posix_spawn('/bin/true', ['true'], {})": f"{PROCESS}: /bin/true",
    "import os; os.fork() or os._exit(0)": PROCESS,
    "import pty; pty.spawn('true')": PROCESS,
    "import multiprocessing as m; m.get_context('fork').Pool(1)": PROCESS,
    "import multiprocessing as m; m.get_context('spawn').Pool(1)": PROCESS,
    "import os; os.execv('/bin/true', ['true'])": PROCESS,
    "import socket; socket.create_connection(('127.0.0.1', 9))": "the network",
    "import urllib.request as u; u.urlopen('http://127.0.0.1:9')": "the network",
    "import socket; socket.getaddrinfo('localhost', 1)": "the network",
    "open('data/a.txt', 'r+')": "it writes data/a.txt: only temporary files",
    "open('data/a.txt', 'a+')": "it writes data/a.txt",
    "open('data/b.txt', 'x')": "it writes data/b.txt",
    "import os; os.open('data/a.txt', os.O_RDWR)": "it writes data/a.txt",
    "import os; os.remove('data/a.txt')": "it writes data/a.txt",
    "import os; os.mkdir('data/new')": "it writes data/new",
    "import os; os.rename('data/a.txt', '../x')": "it writes /",
    "import os; os.truncate('data/a.txt', 0)": "it writes data/a.txt",
    "import os; os.utime('data/a.txt')": "it writes data/a.txt",
    "open('../x', 'w')": "it writes /",
    "open('site/b.txt')": "it reads site/b.txt, which a build has made",
    "import os; os.listdir('.cache')": "it reads .cache, which a build has made",
    "open('/dev/urandom', 'rb')": "it reads /dev/urandom, which is different",
    "import pathlib; pathlib.Path('/proc/self/stat').read_text()": "it reads /proc/",
    "import time; time.time()": "time.time is different in every build",
    "from time import *; time_ns()": "time.time_ns is different",
    "import os; getattr(os, 'get' + 'pid')()": "os.getpid is different",
    "import ctypes; ctypes.CDLL(None)": "it calls functions of C",
}


def test_what_nobody_could_follow_is_refused(reads):
    """Even where the job catches the error."""
    found = reads(TRIALS.format(trials=json.dumps(list(REFUSED))))
    assert len(found) == len(REFUSED)
    for (code, message), told in zip(REFUSED.items(), found, strict=True):
        assert message in told, code


def test_who_catches_a_refusal_fails_at_the_end(reads):
    code = "try:\n    open('data/a.txt', 'w')\nexcept OSError:\n    pass"
    with pytest.raises(AssertionError, match=r"Refused: it writes data/a\.txt"):
        reads(code)
