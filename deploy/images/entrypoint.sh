#!/bin/sh
# Any command in the platform's environment, as `eval "$(aieco env)"` gives it to a shell: databases and tables are made
# where they are missing, the dbt project is parsed. `aieco` itself needs none of that.
set -eu
if [ "${1-}" != aieco ]; then
  environment=$(aieco env)
  eval "$environment"
fi
exec "$@"
