# shellcheck shell=sh disable=SC2034
# Long work that shows itself: one line of the terminal, drawn anew while it lasts.
# Sourced, by sh and by bash. It is drawn on stderr, and where that is no terminal, or
# one without a cursor, nothing is drawn at all.

progress_draws=
progress_columns=80
progress_bold=
progress_red=
progress_plain=

# progress_look: what is there to draw on, and may stdout have colours?
progress_look() {
	[ "${TERM:-dumb}" != dumb ] || return 0
	if [ -t 2 ]; then
		progress_draws=yes
		progress_columns=$(stty size <&2 2>/dev/null | sed -n 's/^[0-9]* \([1-9][0-9]*\)$/\1/p')
		progress_columns=${progress_columns:-80}
	fi
	if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
		progress_bold=$(printf '\033[1m')
		progress_red=$(printf '\033[31m')
		progress_plain=$(printf '\033[0m')
	fi
}

# progress_show TEXT: draw it over what was drawn, as much of it as fits into a line.
progress_show() {
	[ -n "$progress_draws" ] || return 0
	printf '\r\033[K%.*s' $((progress_columns - 1)) "$1" >&2
}

# progress_rub_out: before anything else is printed.
progress_rub_out() {
	[ -z "$progress_draws" ] || printf '\r\033[K' >&2
}

# progress_last LOG: its last line, with nothing in it that steers a terminal.
progress_last() {
	[ -z "${1:-}" ] || tail -n 1 "$1" 2>/dev/null | LC_ALL=C tr -dc ' -~'
}

# progress_wait PID TEXT [LOG [SECONDS]]: wait for a job, whose status it is; till then
# show the text, the seconds, of how many if that is known, and how the log ends.
progress_wait() {
	progress_begun=$(date +%s)
	progress_of="${4:+ of about $4}"
	while [ -n "$progress_draws" ] && kill -0 "$1" 2>/dev/null; do
		progress_seconds=$(($(date +%s) - progress_begun))$progress_of
		progress_show "$2, $progress_seconds s  $(progress_last "${3:-}")"
		sleep 0.1
	done
	progress_rub_out
	wait "$1"
}
