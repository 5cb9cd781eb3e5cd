#!/bin/sh
# What the official image does with its three variables.
set -eu
data=/var/lib/postgresql/data/pgdata
if [ ! -f "$data/PG_VERSION" ]; then
  printf %s "$POSTGRES_PASSWORD" > /tmp/password
  initdb --pgdata "$data" --username "$POSTGRES_USER" --pwfile /tmp/password --auth scram-sha-256 --encoding UTF8 --locale C.UTF-8
  echo "host all all all scram-sha-256" >> "$data/pg_hba.conf"
fi
pg_ctl --pgdata "$data" --wait --options "-c listen_addresses= -k /tmp" --log /tmp/first.log start
export PGPASSWORD="$POSTGRES_PASSWORD" PGHOST=/tmp PGUSER="$POSTGRES_USER"
psql -tAc "select 1 from pg_database where datname = '$POSTGRES_DB'" postgres | grep -q 1 || createdb "$POSTGRES_DB"
pg_ctl --pgdata "$data" --wait stop
exec postgres -D "$data" -c listen_addresses='*' -k /tmp
