#!/bin/sh
# check.sh BASE FOLDER: checks the commit that is checked out here, and compares it with the branch BASE that it is meant for.
#
# FOLDER is made, and gets diff.json, diff.html, and diff.md for a summary or a comment. RECONCILER names the program if it is not on the PATH.
# With ISSUES, issues.json has the errors and warnings (`reconciler validate`).
# FAIL_ON lists what ends with 1, such as remove,move,warning (`reconciler diff --fail-on`).
# Tenants of BASE as it is now judge the change: neither its own, nor those of the commit at which the branch began, may widen its rights.
# The exit code is the highest of `reconciler validate` and `reconciler diff`: 0 well, 1 the answer is no, 3 it cannot be judged.
set -u
base=$1 folder=$2 reconciler=${RECONCILER:-reconciler} highest=0

run() {
  "$reconciler" "$@"
  code=$?
  if [ "$code" -gt "$highest" ]; then highest=$code; fi
}

# Its messages are those of the first diff, unless it ends in another way.
write() {
  run diff "$fork" HEAD --judges "$base" ${FAIL_ON:+--fail-on "$FAIL_ON"} -o "$1" >"$folder/diff.$1" 2>"$folder/messages"
  if [ "$code" -ne "$shown" ]; then cat "$folder/messages" >&2; fi
}

# What is printed may contain any text of the change. A line that begins with :: would be a command to GitHub, Gitea and Forgejo.
if [ -n "${GITHUB_ACTIONS:-}" ]; then
  word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  echo "::stop-commands::$word"
  trap 'echo "::$word::"' EXIT
fi

# A folder that is there already could be of the change, with links in it through which this would write elsewhere.
if ! mkdir -- "$folder"; then
  echo "The result goes to a new folder. Remove $folder, or name another one." >&2
  exit 3
fi
if ! fork=$(git merge-base "$base" HEAD); then
  echo "No commit is common to $base and HEAD. Clone the whole history with all branches (fetch-depth: 0, GIT_DEPTH: 0)." >&2
  exit 3
fi
run validate --base "$base"
if [ -n "${ISSUES:-}" ]; then
  code=0
  "$reconciler" validate --base "$base" -o json >"$folder/issues.json" 2>/dev/null || code=$?
  if [ "$code" -gt 1 ]; then rm -f -- "$folder/issues.json"; fi
fi
run diff "$fork" HEAD --judges "$base" --no-pager ${FAIL_ON:+--fail-on "$FAIL_ON"}
shown=$code
write json
write html
if ! "$reconciler" comment --dry-run --file "$folder/diff.json" >"$folder/diff.md" 2>"$folder/messages"; then
  echo "There is nothing to show: reconciler diff failed." >&2
  rm -f -- "$folder/diff.json" "$folder/diff.html" "$folder/diff.md"
  if [ "$highest" -lt 3 ]; then highest=3; fi
fi
rm -f -- "$folder/messages"
exit "$highest"
