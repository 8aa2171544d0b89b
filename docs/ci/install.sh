#!/bin/sh
# install.sh FOLDER: installs Reconciler from the checkout that this file belongs to. The program is then FOLDER/bin/reconciler.
#
# Every package has the hash of the lock; PYTHON names another Python. Python runs isolated (-I): the current folder may be a
# stranger's repository, and a file pip.py in it must not run.
set -eu
source=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
"${PYTHON:-python3}" -I -m venv "$1"
install() {
  "$1/bin/python" -I -m pip --quiet --disable-pip-version-check install --no-deps "$2" "$3" "$4" "$5"
}
install "$1" --require-hashes --only-binary=:all: --requirement "$source/requirements/run.txt"
install "$1" --require-hashes --only-binary=:all: --requirement "$source/requirements/build.txt"
install "$1" --no-index --no-build-isolation --no-cache-dir "$source"
