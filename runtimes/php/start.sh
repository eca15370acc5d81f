#!/bin/sh
# Starts the runtime on the php of this host, or says what to install. `start.sh http` is for HTTP functions.
command -v php >/dev/null 2>&1 || {
  echo "PHP functions need php 8, which is not here: apt-get install php-cli, or gust runtime build --packages php-cli,php-cgi for an image of GUST_SANDBOX_ROOT" >&2
  exit 1
}
# No settings and no extensions: processes with user code have them.
exec php -n "${0%/*}/main.php" "$@"
