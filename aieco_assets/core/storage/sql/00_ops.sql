create schema if not exists ops;

-- Where this warehouse was filled from. One row per source name; a different url is refused unless asked for.
create table if not exists ops.sources (
    name text primary key,
    url text not null,
    claimed_at timestamptz not null default now()
);

-- One row: the sha256 of these scripts as they were last applied.
create table if not exists ops.schema_applied (
    sha256 text primary key,
    applied_at timestamptz not null default now()
);
