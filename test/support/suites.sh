# shellcheck shell=bash
# Running suites one after the other, or some behind others, and counting what passed.
# Sourced by bash, from the project's own folder.

# shellcheck source=test/support/jobs.sh
. test/support/jobs.sh

logs=
passed=0
failed=0
begun=0
record=
behind_names=()
behind_jobs=()
what_failed='-- what failed'

say() {
	progress_rub_out
	printf '%s\n' "$*"
}

# suites_begin FILE: take the terminal; the file remembers how long each suite took.
suites_begin() {
	record=$1
	logs=$(mktemp -d)
	progress_look
	trap 'end_jobs; rm -rf "$logs"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trap 'exit 129' HUP
}

suites_end() {
	# Not of a run that ended with its first build.
	if [ "$begun" -gt 1 ] && [ -d "$(dirname "$record")" ]; then
		cp "$logs/seconds" "$record"
	fi
	say "in $SECONDS s"
	say "$passed passed, $failed failed"
	[ "$failed" = 0 ]
	exit
}

# attend NAME FILE COMMAND...: run it, and show how far it is.
attend() {
	local name=$1 file=$2 number usual=
	shift 2
	begun=$((begun + 1))
	number=$begun
	if [ -f "$record" ]; then
		number=$begun/$(grep -c . "$record")
		usual=$(awk -F '\t' -v name="$name" '$2 == name { print $1 }' "$record")
	fi
	launch "$file" "$@"
	progress_wait $! "[$number, $SECONDS s] $name" "$file" "$usual"
}

# count PASSED FAILED NAME SECONDS: add a suite's figures, and show them.
count() {
	local red=
	passed=$((passed + $1))
	failed=$((failed + $2))
	[ "$2" = 0 ] || red=$progress_red
	printf '%s\t%s\n' "$4" "$3" >>"$logs/seconds"
	printf '%-34s %4d passed, %s%d failed%s  (%d s)\n' "$3" "$1" "$red" "$2" \
		"${red:+$progress_plain}" "$4"
}

# check NAME COMMAND...: one test that is a command; its output only if it fails.
check() {
	local name=$1 begin=$SECONDS
	shift
	if attend "$name" "$logs/check" "$@"; then
		count 1 0 "$name" $((SECONDS - begin))
	else
		count 0 1 "$name" $((SECONDS - begin))
		tail -n 40 "$logs/check"
	fi
}

# as_runner COMMAND...: the same for a runner's place.
as_runner() {
	if "$@"; then
		echo "1 passed, 0 failed"
	else
		echo "0 passed, 1 failed"
	fi
}

# needs SUITE... -- COMMAND...: a build of what these suites need; without it, of all.
needed=()
needs() {
	local status
	needed=()
	while [ "$1" != -- ]; do
		needed+=("$1")
		shift
	done
	shift
	"$@"
	status=$?
	needed=()
	return $status
}

compile() {
	local folder=$1 targets=()
	shift
	meson setup "$folder" -Dwerror=true "$@" ||
		meson setup --wipe "$folder" -Dwerror=true "$@" || return
	if [ ${#needed[@]} != 0 ]; then
		mapfile -t targets < <(python3 -B test/support/suite_programs.py "$folder" "${needed[@]}")
	fi
	ninja -C "$folder" "${targets[@]}"
}

# build FOLDER [MESON ARGUMENTS...]: configure and compile; a warning is an error.
build() {
	local name="builds: $1" begin=$SECONDS
	if attend "$name" "$logs/build" compile "$@"; then
		count 1 0 "$name" $((SECONDS - begin))
		return 0
	fi
	count 0 1 "$name" $((SECONDS - begin))
	grep -E -A5 'error:|ERROR:|FAILED:' "$logs/build" | head -n 40
	return 1
}

# meson_tests FOLDER [MESON TEST ARGUMENTS...]: a runner that counts each test in them.
meson_tests() {
	local folder=$1 good bad file
	shift
	file=$(mktemp -p "$logs")
	meson test -C "$folder" --no-rebuild --print-errorlogs "$@" 2>&1 | tee "$file"
	# A line a program; those that speak TAP say how many tests passed in it.
	good=$(awk '/^ *[0-9]+\/[0-9]+ .* (OK|FAIL|ERROR|TIMEOUT)/ {
		if (match($0, /[0-9]+(\/[0-9]+)? subtests passed/)) {
			split(substr($0, RSTART), part, /[\/ ]/); sum += part[1]
		} else if ($0 ~ / OK /) sum++
	} END { print sum + 0 }' "$file")
	bad=$(awk '/^(Fail|Timeout|Unexpected Pass): / { sum += $NF } END { print sum + 0 }' \
		"$file")
	# A suite without a test in it has failed, too.
	if ! grep -q '^Ok: ' "$file" || [ $((good + bad)) = 0 ]; then
		bad=$((bad + 1))
	fi
	if [ "$bad" != 0 ]; then
		echo "$what_failed"
		grep -E -B2 -A12 'not ok|ERROR|FAIL|TIMEOUT' "$file" | head -n 80
	fi
	echo "$good passed, $bad failed"
}

# node_tests COMMAND...: a runner that counts by node's own closing lines.
node_tests() {
	local good bad status file
	file=$(mktemp -p "$logs")
	"$@" 2>&1 | tee "$file"
	status=${PIPESTATUS[0]}
	good=$(awk '/^# pass / { sum += $3 } END { print sum + 0 }' "$file")
	bad=$(awk '/^# (fail|cancelled) / { sum += $3 } END { print sum + 0 }' "$file")
	# A hook that failed shows in the exit status alone.
	if { [ "$status" != 0 ] || [ "$good" = 0 ]; } && [ "$bad" = 0 ]; then
		bad=1
	fi
	if [ "$bad" != 0 ]; then
		echo "$what_failed"
		grep -E -A12 '^ *not ok|rror' "$file" | head -n 80
	fi
	echo "$good passed, $bad failed"
}

# meson_suite NAME FOLDER [MESON TEST ARGUMENTS...]: run them and count.
meson_suite() {
	local name=$1
	shift
	runner "$name" meson_tests "$@"
}

# node_suite NAME COMMAND...: likewise.
node_suite() {
	local name=$1
	shift
	runner "$name" node_tests "$@"
}

# runner NAME COMMAND...: a runner that ends with "N passed, N failed" itself.
runner() {
	local name=$1 begin=$SECONDS
	shift
	attend "$name" "$logs/runner" "$@"
	count_runner "$name" $? "$logs/runner" $((SECONDS - begin))
}

# count_runner NAME STATUS OUTPUT SECONDS
count_runner() {
	local good bad
	read -r good bad < <(sed -nE '$s/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$3")
	# Without figures, without a test, or against its own figures it has failed, too.
	if [ $((${good:-0} + ${bad:-0})) = 0 ] || { [ "$2" != 0 ] && [ "$bad" = 0 ]; }; then
		bad=$((${bad:-0} + 1))
	fi
	count "${good:-0}" "$bad" "$1" "$4"
	if [ "$bad" != 0 ]; then
		# All before is for whoever watches.
		if ! sed -n "/^$what_failed\$/,\$p" "$3" | sed 1d | grep .; then
			tail -n 80 "$3"
		fi
	fi
}

# behind NAME COMMAND...: begin a runner that mostly waits while others work.
behind() {
	local file=$logs/behind${#behind_names[@]}
	behind_names+=("$1")
	begun=$((begun + 1))
	shift
	launch "$file" timed "$file.end" "$@"
	behind_jobs+=($!)
}

# timed FILE COMMAND...: run it; its status and its seconds go to the file.
timed() {
	local file=$1 begin=$SECONDS
	shift
	"$@"
	echo $? $((SECONDS - begin)) >"$file"
}

# collect: wait for all that were begun behind the others, and count them.
collect() {
	local i status seconds
	for i in "${!behind_names[@]}"; do
		progress_wait "${behind_jobs[$i]}" "[$SECONDS s] ${behind_names[$i]}" "$logs/behind$i"
		read -r status seconds <"$logs/behind$i.end"
		count_runner "${behind_names[$i]}" "$status" "$logs/behind$i" "$seconds"
	done
	behind_names=()
	behind_jobs=()
}
