"""Two builds of the same sources give the same numbers, or one of them is refused."""

from pathlib import Path

import pytest

from sitebuild.freshness.allowed import faults
from sitebuild.jobs import Job
from tests.site.alone import run_alone

UNSEEDED = """
import os, random, secrets, tempfile, threading, uuid
import numpy as np
import torch
from sitebuild.worker.start import same_start

same_start()
print(np.random.default_rng().random(), np.random.default_rng(None).random())
print(np.random.RandomState().rand(), np.random.SeedSequence().entropy)
print(np.random.Generator(np.random.PCG64()).random(), np.random.rand())
print(random.Random().random(), random.random(), random.SystemRandom().random())
print(secrets.token_hex(), os.urandom(3), uuid.uuid1(), uuid.uuid4())
print(tempfile.mktemp(), torch.rand(1), torch.rand(1, generator=torch.Generator()))
draw = lambda: print(np.random.default_rng().random(), random.Random().random())
thread = threading.Thread(target=draw)
thread.start()
thread.join()
print(random.Random(7).random(), np.random.default_rng(7).random())
"""
SEEDED = (0.32383276483316237, 0.625095466604667)  # Python's and numpy's own for 7


def test_sources_of_chance_begin_at_the_same_place(tmp_path):
    first, second = (run_alone(UNSEEDED, tmp_path, tmp_path / n) for n in ("a", "b"))
    assert first == second
    last = [float(word) for word in first.splitlines()[-1].split()]
    assert last == pytest.approx(SEEDED, abs=0)


FAULTY = {
    "import time\ntime.time()": "time.time is different in every build",
    "from time import time_ns as now\nnow()": "time.time_ns is different",
    "from datetime import datetime\ndatetime.now()": "datetime.now is different",
    "import datetime as d\nd.date.today()": "datetime.date.today is different",
    "import os\nos.getpid()": "os.getpid is different",
    "import torch\ntorch.Generator().seed()": "seed() without a number",
    "import random\nrandom.seed()": "seed() without a number",
    "import time, torch\ntorch.manual_seed(int(time.perf_counter()))": "perf_counter()",
    "from time import perf_counter as p, sleep\nRandom(p())": "a seed from p()",
    "import numpy as np\nnp.random.default_rng(seed=id(np))": "a seed from id()",
    "import time\nrandom.seed(now := time.perf_counter())": "a seed from now",
    "x, y = 1, {}; from time import monotonic; y['a'], *x = monotonic(), 2\n"
    "np.random.default_rng(int(y['a']))": "a seed from y",
    "now = 1; from time import perf_counter as p; now = p(); later = [now]\n"
    "np.random.default_rng(int(later[0]))": "a seed from later",
    "import datetime\ngetattr(datetime.datetime, 'now')()": "now is different",
    "import operator\noperator.methodcaller('today')": "today is different",
    "import datetime\nvars(datetime.datetime)['now']()": "datetime.datetime has clocks",
    "import datetime as d\nd.datetime.__dict__['now']": "datetime.datetime has clocks",
    "import time\ngetattr(time, 'ti' + 'me')()": "time has clocks: use it by its names",
    "import time\nt = time": "time has clocks",
    "import time\ntime.__getattribute__('time')()": "time has clocks",
    "import operator, datetime\noperator.attrgetter('datetime.now')(datetime)": (
        "datetime has clocks"
    ),
    "from operator import attrgetter\nattrgetter('now')": "now is different",
    "import datetime, inspect\ninspect.getattr_static(datetime.date, 'today')": (
        "today is different in every build; datetime.date has clocks"
    ),
    "import datetime\ntype.__getattribute__(datetime.date, 'today')": "date has clocks",
    "import datetime\ndatetime.datetime(2000, 1, 1).now()": "now is different",
    "import importlib\nimportlib.import_module('time').time()": "time is different",
    "import sys\nsys.modules['time'].time()": "cannot follow what sys.modules reaches",
    "import time\nglobals()['time'].time()": "cannot follow what globals reaches",
    "x = 1\neval('__import__(\"time\").time()')": "cannot follow what eval reaches",
    "x = 1\nrun = exec": "cannot follow what exec reaches",
    "import builtins\nbuiltins.eval('1')": "cannot follow what eval reaches",
    "x = 1\n__import__('time').time()": "cannot follow what __import__ reaches",
    "x = 1\nfrom time import *": "name what is imported from time: it has clocks",
    "import email.utils\nemail.utils.localtime()": "email.utils.localtime is different",
    "from socket import gethostname\ngethostname()": "socket.gethostname is different",
    "import numpy as np\nnp.datetime64('now')": "now is different in every build",
    "import random\nrandom.seed(None)": "seed() without a number",
    "import timeit, torch\ntorch.manual_seed(int(timeit.default_timer()))": (
        "a seed from default_timer()"
    ),
    "import os\nos.stat('a').st_mtime": "st_mtime is different in every copy",
    "from os.path import getmtime as age\nage('a')": "getmtime is different",
    "import os\ngetattr(os.stat('a'), 'st_ino')": "st_ino is different",
    "x = 1\nrecord('a/b', id(x), exact=True)": "a number from id()",
    "place = id(1) % 7\nrecord('a/b', place / 2, exact=True)": "a number from place",
    "x = 1\nfrom lxml import etree": "nobody has said how lxml reads files",
    "x = 1\nimport ctypes": "ctypes reaches what the build cannot follow",
}


@pytest.mark.parametrize(("code", "message"), FAULTY.items())
def test_code_that_differs_in_every_build_is_refused(tmp_path, code, message):
    (fault,) = faults([_job(tmp_path, code)])
    assert fault.startswith("examples/note/plot_it.py:2: ")
    assert message in fault


FAIR = """
import time, torch, folder.inner, dlnotes.lib
from collections.abc import Callable
start = time.perf_counter()
torch.manual_seed(hash("a"))
torch.Generator().manual_seed(3)
print(time.perf_counter() - start)
seconds = time.perf_counter() - start
record("a/b", seconds, error=1)
known = {id(start): 1}
table = {}
for k in range(2):
    table[k] = time.perf_counter()
    torch.manual_seed(k)
getattr(start, "real")
vars(torch.nn.Linear(1, 1))["training"], torch.nn.Linear(1, 1).eval()
timer, now = time.perf_counter, 1
pause = lambda: time.sleep(now)
"""


def test_durations_and_seeds_may_be_used(tmp_path):
    job = _job(tmp_path, FAIR)
    for name in ("folder/inner.py", "dlnotes/lib.py"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("")
    assert faults([job]) == []


def test_a_module_that_is_reached_counts_too(tmp_path):
    job = _job(tmp_path, "import dlnotes.lib")
    (tmp_path / "dlnotes").mkdir()
    (tmp_path / "dlnotes/lib.py").write_text("import time\n\nNOW = time.time()\n")
    assert faults([job, job]) == [
        "dlnotes/lib.py:3: time.time is different in every build"
    ]


def _job(root: Path, code: str) -> Job:
    path = root / "examples/note/plot_it.py"
    path.parent.mkdir(parents=True)
    path.write_text(code, "utf-8")
    return Job("gallery", path, root)
