#!/bin/sh
# start.sh JAR COMMAND…: starts the JVM. Its archive of loaded classes counts only where it finds the jar under the name it was made with, which is
# therefore one in the working directory; the runtime removes it when it has started. Without it the JVM starts as well, later.
ln -s "$1" .gust-java.jar 2>/dev/null
shift
exec "$@"
