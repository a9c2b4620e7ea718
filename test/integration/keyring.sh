#!/bin/sh
# Keeps a number in a real gnome-keyring, of a session and a home of its own: beyond the
# program's end, from two processes at once, and not while it is locked.
# keyring.sh PROGRAM, run under dbus-run-session. Nothing is shown but its steps.
set -eu
program=$1
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
mkdir -m 700 "$home/run" "$home/data"
export HOME="$home" XDG_RUNTIME_DIR="$home/run" XDG_DATA_HOME="$home/data"
unset DISPLAY WAYLAND_DISPLAY || true

# Asks the bus alone, which starts nobody.
owner() {
	dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus / \
		org.freedesktop.DBus.GetNameOwner string:org.freedesktop.secrets 2>/dev/null
}

# unlocked OPTION...: a daemon with the password. It goes into the background before it has
# its name, and whoever asked for that meanwhile would have the bus start one that is locked.
unlocked() {
	former=$(owner) || true
	printf 'password' | gnome-keyring-daemon --unlock --components=secrets "$@" >/dev/null
	tries=100
	until now=$(owner) && [ "$now" != "$former" ]; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || { echo "no daemon takes the name" >&2; exit 1; }
		sleep 0.1
	done
}

unlocked
"$program" is 0
"$program" count 1
"$program" is 1

"$program" count 25 &
one=$!
"$program" count 25 &
two=$!
wait $one
wait $two
"$program" is 51

# Who cannot unlock it is not told that there is nothing.
dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \
	org.freedesktop.Secret.Service.Lock \
	array:objpath:/org/freedesktop/secrets/collection/login >/dev/null
"$program" fails locked
unlocked --replace
"$program" is 51

DBUS_SESSION_BUS_ADDRESS=unix:path=$home/nowhere "$program" fails 'the keyring: '
