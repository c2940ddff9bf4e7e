#!/usr/bin/env bash
# Installs promtrim from the action's own checkout into a virtual environment of its own.
# Python runs isolated (-I) and elsewhere than in the workspace: files of a pull request (venv.py, pip.py) are no modules.
set -euo pipefail

: "${RUNNER_TEMP:?}" "${ACTION:?}"
python=${INPUT_PYTHON:-python3}

cd "$RUNNER_TEMP"
if ! "$python" -I -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
  echo "::error title=promtrim::$python is no Python 3.10 or newer: run actions/setup-python first, or name one with python:"
  exit 2
fi
"$python" -I -m venv promtrim-venv
promtrim-venv/bin/python -I -m pip install --quiet --no-input --disable-pip-version-check "$ACTION"
promtrim-venv/bin/promtrim --version
