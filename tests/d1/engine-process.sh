#!/bin/sh
# Becomes workerd, and promises that it ends when the stand-in has ended, even
# if that was killed without a chance to clean up.
# Environment: STANDIN_WORKERD, the program to become.

server=$PPID
workerd=$$
(
	while kill -0 "$server" && kill -0 "$workerd"; do
		sleep 1
	done
	kill -KILL "$workerd"
) </dev/null >/dev/null 2>&1 3>&- &

exec "$STANDIN_WORKERD" "$@"
