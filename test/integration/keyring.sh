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

printf 'password' | gnome-keyring-daemon --unlock --components=secrets >/dev/null

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
printf 'password' | gnome-keyring-daemon --replace --unlock --components=secrets >/dev/null
"$program" is 51

DBUS_SESSION_BUS_ADDRESS=unix:path=$home/nowhere "$program" fails 'the keyring: '
