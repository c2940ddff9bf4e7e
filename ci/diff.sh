#!/usr/bin/env bash
# Compares the checkout with what the pull request or push started from, and writes the review in every format.
# Fails only where it cannot compare: whether findings fail the job is decided by the last step, after the comment.
set -euo pipefail

: "${RUNNER_TEMP:?}" "${GITHUB_EVENT_NAME:?}" "${GITHUB_EVENT_PATH:?}" "${GITHUB_OUTPUT:?}" "${GITHUB_STEP_SUMMARY:?}"
promtrim=${PROMTRIM:-$RUNNER_TEMP/promtrim-venv/bin/promtrim}
out=$RUNNER_TEMP/promtrim
mkdir -p "$out"

fail() {
  echo "::error title=promtrim::$1"
  exit 2
}

command -v jq > /dev/null || fail "it needs jq on this runner"

# A commit's full name, or nothing: what comes from the event goes nowhere unless it is one.
commit() {
  local name
  name=$(jq -r "$1 // empty" "$GITHUB_EVENT_PATH")
  if [[ $name =~ ^[0-9a-f]{40}([0-9a-f]{24})?$ && ! $name =~ ^0+$ ]]; then
    printf '%s' "$name"
  fi
}

# The commit that the checkout is compared with.
find_base() {
  case $GITHUB_EVENT_NAME in
    pull_request)
      # actions/checkout has the merge of the change into its target: the first parent is the target as it was merged.
      # A shallow clone lacks the parents, but the commit names them.
      local parents
      mapfile -t parents < <(git cat-file -p HEAD | sed -n '/^$/q; s/^parent //p')
      if [[ ${#parents[@]} -eq 2 && ${parents[1]} == "$(commit .pull_request.head.sha)" ]]; then
        printf '%s' "${parents[0]}"
      else
        commit .pull_request.base.sha
      fi
      ;;
    merge_group) commit .merge_group.base_sha ;;
    push) commit .before ;;
  esac
}

if [[ $GITHUB_EVENT_NAME == pull_request_target ]]; then
  fail "it does not run on pull_request_target, whose token can write: use pull_request"
fi

base=${INPUT_BASE:-$(find_base)}
if [[ -z $base ]]; then
  fail "nothing says what to compare with on $GITHUB_EVENT_NAME: give base:"
fi
if [[ $base == -* ]]; then
  fail "base: begins with a dash, and no revision does"
fi
if [[ $base =~ ^[0-9a-f]{40,64}$ ]] && ! git cat-file -e "$base^{commit}" 2> /dev/null; then
  git fetch --quiet --no-tags --no-recurse-submodules --depth=1 origin "$base" ||
    fail "the commit $base is not in this clone: check out with fetch-depth: 2"
fi

arguments=(
  "--format=text"
  "--format=markdown=$out/review.md"
  "--format=json=$out/review.json"
  "--format=sarif=$out/promtrim.sarif"
  "--format=github=$out/annotations"
)

# An option for each line of an input.
each() {
  local line
  while IFS= read -r line; do
    line=${line#"${line%%[![:space:]]*}"}
    line=${line%"${line##*[![:space:]]}"}
    if [[ -n $line ]]; then
      arguments+=("$1=$line")
    fi
  done <<< "$2"
}
each --paths "${INPUT_PATHS:-}"
each --topology "${INPUT_TOPOLOGY:-}"
each --config "${INPUT_CONFIG:-}"
each --kubernetes "${INPUT_KUBERNETES:-}"
each --compose "${INPUT_COMPOSE:-}"
each --prometheus-config "${INPUT_PROMETHEUS_CONFIG:-}"
each --alertmanager-config "${INPUT_ALERTMANAGER_CONFIG:-}"
each --dashboards "${INPUT_DASHBOARDS:-}"
each --fail-on "${INPUT_FAIL_ON:-}"
each --baseline "${INPUT_BASELINE:-}"
each --title "${INPUT_TITLE:-}"

if [[ ${ACTION_REPOSITORY:-} == */* && -n ${ACTION_REF:-} ]]; then
  export PROMTRIM_DOCS="${GITHUB_SERVER_URL:-https://github.com}/$ACTION_REPOSITORY/blob/$ACTION_REF/docs"
fi

# While names out of rule files are printed, the runner obeys no line.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
status=0
echo "::stop-commands::$token"
"$promtrim" diff "${arguments[@]}" -- "$base" || status=$?
echo "::$token::"

if ((status > 1)); then
  fail "the change cannot be reviewed, see the lines above"
fi
if [[ ${INPUT_ANNOTATIONS:-true} == true ]]; then
  cat "$out/annotations"
fi
cat "$out/review.md" >> "$GITHUB_STEP_SUMMARY"
{
  echo "status=$status"
  echo "markdown-file=$out/review.md"
  echo "json-file=$out/review.json"
  echo "sarif-file=$out/promtrim.sarif"
} >> "$GITHUB_OUTPUT"
