#!/usr/bin/env bash
# Writes the review into one comment on the pull request: the one of an earlier run, found by its first line and its
# author, or a new one. A token that may not write (a fork's) is no failure: the review stands in the job's summary.
set -euo pipefail

: "${GITHUB_TOKEN:?}" "${GITHUB_REPOSITORY:?}" "${GITHUB_EVENT_PATH:?}" "${MARKDOWN_FILE:?}" "${JSON_FILE:?}"
api=${GITHUB_API_URL:-https://api.github.com}
author=${INPUT_COMMENT_AUTHOR:-github-actions[bot]}
pages=30 # of 100 comments each

for tool in jq curl; do
  if ! command -v "$tool" > /dev/null; then
    echo "::error title=promtrim::the comment needs $tool on this runner; comment: false does without"
    exit 2
  fi
done

number=$(jq -r '.pull_request.number // empty' "$GITHUB_EVENT_PATH")
if [[ ! $number =~ ^[0-9]+$ ]]; then
  echo "::notice title=promtrim::this event has no pull request to comment on"
  exit 0
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# call METHOD PATH [FILE]: the answer's body is in $folder/answer, its status is printed. The token stands in no argument.
call() {
  local data=()
  if [[ $# -gt 2 ]]; then
    data=(--header "Content-Type: application/json" --data-binary "@$3")
  fi
  curl --silent --show-error --max-time 60 --retry 2 --config - --request "$1" --output "$folder/answer" \
    --write-out '%{http_code}' --header "Accept: application/vnd.github+json" \
    --header "X-GitHub-Api-Version: 2022-11-28" "${data[@]}" "$api/repos/$GITHUB_REPOSITORY/$2" \
    <<< "header = \"Authorization: Bearer $GITHUB_TOKEN\""
}

refused() {
  echo "::notice title=promtrim::the token may not $1 (HTTP $2), as on pull requests from forks: see the job's summary"
  exit 0
}

marker=$(head -n 1 "$MARKDOWN_FILE")
found=""
for ((page = 1; page <= pages; page++)); do
  status=$(call GET "issues/$number/comments?per_page=100&page=$page")
  case $status in
    200) ;;
    401 | 403 | 404) refused "read comments" "$status" ;;
    *)
      echo "::error title=promtrim::comments cannot be read (HTTP $status)"
      exit 2
      ;;
  esac
  found=$(jq -r --arg marker "$marker" --arg author "$author" \
    '[.[] | select(.user.login == $author and (.body | split("\n")[0] | rtrimstr("\r")) == $marker) | .id] | first // empty' \
    "$folder/answer")
  if [[ -n $found || $(jq length "$folder/answer") -lt 100 ]]; then
    break
  fi
done

# A change without anything to tell gets no comment; an earlier one is brought up to date.
silent=$(jq '[.changes, .moves, .reformatted, .settings, .flips, (.findings | map(select(.new)))] | all(length == 0)' "$JSON_FILE")
if [[ -z $found && $silent == true ]]; then
  echo "Nothing to tell: no comment."
  exit 0
fi

jq --raw-input --slurp '{body: .}' "$MARKDOWN_FILE" > "$folder/body"
if [[ $found =~ ^[0-9]+$ ]]; then
  status=$(call PATCH "issues/comments/$found" "$folder/body")
else
  status=$(call POST "issues/$number/comments" "$folder/body")
fi
case $status in
  200 | 201) ;;
  401 | 403 | 404) refused "comment" "$status" ;;
  *)
    echo "::error title=promtrim::the comment cannot be written (HTTP $status)"
    exit 2
    ;;
esac
