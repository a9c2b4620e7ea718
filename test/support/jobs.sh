# shellcheck shell=bash
# Jobs that are ended whole, whatever they began themselves. Sourced by bash.

# shellcheck source=test/support/progress.sh
. "${BASH_SOURCE[0]%/*}/progress.sh"

# launch FILE COMMAND...: begin a job whose output goes to the file; $! is its
# number. It has a process group of its own, so that all of it can be ended.
launch() {
	local file=$1
	shift
	set -m
	"$@" >"$file" 2>&1 </dev/null &
	set +m
}

# end_jobs: whatever was launched and still runs is asked to end, then made to.
end_jobs() {
	local tries=100 group groups=()
	trap '' INT TERM HUP
	progress_rub_out
	for group in $(jobs -p); do
		groups+=("-$group")
	done
	[ ${#groups[@]} != 0 ] || return 0
	kill -TERM -- "${groups[@]}" 2>/dev/null
	while [ "$tries" -gt 0 ] && kill -0 -- "${groups[@]}" 2>/dev/null; do
		sleep 0.1
		tries=$((tries - 1))
	done
	kill -KILL -- "${groups[@]}" 2>/dev/null
}
