-- The graph as Dagster last had it, for those who do not know Dagster: the service, which answers what is stale and what
-- was made from what. One row. Written by the daemon and by `aieco run` through core/monitoring/graph_picture.py.
create table if not exists monitoring.graph_picture (
    only_row boolean primary key default true check (only_row),
    assets jsonb not null,                       -- not written again while they are the same
    seen_at timestamptz not null
);
