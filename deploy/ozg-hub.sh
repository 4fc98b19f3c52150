#!/bin/sh
# In the image as `ozg-hub`: the command line, asking the process of the same container.
if [ -z "${HUB_URL:-}" ] && [ -r "${HUB_DATA_DIR:-/var/lib/ozg-hub}/operator.token" ]; then
  HUB_URL="http://127.0.0.1:${HUB_HTTP_PORT:-8080}"
  HUB_API_KEY=$(cat "${HUB_DATA_DIR:-/var/lib/ozg-hub}/operator.token")
  export HUB_URL HUB_API_KEY
fi
exec node /opt/ozg-hub/services/all-in-one/bin/ozg-hub.mjs "$@"
